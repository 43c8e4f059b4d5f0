#!/bin/sh
# Downloads every file that LOCK (default: vendor/lock) names to DIR, checks its SHA-256, and writes
# DIR/SOURCES ("name file sha256" per line). Does nothing, and uses no network, if DIR is complete.
# usage: fetch.sh DIR [LOCK]
#
# Sources of a file, in this order:
#   VENDOR_DIR      a folder, or the tarball of `make vendor-bundle`; if set, the only source
#   a Debian mirror DEBIAN_MIRROR, else the mirrors that apt is configured with, else (on Ubuntu)
#                   the mirror that the debootstrap package names
#   the release of the library's project, by the URL in the lock
# Debian removes superseded files from its archive. Then the suite's current version is used,
# authenticated by apt with Debian's archive keys; with VENDOR_STRICT=1 the script fails instead.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
lock=${2:-$here/lock}
strict=${VENDOR_STRICT:-0}
user=$(id -un)

say() {
    printf 'vendor: %s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

entries() {
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$lock"
}

has() { # FILE SHA256
    [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]
}

# download URL FILE SHA256: true if the file was downloaded and has that checksum.
download() {
    rm -f "$2"
    /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User="$user" -o Acquire::Retries=2 \
        -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 \
        download-file "$1" "$2" "SHA256:$3" >"$dir/.log" 2>&1 && has "$2" "$3" && return 0
    rm -f "$2" "$2.FAILED"
    return 1
}

# The base URLs of Debian archives, one per line: each mirror and its security archive.
mirrors() {
    {
        if [ -n "${DEBIAN_MIRROR:-}" ]; then
            echo "$DEBIAN_MIRROR"
        elif grep -q '^ID=debian' /etc/os-release; then
            codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
            # shellcheck disable=SC2016 # apt expands the dollars
            apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
                awk -v codename="$codename" \
                    'index($1, codename) == 1 || $1 ~ /^(stable|testing|unstable|sid)/ { print $2 }'
        else
            sed -n 's/^DEF_MIRROR="\(.*\)"$/\1/p' /usr/sbin/debootstrap 2>/dev/null || true
            cat /usr/share/debootstrap/scripts/* 2>/dev/null |
                grep -o 'https*://[^" ]*/debian\>' || true
        fi
    } | sed 's,/*$,,' | awk '
        !seen[$0]++ { mirror[++n] = $0 }
        END {
            for (i = 1; i <= n; i++) {
                print mirror[i]
                security = mirror[i] "-security"
                if (mirror[i] ~ /\/debian$/ && !seen[security]++) {
                    print security
                }
            }
        }'
}

# The directories of a source package in the main and the security archive.
pools() { # SOURCE
    case $1 in
    lib*) prefix=$(printf '%.4s' "$1") ;;
    *) prefix=$(printf '%.1s' "$1") ;;
    esac
    echo "pool/main/$prefix/$1"
    echo "pool/updates/main/$prefix/$1"
}

from_mirror() { # SOURCE FILE SHA256
    for mirror in $mirrors; do
        for pool in $(pools "$1"); do
            download "$mirror/$pool/$2" "$dir/$2" "$3" && return 0
        done
    done
    return 1
}

# A separate apt configuration with the source packages of one suite; the system's is not changed.
apt_of_suite() { # SUITE
    [ -n "$mirrors" ] || return 1
    apt=$dir/.apt
    export APT_CONFIG="$apt/apt.conf"
    [ ! -f "$apt/ready" ] || return 0
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$keyring" ] || keyring=/usr/share/keyrings/debian-archive-keyring.pgp
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    for mirror in $mirrors; do
        case $mirror in
        *security*) echo "deb-src [signed-by=$keyring] $mirror $1-security main" ;;
        *)
            echo "deb-src [signed-by=$keyring] $mirror $1 main"
            echo "deb-src [signed-by=$keyring] $mirror $1-updates main"
            ;;
        esac
    done >"$apt/sources.list"
    cat >"$apt/apt.conf" <<CONF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "/dev/null";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "$user";
Acquire::Languages "none";
CONF
    say "reading the index of $1 from the Debian archive"
    apt-get -qq update >"$dir/.log" 2>&1 || say "$(tail -n 3 "$dir/.log")"
    touch "$apt/ready"
}

# The tarballs of one version, "file sha256" per line, from the signed index.
tarballs_of() { # SOURCE VERSION
    apt-cache showsrc "$1" | awk -v want="$2" '
        /^Package:/ { version = ""; inside = 0 }
        /^Version:/ { version = $2 }
        /^[A-Z]/ { inside = ($1 == "Checksums-Sha256:") }
        inside && version == want && $3 ~ /\.tar\.[a-z0-9]+$/ { print $3, $1 }' | sort -u
}

# Replaces the version in the lock by the suite's newest one that can be downloaded. If a mirror
# lacks a file of one version, the version before it is tried.
supersede() { # NAME SUITE/SOURCE
    source=${2#*/}
    apt_of_suite "${2%/*}" || return 1
    for version in $(apt-cache showsrc "$source" | sed -n 's/^Version: //p' | sort -u -r -V); do
        wanted=$(tarballs_of "$source" "$version")
        # If the lock has no packaging file for a library, its packaging is not needed.
        entries | grep -q "^$1 .*\.debian\.tar" || wanted=$(echo "$wanted" | grep -v '\.debian\.')
        # Never an older version: an old index, validly signed, must not undo a fix in the lock.
        dpkg --compare-versions "$version" ge "$(version_of "$1")" || return 1
        if [ -n "$wanted" ] && echo "$wanted" | while read -r file sha; do
            has "$dir/$file" "$sha" || from_mirror "$source" "$file" "$sha" || exit 1
        done; then
            say "*** $1: vendor/lock names $(version_of "$1"), which is no longer available here."
            say "*** $1: building with $version, authenticated by Debian's archive keys."
            say "*** $1: update vendor/lock, or set VENDOR_STRICT=1 to fail instead."
            echo "$wanted" | sed "s/^/$1 /" >>"$dir/SOURCES.new"
            return 0
        fi
    done
    return 1
}

version_of() {
    entries | awk -v name="$1" '$1 == name { print $2; exit }'
}

from_vendor_dir() {
    given=$VENDOR_DIR
    [ -e "$given" ] || die "VENDOR_DIR: there is no $given"
    if [ -f "$given" ]; then
        rm -rf "$dir/.given"
        mkdir "$dir/.given"
        tar -C "$dir/.given" --no-same-owner -xf "$given"
        given=$dir/.given
    fi
    entries | while read -r name version file sha _; do
        has "$given/$file" "$sha" ||
            die "VENDOR_DIR: $file ($name $version) is missing or not the one in vendor/lock"
        cp "$given/$file" "$dir/$file"
        echo "$name $file $sha" >>"$dir/SOURCES.new"
    done
    rm -rf "$dir/.given"
}

# Every file of one library, as locked; false if one cannot be downloaded.
fetch_locked() { # NAME
    entries | while read -r name version file sha where url; do
        [ "$name" = "$1" ] || continue
        if ! has "$dir/$file" "$sha"; then
            say "fetching $file"
            from_mirror "${where#*/}" "$file" "$sha" ||
                { [ "$url" != - ] && download "$url" "$dir/$file" "$sha"; } || exit 1
        fi
    done
}

from_network() {
    mirrors=$(mirrors)
    for name in $(entries | awk '!seen[$1]++ { print $1 }'); do
        if fetch_locked "$name"; then
            entries | awk -v name="$name" '$1 == name { print $1, $3, $4 }' >>"$dir/SOURCES.new"
        elif [ "$strict" = 1 ]; then
            die "$name $(version_of "$name") cannot be had, and VENDOR_STRICT=1 takes no other"
        else
            where=$(entries | awk -v name="$name" '$1 == name { print $5; exit }')
            supersede "$name" "$where" || give_up "$name"
        fi
    done
}

give_up() {
    say "$1 $(version_of "$1") cannot be had. Tried: $(echo "$mirrors" | tr '\n' ' ')"
    [ ! -s "$dir/.log" ] || sed 's/^/vendor:   /' "$dir/.log" >&2
    die "set DEBIAN_MIRROR=URL to a Debian archive, or VENDOR_DIR=PATH to sources you have"
}

# The lock and the strictness of a finished download; if they change, it starts again.
stamp=$(sha256sum <"$lock")
if [ -f "$dir/SOURCES" ] && [ "$(cat "$dir/stamp" 2>/dev/null)" = "$stamp" ]; then
    if [ "$strict" != 1 ] || [ "$(entries | awk '{ print $1, $3, $4 }')" = "$(cat "$dir/SOURCES")" ]
    then
        exit 0
    fi
fi
rm -f "$dir/SOURCES.new" "$dir/stamp"
if [ -n "${VENDOR_DIR:-}" ]; then
    from_vendor_dir
else
    from_network
fi
rm -rf "$dir/.apt" "$dir/.log"
mv "$dir/SOURCES.new" "$dir/SOURCES"
echo "$stamp" >"$dir/stamp"
