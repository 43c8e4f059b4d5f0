#!/bin/sh
# What `make lint` checks; every check runs, and one that fails is named at the end.
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

# Warnings as errors, with the optimiser that some of them need.
warnings() {
    find src -name '*.c' | sort | xargs -r -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' \
        env REALGCC="$CC" "$O/vendor/sysroot/bin/musl-gcc" "$@" -O2 -Werror -c '{}' -o /dev/null
}

# Each header compiles when it is the first thing included.
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

# Functions the house does without. Comment lines may name them.
banned() {
    ! find src -name '*.[ch]' | sort | xargs -r grep -nE \
        '(^|[^_[:alnum:]])(sprintf|vsprintf|strcpy|strcat|strncpy|strncat|strtok|atoi|atol|strtol|strtoul|strtoll|strtoull|gets|system|popen)[[:space:]]*\(' |
        grep -vE '^[^:]*:[0-9]*:[[:space:]]*(//|\*|/\*)'
}

# A file includes its own floor or lower ones. aws and net stand side by side.
floors() {
    # shellcheck disable=SC2016 # awk's dollars
    find src -name '*.[ch]' | sort | xargs -r awk -F '"' '
        BEGIN {
            floor["base"] = 0; floor["aws"] = 1; floor["net"] = 1; floor["portal"] = 2
            floor["jit"] = 3; floor["serve"] = 4; floor["cmd"] = 5; floor["main"] = 6
        }
        FNR == 1 {
            split(FILENAME, part, "/")
            own = part[2] ~ /\./ ? "main" : part[2]
            if (!(own in floor)) { print FILENAME ": unknown floor " own; bad = 1 }
        }
        /^#[ \t]*include[ \t]*"/ && index($2, "/") {
            split($2, part, "/")
            other = part[1]
            if (!(other in floor)) {
                print FILENAME ":" FNR ": unknown floor " other; bad = 1
            } else if (floor[other] > floor[own] || (floor[other] == floor[own] && other != own)) {
                print FILENAME ":" FNR ": " own " must not include " other; bad = 1
            }
        }
        END { exit bad }'
}

# Only base/json may include jsmn: it alone knows what jsmn does not check.
jsmn() {
    ! grep -rln 'jsmn\.h' src | grep -v '^src/base/json'
}

scripts() {
    find vendor tests .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort | xargs -r shellcheck
}

check format format
check banned-functions banned
check floors floors
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
