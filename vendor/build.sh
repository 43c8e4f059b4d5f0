#!/bin/sh
# Builds the libraries that vendor/lock names into OUT:
#   OUT/sysroot   musl: headers, libc.a, bin/musl-gcc
#   OUT/include   headers of the libraries without musl's, so that host builds can use them too
#   OUT/lib       libmbedtls.a (all of mbedTLS), libcurl.a, libmicrohttpd.a, libyaml.a (the parser)
#   OUT/roots.c   Mozilla's roots; OUT/roots.hex, their certificates
#   OUT/host      with "host" as second argument: the libraries for the C library of this
#                 machine, for unit tests
# usage: build.sh OUT [host]
# Does nothing if OUT was built from the same sources, configuration and compiler.
set -eu
export LC_ALL=C

# Variables that are meant for the tool must not reach the libraries: `make install DESTDIR=...`
# would install musl's headers there, and CFLAGS are not part of the hash below.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL DESTDIR PREFIX V O CFLAGS CPPFLAGS LDFLAGS LIBS

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
# If two makes run in one folder, the second waits and has nothing left to do.
exec 9>"$out/lock"
flock 9
want=${2:-target}
cc=${CC:-gcc}
log=$out/log
work=$out/work
jobs=$(getconf _NPROCESSORS_ONLN)

# -Oz and LTO bring the libraries from 640 to 420 KB, missing unwind tables another 70 KB of that.
# Ubuntu's gcc marks every function for CET; that has no effect without musl's assembler files.
common="-Oz -fPIE -fcf-protection=none -ffunction-sections -fdata-sections -fstack-protector"
common="$common -fno-asynchronous-unwind-tables -fno-unwind-tables"
# For arm64, whose instructions are longer: calls and data are within 1 MB, so that one instruction
# computes an address instead of two, and the big numbers are compiled to 4 KB less.
fast=-O3
case $($cc -dumpmachine) in
aarch64-*) common="$common -mcmodel=tiny" fast=-O2 ;;
esac
# LTO objects have the names of their sources and headers, which must not depend on the folder. For a
# name that is relative, they also have the folder of the compiler: all names are absolute.
common="$common -ffile-prefix-map=$out=/vendor"
target_flags="$common -flto"
host_flags="-O1 -g -fPIE"

say() {
    printf 'vendor: %s\n' "$*" >&2
}

# step NAME: runs build_NAME with its output in a log, and prints the log if it fails.
step() {
    say "building $1"
    set +e # in a condition, set -e would have no effect inside either
    (
        set -e
        "build_$1"
    ) >"$log/$1" 2>&1
    status=$?
    set -e
    if [ "$status" -ne 0 ]; then
        tail -n 40 "$log/$1" >&2
        say "building $1 failed; see $log/$1"
        return 1
    fi
}

# unpack NAME: unpacks its source to work/NAME and applies Debian's patches.
unpack() {
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1"
    awk -v name="$1" '$1 == name { print $2 }' "$out/src/SOURCES" | while read -r file; do
        case $file in
        *.debian.tar.*) tar -C "$work/$1" --no-same-owner -xf "$out/src/$file" ;;
        *) tar -C "$work/$1" --no-same-owner --strip-components=1 -xf "$out/src/$file" ;;
        esac
    done
    cd "$work/$1"
    if [ -f debian/patches/series ]; then
        sed -e 's/[[:space:]]*#.*//' -e '/^$/d' debian/patches/series | while read -r name _; do
            apply "debian/patches/$name"
        done
    fi
    # Our patches are named after the version they apply to.
    for file in "$here/patches/$1-$(upstream_version "$1")"-*.patch; do
        [ ! -f "$file" ] || apply "$file"
    done
}

apply() {
    echo "applying $1"
    patch -s -f -F0 -p1 --no-backup-if-mismatch <"$1"
}

upstream_version() {
    awk -v name="$1" '$1 == name && $2 ~ /\.orig\./ {
        sub(/.*_/, "", $2)
        sub(/\.orig\..*/, "", $2)
        print $2
    }' "$out/src/SOURCES"
}

build_musl() {
    unpack musl
    # On x86-64 these use `rep movs`, whose start-up costs more than copying a big number: a quarter
    # of the time of a handshake. The C versions are used instead.
    rm -f src/string/x86_64/memcpy.s src/string/x86_64/memmove.s
    CC=$cc AR=$ar RANLIB=$ranlib CFLAGS="$common" ./configure --prefix="$out/sysroot" --syslibdir="$out/sysroot/lib" \
        --disable-shared --enable-wrapper=gcc
    make -j"$jobs" OPTIMIZE_GLOBS='string/memcpy.c malloc/mallocng/*.c malloc/calloc.c'
    rm -rf "$out/sysroot"
    make install
    # The kernel's headers, for calls without a wrapper in libc. Not the whole include folder, which
    # has the headers of the compiler's own libc.
    for dir in linux asm-generic asm; do
        cp -RL "$(header_dir "$dir/types.h")/$dir" "$out/sysroot/include/"
    done
}

# header_dir NAME: the folder in which the compiler finds this header.
header_dir() {
    echo "#include <$1>" | $cc -E -x c - | sed -n "s,^# 1 \"\(.*\)/$1\".*,\1,p" | head -n 1
}

# One of our patches for another version is not applied; the message tells who updates the version.
name_idle_patches() {
    for file in "$here"/patches/*.patch; do
        name=${file##*/}
        name=${name%%-*}
        case ${file##*/} in
        "$name-$(upstream_version "$name")"-*) ;;
        *) say "*** patches/${file##*/} is for another version: not applied" ;;
        esac
    done
}

# mbedtls_objects FLAGS DIR: compiles mbedTLS, which has no configure step; with our configuration
# three quarters of its files are empty.
mbedtls_objects() {
    mkdir -p "$2"
    cd "$work/mbedtls/library"
    for file in *.c; do
        # Big numbers and curves dominate a handshake. -O3 for ecp.c too would cost 5 KB.
        case $file in
        bignum.c | bignum_*.c | ecp_*.c) echo "$file $fast" ;;
        # A cached run needs these; without LTO they can be linked early (see the Makefile).
        sha256.c | platform_util.c) echo "$file -fno-lto" ;;
        *) echo "$file -Oz" ;;
        esac
    done | xargs -P "$jobs" -I '{}' sh -c "
        set -- {}
        $compiler $1 \$2 \$3 -I$work/mbedtls/include -I$out/include -DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>' \
            -c \$PWD/\$1 -o $2/\${1%.c}.o"
}

build_mbedtls() {
    unpack mbedtls
    cp -R include/mbedtls include/psa "$out/include/"
    cp "$here/mbedtls_config.h" "$out/include/"
    mbedtls_objects "$target_flags" "$work/mbedtls/objects"
    archive "$out/lib/libmbedtls.a" "$work/mbedtls/objects"
}

build_mbedtls_host() {
    compiler=$cc
    mbedtls_objects "$host_flags -fsanitize=address,undefined" "$work/mbedtls/objects-host"
    mkdir -p "$out/host"
    archive "$out/host/libmbedtls.a" "$work/mbedtls/objects-host"
}

# archive FILE DIR: archives all objects below DIR in a fixed order, without dates.
archive() {
    rm -f "$1"
    find "$2" -name '*.o' | sort | xargs "$ar" Drcs "$1"
}

build_curl() {
    unpack curl
    # The patches change files that configure depends on; without this, make would run automake.
    touch aclocal.m4
    find . -name Makefile.in -exec touch {} +
    touch lib/curl_config.h.in configure
    curl_objects "$compiler" "$target_flags" "$out/lib" target
    cd "$work/curl"
    cp -R include/curl "$out/include/"
    rm -f "$out/include/curl/Makefile"*
}

build_curl_host() {
    cd "$work/curl"
    curl_objects "$cc" "$host_flags" "$out/host" host
}

# curl_objects CC FLAGS LIB DIR: configures and builds in DIR with LIB/libmbedtls.a, and writes
# LIB/libcurl.a.
curl_objects() {
    mkdir -p "$4/prefix/lib"
    cd "$4"
    # configure links test programs; the entropy source is in the tool, so they need a stub.
    echo 'int mbedtls_hardware_poll(void); int mbedtls_hardware_poll(void) { return 1; }' >stub.c
    $1 -fPIE -c stub.c -o stub.o
    ln -sfn "$out/include" prefix/include
    for lib in mbedtls mbedx509 mbedcrypto; do
        ln -sfn "$3/libmbedtls.a" "prefix/lib/lib$lib.a"
    done
    sanitize=
    [ "$4" = target ] || sanitize=-fsanitize=address,undefined
    CC=$1 AR=$ar RANLIB=$ranlib NM=$nm CFLAGS=$2 LDFLAGS=$sanitize LIBS="$PWD/stub.o" \
        CPPFLAGS="-DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>'" PKG_CONFIG=false \
        "$work/curl/configure" --host="$triple" --prefix="$PWD/installed" \
        --disable-shared --enable-static --with-pic --disable-dependency-tracking \
        --disable-debug --disable-symbol-hiding --disable-manual --disable-docs \
        --with-mbedtls="$PWD/prefix" --without-ca-bundle --without-ca-path --without-ca-fallback \
        --enable-http --enable-ipv6 --enable-threaded-resolver --enable-proxy \
        --enable-basic-auth --enable-http-auth --enable-dateparse --disable-verbose \
        --disable-ftp --disable-file --disable-ipfs --disable-ldap --disable-ldaps --disable-rtsp \
        --disable-dict --disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb \
        --disable-smtp --disable-gopher --disable-mqtt --disable-websockets \
        --disable-bearer-auth --disable-digest-auth --disable-kerberos-auth \
        --disable-negotiate-auth --disable-ntlm --disable-aws --disable-tls-srp \
        --disable-cookies --disable-netrc --disable-alt-svc --disable-hsts --disable-doh \
        --disable-mime --disable-form-api --disable-progress-meter --disable-headers-api \
        --disable-get-easy-options --disable-dnsshuffle --disable-bindlocal --disable-sha512-256 \
        --disable-unix-sockets --disable-libcurl-option --disable-ares --disable-httpsrr \
        --disable-ech --disable-ssls-export --disable-rt --disable-versioned-symbols \
        --without-zlib --without-brotli --without-zstd --without-libpsl --without-libgsasl \
        --without-libssh2 --without-libssh --without-librtmp --without-libidn2 --without-nghttp2 \
        --without-ngtcp2 --without-nghttp3 --without-quiche
    # configure drops -Oz, so make gets the flags again. The other library is for curl's own tests.
    make -C lib -j"$jobs" CFLAGS="$2" libcurl.la
    cp lib/.libs/libcurl.a "$3/"
}

build_libmicrohttpd() {
    unpack libmicrohttpd
    find . -name aclocal.m4 -exec touch {} +
    find . \( -name Makefile.in -o -name MHD_config.h.in \) -exec touch {} +
    touch configure
    libmicrohttpd_objects "$compiler" "$target_flags" "$out/lib" target
    cp "$work/libmicrohttpd/src/include/microhttpd.h" "$out/include/"
}

build_libmicrohttpd_host() {
    cd "$work/libmicrohttpd"
    libmicrohttpd_objects "$cc" "$host_flags -fsanitize=address,undefined" "$out/host" host
}

# libmicrohttpd_objects CC FLAGS LIB DIR: configures and builds in DIR, and writes
# LIB/libmicrohttpd.a.
libmicrohttpd_objects() {
    mkdir -p "$4"
    cd "$4"
    # Without constructors, the library initialises itself when a server starts, not at every start
    # of the program.
    CC=$1 AR=$ar RANLIB=$ranlib NM=$nm CFLAGS=$2 CPPFLAGS=-DAUTOINIT_FUNCS_INCLUDED=1 \
        PKG_CONFIG=false "$work/libmicrohttpd/configure" --host="$triple" --prefix="$PWD/installed" \
        --disable-shared --enable-static --with-pic --disable-dependency-tracking \
        --with-threads=none --enable-poll=no --enable-compact-code --disable-https \
        --disable-bauth --disable-dauth --disable-postprocessor --disable-cookie \
        --disable-messages --disable-sendfile --disable-httpupgrade --disable-thread-names \
        --disable-doc --disable-examples --disable-curl --disable-tools
    make -C src/microhttpd -j"$jobs" CFLAGS="$2" libmicrohttpd.la
    cp src/microhttpd/.libs/libmicrohttpd.a "$3/"
}

# libyaml_objects CC FLAGS DIR FILE: compiles the parser, without the emitter and the loader, and
# writes the archive FILE.
libyaml_objects() {
    mkdir -p "$3"
    cd "$work/libyaml/src"
    for file in api reader scanner parser; do
        # shellcheck disable=SC2086 # flags are words
        $1 $2 -I"$work/libyaml/include" -DYAML_DECLARE_STATIC -DYAML_VERSION_STRING='""' \
            -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=0 -DYAML_VERSION_PATCH=0 -DNDEBUG \
            -c "$PWD/$file.c" -o "$3/$file.o"
    done
    archive "$4" "$3"
}

build_libyaml() {
    unpack libyaml
    libyaml_objects "$compiler" "$target_flags" "$work/libyaml/target" "$out/lib/libyaml.a"
    cp "$work/libyaml/include/yaml.h" "$out/include/"
}

build_libyaml_host() {
    libyaml_objects "$cc" "$host_flags -fsanitize=address,undefined" "$work/libyaml/host" \
        "$out/host/libyaml.a"
}

build_jsmn() {
    unpack jsmn
    cp jsmn.h "$out/include/"
}

build_roots() {
    unpack ca-certificates
    "$here/roots.sh" mozilla/certdata.txt "$out/roots.hex" >"$out/roots.c.new"
    mv "$out/roots.c.new" "$out/roots.c"
}

# A hash of everything that determines the result: sources, scripts, configuration and patches, the
# compiler, and the path of OUT, because musl's compiler wrapper contains it.
key() {
    {
        cat "$out/src/SOURCES" "$here/build.sh" "$here/roots.sh" "$here/mbedtls_config.h"
        cat "$here"/patches/*.patch
        $cc --version
        $cc -dumpmachine
        echo "$out"
    } | sha256sum | cut -d ' ' -f 1
}

# tool_of_compiler ar|nm|ranlib: the tool that reads the compiler's LTO objects. For TARGET-gcc-12 it
# is TARGET-gcc-ar-12. A compiler with another name is asked for its tool.
tool_of_compiler() {
    name=$(echo "${cc##* }" | sed "s/gcc\(-[0-9.]*\)\{0,1\}\$/gcc-$1\1/")
    case $name in
    *"gcc-$1"*) command -v "$name" && return ;;
    esac
    name=$($cc -print-prog-name="gcc-$1")
    command -v "$name" || command -v "$triple-gcc-$1" || echo "gcc-$1"
}

tools_of_compiler() {
    compiler="$out/sysroot/bin/musl-gcc"
    export REALGCC="$cc"
    triple=$($cc -dumpmachine)
    ar=$(tool_of_compiler ar)
    nm=$(tool_of_compiler nm)
    ranlib=$(tool_of_compiler ranlib)
}

"$here/fetch.sh" "$out/src"
tools_of_compiler
if [ "$(cat "$out/key" 2>/dev/null)" != "$(key)" ]; then
    rm -rf "${out:?}/key" "$out/host" "$out/include" "${out:?}/lib" "$work"
    mkdir -p "$log" "$out/include" "$out/lib" "$work"
    name_idle_patches
    step musl
    step libmicrohttpd & # in parallel, because its configure uses one core
    other=$!
    step jsmn
    step libyaml
    step roots
    step mbedtls
    wait "$other"
    step curl
    key >"$out/key"
fi
if [ "$want" = host ] && [ ! -f "$out/host/libcurl.a" ]; then
    step mbedtls_host
    step libmicrohttpd_host
    step libyaml_host
    step curl_host
fi
