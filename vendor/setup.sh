#!/bin/sh
# Makes sure that the machine has what the named goals need. What is missing is installed with apt
# by root or with passwordless sudo; otherwise the one command to type is printed. When nothing is
# missing this takes a few milliseconds and no network.
# usage: setup.sh build|unit|python|e2e|sdk|test|demo|lint|bench...
set -eu
export LC_ALL=C

say() {
    printf 'setup: %s\n' "$*" >&2
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# A header that the compiler finds.
have_header() {
    echo "#include <$1>" | ${CC:-gcc} -E -x c - >/dev/null 2>&1
}

# The Python that tests use. One in PATH may lack venv; the system's may be older.
have_python() {
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && return 0
    done
    return 1
}

# Per goal: PACKAGE once for each that is missing.
missing_build() {
    # The variable may hold words, such as "ccache gcc"; a compiler of the user's is the user's.
    # shellcheck disable=SC2086
    have ${CC:-gcc} || echo gcc
    { have gcc && have_header stdio.h && have_header linux/types.h; } || echo libc6-dev
    have ld || echo binutils
    have patch || echo patch
    have xz || echo xz-utils
    have bzip2 || echo bzip2
    # Only Debian's own apt knows a Debian mirror.
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

# What people type needs all of these; asked for at once, so that there is one command to type.
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

missing_bench() {
    missing_build
    missing_e2e
}

missing_e2e() {
    missing_python
    missing_portal
    have tinyproxy || echo tinyproxy-bin
    have fish || echo fish
    have zsh || echo zsh
    have busybox || echo busybox
    have strace || echo strace
    have valgrind || echo valgrind
    have jq || echo jq
    have curl || echo curl
    # It writes /etc/hosts, without which a browser and the tests cannot find localhost.
    [ -e /etc/hosts ] || echo netbase
    # A real browser, where there is one to be had; without it its tests are skipped by name.
    if ! have chromedriver && may_install && in_archive chromium-driver; then
        echo chromium
        echo chromium-driver
    fi
}

# Node.js and Go are used where they are: what a Debian of today has is too old for the SDKs.
missing_sdk() {
    missing_build
    missing_python
    missing_portal
    # Real containers, where they are to be had; without them their tests are skipped by name.
    if ! have podman && [ "$(id -u)" -eq 0 ] && may_install && in_archive podman; then
        echo podman
        echo crun
        echo runc
    fi
}

# The test portal and the AWS CLI.
missing_portal() {
    have python3 || echo python3
    have openssl || echo openssl
    # Ubuntu 24.04 has no awscli package; there the one of tests/requirements.txt is used.
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

# As root, or with sudo that asks nothing; the output is shown when it fails.
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
    have "missing_$goal" || { say "no such goal: $goal"; exit 2; }
done
# A compiler that the user names is the user's to install.
# shellcheck disable=SC2086 # words
if [ "${CC:-gcc}" != gcc ] && ! have $CC; then
    say "there is no compiler $CC here, which CC names"
    exit 1
fi
packages=$(missing "$@")
[ -n "$packages" ] || exit 0
if ! may_install; then
    # shellcheck disable=SC2086 # words, on one line
    set -- $packages
    say "missing here: $*"
    say "type:  sudo apt-get update && sudo apt-get install --no-install-recommends $*"
    exit 1
fi
# make runs goals side by side, apt only one at a time.
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
    packages=$(missing "$@") # an archive without awscli is known only now
fi
# shellcheck disable=SC2086
say installing $packages
# An index older than the archive names files that are gone: then update, and once more.
# shellcheck disable=SC2086
apt_get install --no-install-recommends $packages 2>/dev/null || {
    [ "$updated" = 1 ] || apt_get update
    apt_get install --no-install-recommends $packages
}
