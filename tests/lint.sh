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
    find src tests/unit tests/fuzz -name '*.[ch]' 2>/dev/null | sort
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
    functions='sprintf|vsprintf|strcpy|strcat|strncpy|strncat|strtok|gets|system|popen'
    numbers='atoi|atol|strtol|strtoul|strtoll|strtoull'
    ! find src -name '*.[ch]' | sort | xargs -r grep -nE \
        "(^|[^_[:alnum:]])($functions|$numbers)[[:space:]]*\\(" |
        grep -vE '^[^:]*:[0-9]*:[[:space:]]*(//|\*|/\*)'
}

# Files of at most 400 lines, functions of at most 60 including their first line.
sizes() {
    find src -name '*.[ch]' | sort | xargs -r awk '
        function close_file() {
            if (lines > 400) { print name ": " lines " lines"; bad = 1 }
        }
        FNR == 1 { close_file(); name = FILENAME; head = 0 }
        { lines = FNR }
        /^[[:alpha:]_][^=]*[(]/ && head == 0 { head = FNR }
        /^[[:alpha:]_].*[;:]$/ || /^#/ { head = 0 }
        /^\}/ {
            if (head > 0 && FNR - head + 1 > 60) {
                print FILENAME ":" head ": a function of " FNR - head + 1 " lines"; bad = 1
            }
            head = 0
        }
        END { close_file(); exit bad }'
}

# Lines of at most 100 characters without blanks at the end, in scripts, tests and YAML;
# clang-format checks those of C. Two scripts have longer lines, because a change of their bytes
# rebuilds the libraries.
width() {
    ! find . -path './build*' -prune -o -path ./.git -prune -o -type f \
        \( -name '*.py' -o -name '*.sh' -o -name '*.mk' -o -name '*.yml' -o -name '*.yaml' \
        -o -name Makefile -o -name Dockerfile -o -path ./.ci/run \) \
        ! -path ./vendor/build.sh ! -path ./vendor/roots.sh -print0 | sort -z |
        LC_ALL=C.UTF-8 xargs -r0 grep -nE '^.{101}|[[:blank:]]$'
}

# Names that were replaced by clearer ones, in code and in the names of tests.
names() {
    ! {
        grep -rnE --include='*.[ch]' --include='*.py' \
            -e '\<(struct|enum) (seat|visit|desk|place|keeper|guard|deal|wish|question)\>' \
            -e '\<(seat|desk|keeper|deal)_[a-z]' \
            -e '\<(never_asks|patience_ms|ini_name_ok|process_soften|ini_prove)\>' \
            -e '\<(shut_out|ERR_NOT_FOUND|SERVER_LATER)\>' src tests
        find src tests -name '*.[ch]' -o -name '*.py' |
            grep -E '[/_](seat|visit|desk|keeper|guard|worlds|people|manual|bars)\.'
    } | grep .
}

# Arrows between files point down, and there is no cycle. Reads the objects that make has built.
arrows() {
    python3 tests/arrows.py "$O"
}

# Only base/json may include jsmn: it checks what jsmn does not.
jsmn() {
    ! grep -rln 'jsmn\.h' src | grep -v '^src/base/json'
}

# The floors below the command line say what is wrong with a value; only the floors that read
# options and variables name them, and commands. Names of variables in tables are not messages.
option_names() {
    ! find src/base src/net src/portal src/broker src/login src/aws src/serve src/settings \
        -name '*.[ch]' | sort | xargs -r grep -nE '"[^"]*(--[a-z]|DUPLO_|`duplojit )[^"]*"' |
        grep -vE '^[^:]*:[0-9]*:[[:space:]]*(//|\*|/\*|\.variable = )'
}

scripts() {
    find vendor tests .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort | xargs -r shellcheck
}

workflows() {
    tests/workflows.sh "$O"
}

check format format
check banned-functions banned
check arrows arrows
check sizes sizes
check width width
check names names
check jsmn jsmn
check option-names option_names
check scripts scripts
check workflows workflows
check headers headers "$@"
check warnings warnings "$@"
check analysis analysis

if [ -n "$failed" ]; then
    echo "lint failed:$failed"
    exit 1
fi
echo "lint: all checks passed"
