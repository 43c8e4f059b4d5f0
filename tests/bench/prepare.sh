#!/bin/sh
# Builds the programs of `make benchmarks` that ask AWS instead of a portal, with this machine's Go:
# build/bench/aws-vault with `-trimpath`, and build/bench/aws_signing_helper with the flags of its
# own releases. If one cannot be built here, its rows are empty and the reason is printed.
# usage: prepare.sh DIR
set -eu
export LC_ALL=C GOTOOLCHAIN=local GOFLAGS=-mod=readonly

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
missing=0

# build NAME FLAGS...: Go skips the build if nothing has changed
build() {
    name=$1
    shift
    if ! command -v go >/dev/null; then
        echo "go is not installed" >"$dir/$name.log"
    elif (cd "$here/go/$name" && nice go build -trimpath "$@" -o "$dir/$name" tool) \
        >"$dir/$name.log" 2>&1; then
        return
    fi
    rm -f "$dir/$name"
    missing=$((missing + 1))
    printf 'setup: without %s: %s\n' "$name" "$(tail -n 1 "$dir/$name.log")" >&2
}

build aws-vault
build aws_signing_helper -buildmode=pie -ldflags='-linkmode=external -w -s'
[ "$missing" = 0 ] || printf 'setup: programs that are not measured: %s of 2\n' "$missing" >&2
