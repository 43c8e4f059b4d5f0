#!/bin/sh
# The checks of `make lint`. All checks run; the last line names those that failed.
# usage: CC=... O=build tests/lint.sh COMPILER-FLAGS...
set -u
export LC_ALL=C

cd "$(dirname "$0")/.." || exit 1
failed=

check() { # NAME COMMAND...
    name=$1
    shift
    if "$@"; then
        echo "lint: $name: ok"
    else
        echo "lint: $name: FAILED"
        failed="$failed $name"
    fi
}

c_files() {
    find src tests/unit -name '*.[ch]' 2>/dev/null | sort
}

format() {
    c_files | xargs -r "$O/venv/bin/clang-format" --dry-run --Werror
}

# Warnings as errors, with optimisation, which some of them need.
warnings() {
    find src -name '*.c' | sort | xargs -r -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' \
        env REALGCC="$CC" "$O/vendor/sysroot/bin/musl-gcc" "$@" -O2 -Werror -c '{}' -o /dev/null
}

# Each header compiles if it is included first.
headers() {
    status=0
    for header in $(find src -name '*.h' | sort); do
        echo "#include \"${header#src/}\"" | REALGCC=$CC "$O/vendor/sysroot/bin/musl-gcc" "$@" \
            -Werror -fsyntax-only -x c - || status=1
    done
    return $status
}

analysis() {
    timeout 300 cppcheck --quiet --std=c11 --enable=warning,portability,performance \
        --inline-suppr --suppress=missingInclude --suppress=missingIncludeSystem \
        --suppress=checkersReport --suppress=normalCheckLevelMaxBranches --error-exitcode=1 \
        -j "$(getconf _NPROCESSORS_ONLN)" -Isrc -D__linux__ -D_GNU_SOURCE src
}

# Functions that are not used in src/. Comment lines may name them.
banned() {
    ! find src -name '*.[ch]' | sort | xargs -r grep -nE \
        '(^|[^_[:alnum:]])(sprintf|vsprintf|strcpy|strcat|strncpy|strncat|strtok|atoi|atol|strtol|strtoul|strtoll|strtoull|gets|system|popen)[[:space:]]*\(' |
        grep -vE '^[^:]*:[0-9]*:[[:space:]]*(//|\*|/\*)'
}

# Only base/json may include jsmn: it checks what jsmn does not.
jsmn() {
    ! grep -rln 'jsmn\.h' src | grep -v '^src/base/json'
}

scripts() {
    find vendor tests .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort | xargs -r shellcheck
}

check format format
check banned-functions banned
check jsmn jsmn
check scripts scripts
check headers headers "$@"
check warnings warnings "$@"
check analysis analysis

if [ -n "$failed" ]; then
    echo "lint failed:$failed"
    exit 1
fi
echo "lint: all checks passed"
