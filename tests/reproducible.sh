#!/bin/bash
# Builds duplojit twice from nothing and compares every file byte by byte. The second build has
# another folder, user, umask, time zone, locale, HOME and number of jobs, other file times, and no
# network.
# usage: O=build tests/reproducible.sh
#
# With REUSE=yes the first build is that of this folder. ROOT=DIR does the second build in the root
# folder DIR of another system, which must have the packages that `vendor/setup.sh reproducible
# dist` names.
set -euo pipefail
export LC_ALL=C

root=${ROOT:-}
work=$(realpath -m "$O/reproducible")
second=$(mktemp -d "$root/tmp/duplojit-second-build.XXXXXX")
trap 'rm -rf "$second"' EXIT
rm -rf "$work"
mkdir -p "$work"

say() {
    echo "reproducible: $*" >&2
}

# usage: build FOLDER UMASK O JOBS DIST, in the environment of that build. Builds every artefact.
cat >"$work/build" <<'SCRIPT'
set -e
cd "$1"
umask "$2"
make O="$3" -j"$4" DIST="$5" ARCHES='amd64 arm64' REVISION=0 SOURCE_DATE_EPOCH=1767225600 dist
SCRIPT

# The bytes to compare: the files of a release, and the debug files.
results() { # BUILD-FOLDER DIST
    (cd "$2" && sha256sum -- *)
    for build in "$1" "$1-arm64"; do
        [ ! -f "$build/duplojit.debug" ] ||
            echo "$(sha256sum <"$build/duplojit.debug") debug file in O${build#"$1"}"
    done
}

copy_sources() { # DIR
    mkdir -p "$1"
    tar --exclude='./build*' --exclude=./.git --exclude=__pycache__ --exclude=.pytest_cache \
        -cf - . |
        tar -C "$1" --no-same-owner -xf -
}

# With the sources of the libraries that this build folder has downloaded.
first_build() {
    local folder=$work/first/source as=build
    if [ -n "${REUSE:-}" ]; then
        folder=$PWD as=$O
    else
        copy_sources "$folder"
        for dir in build/vendor build-arm64/vendor; do
            mkdir -p "$folder/$dir"
            cp -R "$O/vendor/src" "$folder/$dir/src"
        done
    fi
    env -i PATH="$PATH" HOME="$work" TZ=UTC sh "$work/build" "$folder" 022 "$as" 2 "$work/dist"
}

# As another user if this one is root; without network if the kernel allows it.
second_build() {
    local folder=$second/a-folder-with-a-longer-name/source enter=() as=()
    chmod 755 "$second"
    copy_sources "$folder"
    cp "$work/build" "$O/duplojit-vendor-sources.tar" "$second"
    find "$folder" -exec touch -d '2001-02-03 04:05:06' {} +
    if unshare --net true 2>/dev/null; then
        enter=(unshare --net)
    elif unshare --net --map-root-user true 2>/dev/null; then
        enter=(unshare --net --map-root-user)
    else
        say "not checked: the kernel does not let this user give up the network"
    fi
    [ -z "$root" ] || enter+=(chroot "$root")
    if [ "$(id -u)" -eq 0 ]; then
        chown -R 65534:65534 "$second"
        as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    "${enter[@]}" "${as[@]}" env -i PATH="$PATH" HOME=/nonexistent TZ=Pacific/Auckland \
        LANG=de_DE.UTF-8 VENDOR_DIR="${second#"$root"}/duplojit-vendor-sources.tar" \
        sh "${second#"$root"}/build" "${folder#"$root"}" 077 build 5 build/dist
}

# failed NAME: prints the end of the log of this build.
failed() {
    tail -n 30 "$work/$1.log" >&2
    say "the $1 build fails; see $work/$1.log"
    exit 1
}

first_build >"$work/first.log" 2>&1 &
second_build >"$work/second.log" 2>&1 || failed second
wait $! || failed first
first=$work/first/source/build
[ -z "${REUSE:-}" ] || first=$O
grep '^reproducible:' "$work/second.log" >&2 || true
results "$first" "$work/dist" >"$work/first.sums"
results "$second/a-folder-with-a-longer-name/source/build" \
    "$second/a-folder-with-a-longer-name/source/build/dist" >"$work/second.sums"
if ! diff "$work/first.sums" "$work/second.sums"; then
    mv "$second/a-folder-with-a-longer-name/source" "$work/second"
    say "the builds differ; compare $work/dist and $first with $work/second/build"
    exit 1
fi
cat "$work/second.sums"
say "$(wc -l <"$work/second.sums") files have the same bytes in both builds"
rm -rf "$work"
