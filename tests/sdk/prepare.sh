#!/bin/sh
# Builds the clients of test-sdk that are not written in Python: build/sdk/js (npm) and
# build/sdk/go-client. If one cannot be built here, its tests are skipped with the reason.
# usage: prepare.sh DIR
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)

# missing NAME REASON...: records why the client is missing
missing() {
    name=$1
    shift
    echo "$*" >"$dir/$name.missing"
    printf 'setup: without the %s client: %s\n' "$name" "$*" >&2
}

# Installs again only if its lock file has changed.
make_js() {
    command -v node >/dev/null || { missing js "node is not installed"; return; }
    command -v npm >/dev/null || { missing js "npm is not installed"; return; }
    version=$(node -p 'process.versions.node.split(".")[0]')
    [ "$version" -ge 20 ] || { missing js "node $version is older than 20"; return; }
    mkdir -p "$dir/js"
    cp "$here/client.mjs" "$dir/js"
    if ! cmp -s "$here/package-lock.json" "$dir/js/installed"; then
        cp "$here/package.json" "$here/package-lock.json" "$dir/js"
        (cd "$dir/js" && npm ci --no-audit --no-fund --ignore-scripts) >"$dir/js.log" 2>&1 ||
            { missing js "npm could not install it: $(grep -m1 'npm error' "$dir/js.log")"; return; }
        cp "$here/package-lock.json" "$dir/js/installed"
    fi
    rm -f "$dir/js.missing"
}

# Static, so that it runs in an empty root. Go skips the build if nothing has changed.
make_go() {
    command -v go >/dev/null || { missing go "go is not installed"; return; }
    (cd "$here/go" && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=readonly \
        go build -trimpath -o "$dir/go-client" .) >"$dir/go.log" 2>&1 ||
        { missing go "it could not be built: $(tail -n 1 "$dir/go.log")"; return; }
    rm -f "$dir/go.missing"
}

make_go &
make_js
wait
