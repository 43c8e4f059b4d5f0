#!/bin/sh
# Prepares the programs of test-k8s in DIR: etcd, kube-apiserver, and for each version of Kubernetes
# kubectl and a client-go program; the schema of Kyverno's policies; promtool. If one cannot be had
# here, NAME.missing has the reason and the tests that need it are skipped. Programs are built again
# only if their sources have changed. With K8S_REQUIRED a missing program is an error.
# usage: prepare.sh DIR
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)

# missing NAME REASON...: records why the program is missing
missing() {
    name=$1
    shift
    echo "$*" >"$dir/$name.missing"
    printf 'setup: without %s: %s\n' "$name" "$*" >&2
    if [ -n "${K8S_REQUIRED:-}" ]; then
        echo "setup: K8S_REQUIRED is set, so this is an error" >&2
        exit 1
    fi
}

# make_program NAME PACKAGE: the package is unpacked; its installation would start a server.
make_program() {
    if [ ! -x "$dir/$1" ]; then
        if found=$(command -v "$1"); then
            ln -sf "$found" "$dir/$1"
        else
            command -v apt-get >/dev/null || { missing "$1" "$1 is not installed"; return; }
            rm -rf "$dir/package"
            mkdir "$dir/package"
            (cd "$dir/package" && { apt-get -q download "$2" ||
                { apt-get -q update && apt-get -q download "$2"; }; } &&
                dpkg-deb -x ./*.deb .) >"$dir/$1.log" 2>&1 ||
                { missing "$1" "no package $2: $(tail -n 1 "$dir/$1.log")"; return; }
            mv "$dir/package/usr/bin/$1" "$dir/$1"
            rm -r "$dir/package"
        fi
    fi
    rm -f "$dir/$1.missing"
}

# make_version 1.N: all programs that the module kubernetes-1.N names
make_version() {
    command -v go >/dev/null || { missing "$1" "go is not installed"; return; }
    src=$dir/src-$1
    sum=$(cat "$0" "$here/client.go" "$here/kubernetes-$1"/* | sha256sum)
    if [ "$(cat "$dir/$1.built" 2>/dev/null)" != "$sum" ]; then
        rm -rf "$src" "$dir/$1.built"
        mkdir "$src"
        cp "$here/kubernetes-$1"/* "$here/client.go" "$src"
        version=$(sed -n 's/.*k8s\.io\/kubernetes \(v[^ ]*\).*/\1/p' "$src/go.mod")
        flags="-s -w -X k8s.io/component-base/version.gitVersion=$version"
        flags="$flags -X k8s.io/client-go/pkg/version.gitVersion=$version"
        programs=$(sed -n 's/^[[:space:]]*_ "\(.*\)"$/\1/p' "$src/programs.go")
        echo "setup: programs of Kubernetes $version, which takes minutes" >&2
        # shellcheck disable=SC2086 # words
        (cd "$src" && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
            nice -n 10 go build -trimpath -buildvcs=false -ldflags "$flags" -o "$src/" \
            . $programs) >"$dir/$1.log" 2>&1 ||
            { missing "$1" "it could not be built: $(tail -n 1 "$dir/$1.log")"; return; }
        mv "$src/k8s" "$dir/client-$1"
        mv "$src/kubectl" "$dir/kubectl-$1"
        [ ! -e "$src/kube-apiserver" ] || mv "$src/kube-apiserver" "$dir/kube-apiserver"
        rm -r "$src"
        echo "$sum" >"$dir/$1.built"
    fi
    rm -f "$dir/$1.missing"
}

# The schema of Kyverno's policies, from its sources; go.sum has the checksum.
make_kyverno() {
    command -v go >/dev/null || { missing kyverno "go is not installed"; return; }
    file=$dir/kyverno-clusterpolicies.yaml
    sum=$(sha256sum <"$here/kyverno/go.sum")
    if [ "$(cat "$dir/kyverno.built" 2>/dev/null)" != "$sum" ]; then
        module=$(sed -n 's/^require //p' "$here/kyverno/go.mod")
        (cd "$here/kyverno" && GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
            go mod download -json "$(echo "$module" | tr ' ' '@')") >"$dir/kyverno.log" 2>&1 ||
            { missing kyverno "no module $module: $(tail -n 1 "$dir/kyverno.log")"; return; }
        src=$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' "$dir/kyverno.log")
        cp "$src/config/crds/kyverno/kyverno.io_clusterpolicies.yaml" "$file.new"
        mv "$file.new" "$file"
        echo "$sum" >"$dir/kyverno.built"
    fi
    rm -f "$dir/kyverno.missing"
}

make_program etcd etcd-server
make_program promtool prometheus
make_kyverno
for module in "$here"/kubernetes-*; do
    make_version "${module##*/kubernetes-}"
done
