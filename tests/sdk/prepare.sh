#!/bin/sh
# Builds the clients of test-sdk that are not written in Python: build/sdk/js (npm),
# build/sdk/go-client, build/sdk/java (Maven) and build/sdk/rust (Cargo). If one cannot be
# built here, its tests are skipped with the reason.
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
            { missing js "npm could not install it: $(grep -m1 'npm error' "$dir/js.log")"
              return; }
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

# Whether the client was built from other files than these.
changed() {
    name=$1
    shift
    ! cat "$@" | cmp -s - "$dir/$name/built"
}

# Maven installs the libraries, and javac compiles the client.
make_java() {
    for tool in java javac mvn; do
        command -v $tool >/dev/null || { missing java "$tool is not installed"; return; }
    done
    set -- "$here/java/pom.xml" "$here/java/Client.java"
    if changed java "$@"; then
        rm -rf "$dir/java"
        mkdir -p "$dir/java"
        nice mvn -B -q -f "$1" dependency:copy-dependencies -DincludeScope=runtime \
            "-DoutputDirectory=$dir/java/lib" >"$dir/java.log" 2>&1 ||
            { missing java "Maven could not install it: $(grep -m1 ERROR "$dir/java.log")"
              return; }
        nice javac -d "$dir/java" -cp "$dir/java/lib/*" "$2" >>"$dir/java.log" 2>&1 ||
            { missing java "it could not be compiled: $(grep -m1 error: "$dir/java.log")"; return; }
        cat "$@" >"$dir/java/built"
    fi
    rm -f "$dir/java.missing"
}

# Cargo writes its lock file beside the sources, so they are copied.
make_rust() {
    command -v cargo >/dev/null || { missing rust "cargo is not installed"; return; }
    set -- "$here/rust/Cargo.toml" "$here/rust/src/main.rs"
    if changed rust "$@"; then
        mkdir -p "$dir/rust/src"
        cp "$1" "$dir/rust"
        cp "$2" "$dir/rust/src"
        (cd "$dir/rust" && nice cargo build --target-dir target) >"$dir/rust.log" 2>&1 ||
            { missing rust "it could not be built: $(grep -m1 '^error' "$dir/rust.log")"; return; }
        cp "$dir/rust/target/debug/rust-client" "$dir/rust/client"
        cat "$@" >"$dir/rust/built"
    fi
    rm -f "$dir/rust.missing"
}

make_go &
make_js &
make_java &
make_rust
wait
