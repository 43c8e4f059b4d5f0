#!/bin/sh
# Installs the packages that the named goals need, with apt, as root or with passwordless sudo. If
# that is not possible, prints the command to run. If no package is missing, this takes a few
# milliseconds and no network.
# usage: setup.sh GOAL...
# goals: build, unit, python, e2e, arm64, reproducible, sdk, k8s, fuzz, coverage, test, demo, lint,
# bench and others
set -eu
export LC_ALL=C

say() {
    printf 'setup: %s\n' "$*" >&2
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Whether the compiler finds a header.
have_header() {
    echo "#include <$1>" | ${CC:-gcc} -E -x c - >/dev/null 2>&1
}

# The Python that runs the tests. The one in PATH may lack venv; the system's may be older.
have_python() {
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && return 0
    done
    return 1
}

# The packages of the compiler that CC names: gcc, or Debian's cross compiler for arm64. Another is
# not installed. CC may contain several words, such as "ccache gcc".
packages_of_cc() {
    case ${CC:-gcc} in
    gcc) echo gcc libc6-dev ;;
    aarch64-linux-gnu-gcc) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
    esac
}

# One function per goal: prints each missing package.
missing_build() {
    read -r compiler headers <<PACKAGES
$(packages_of_cc)
PACKAGES
    # shellcheck disable=SC2086 # words
    have ${CC:-gcc} || echo "$compiler"
    { have_header stdio.h && have_header linux/types.h; } || echo "${headers:-libc6-dev}"
    have ld || echo binutils
    have patch || echo patch
    have xz || echo xz-utils
    have bzip2 || echo bzip2
    # On other distributions, apt has no Debian mirror.
    if ! grep -q '^ID=debian' /etc/os-release && [ -z "${VENDOR_DIR:-}${DEBIAN_MIRROR:-}" ]; then
        have debootstrap || echo debootstrap
        [ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
        [ -f /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
    fi
}

missing_unit() {
    have_header cmocka.h || { [ -f /usr/include/cmocka.h ] || echo libcmocka-dev; }
}

missing_python() {
    have_python || echo python3-venv
    [ -f /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
}

# The goals that people run need all of these; one check, so that there is one command to run.
missing_test() {
    missing_build
    missing_unit
    missing_e2e
}

missing_demo() {
    missing_build
    missing_portal
}

missing_lint() {
    missing_build
    missing_unit
    missing_python
    have cppcheck || echo cppcheck
    have shellcheck || echo shellcheck
}

# The compiler for arm64, if it can be installed; otherwise arm64 is left out.
missing_dist() {
    missing_build
    # python3-minimal has no tarfile.
    python3 -c 'import json, tarfile' >/dev/null 2>&1 || echo python3
    have git || echo git
    case "$(uname -m) ${ARCHES-arm64}" in
    x86_64*arm64*)
        if ! have aarch64-linux-gnu-gcc && may_install && in_archive gcc-aarch64-linux-gnu; then
            echo gcc-aarch64-linux-gnu
            echo libc6-dev-arm64-cross
        fi
        ;;
    esac
}

# podman and lintian are used if they can be installed; otherwise their tests are skipped by name.
missing_packages() {
    missing_dist
    missing_python
    missing_portal
    have jq || echo jq
    have skopeo || echo skopeo
    for program in lintian podman; do
        if ! have "$program" && may_install && in_archive "$program"; then
            echo "$program"
        fi
    done
}

missing_bench() {
    missing_build
    missing_e2e
}

missing_benchmarks() {
    missing_bench
}

missing_e2e() {
    missing_python
    missing_portal
    have tinyproxy || echo tinyproxy-bin
    have fish || echo fish
    have zsh || echo zsh
    have busybox || echo busybox
    have mandoc || echo mandoc
    have strace || echo strace
    have valgrind || echo valgrind
    have jq || echo jq
    have curl || echo curl
    # netbase writes /etc/hosts; without it a browser and the tests cannot resolve localhost.
    [ -e /etc/hosts ] || echo netbase
    # A real browser, if it can be installed; otherwise its tests are skipped by name.
    if ! have chromedriver && may_install && in_archive chromium-driver; then
        echo chromium
        echo chromium-driver
    fi
}

# Both compilers.
missing_reproducible() {
    CC=gcc missing_build
    CC=aarch64-linux-gnu-gcc missing_build
}

# The tests of the arm64 binary, in an emulator.
missing_arm64() {
    missing_reproducible
    missing_e2e
    have qemu-aarch64 || echo qemu-user
}

# Node.js, Go, Maven with a JDK and Cargo are used if present: some of Debian's versions are too old
# for the SDKs.
missing_sdk() {
    missing_build
    missing_python
    missing_portal
    # Real containers, if they can be installed; otherwise their tests are skipped by name.
    if ! have podman && [ "$(id -u)" -eq 0 ] && may_install && in_archive podman; then
        echo podman
        echo crun
        echo runc
    fi
}

# Go is used if present. prepare.sh unpacks the package of etcd without installing it.
missing_k8s() {
    missing_build
    missing_python
    have openssl || echo openssl
}

# clang with libFuzzer, and the tools for coverage: the first of these versions in the archive.
missing_fuzz() {
    missing_build
    "${0%/*}/clang.sh" >/dev/null && return
    for version in 16 19 18 17 15 14; do
        if in_archive "clang-$version"; then
            echo "clang-$version"
            echo "libclang-rt-$version-dev"
            echo "llvm-$version"
            return
        fi
    done
    echo clang
    echo llvm
}

missing_coverage() {
    missing_test
    missing_fuzz
}

# The test portal and the AWS CLI.
missing_portal() {
    have python3 || echo python3
    have openssl || echo openssl
    # Ubuntu 24.04 has no awscli package; tests/requirements.txt provides it there.
    if ! have aws; then
        if apt_knows_packages && ! in_archive awscli; then
            missing_python
        else
            echo awscli
        fi
    fi
}

in_archive() {
    apt-cache policy "$1" 2>/dev/null | grep 'Candidate:' | grep -qv '(none)'
}

apt_knows_packages() {
    ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1
}

missing() {
    for goal in "$@"; do
        "missing_$goal"
    done | sort -u
}

# As root, or with passwordless sudo; prints the output if apt fails.
apt_get() {
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root='sudo -n'
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -y -q -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 && return 0
    tail -n 20 "$log" >&2
    return 1
}

may_install() {
    have apt-get && { [ "$(id -u)" -eq 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }
}

for goal in "$@"; do
    have "missing_$goal" || { say "unknown goal: $goal"; exit 2; }
done
# A compiler that the user names is not installed.
# shellcheck disable=SC2086 # words
if [ -z "$(packages_of_cc)" ] && ! have $CC; then
    say "compiler not found: $CC (set by CC)"
    exit 1
fi
packages=$(missing "$@")
[ -n "$packages" ] || exit 0
if ! may_install; then
    # shellcheck disable=SC2086 # words, on one line
    set -- $packages
    say "missing packages: $*"
    say "run:  sudo apt-get update && sudo apt-get install --no-install-recommends $*"
    exit 1
fi
# make runs goals in parallel, but only one apt can run.
exec 9<"$0"
flock 9
packages=$(missing "$@")
[ -n "$packages" ] || exit 0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
updated=0
if ! apt_knows_packages; then
    apt_get update
    updated=1
    packages=$(missing "$@") # whether the archive has awscli is known only now
fi
# shellcheck disable=SC2086
say installing $packages
# An old index names files that the archive no longer has: update it and try again.
# shellcheck disable=SC2086
apt_get install --no-install-recommends $packages 2>/dev/null || {
    [ "$updated" = 1 ] || apt_get update
    apt_get install --no-install-recommends $packages
}
