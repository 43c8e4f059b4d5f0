#!/bin/sh
# Runs unit tests for arm64 in an emulator, as many at once as there are processors, and prints how
# many tests passed.
# usage: O=build-arm64 tests/arm64/unit.sh TEST-PROGRAM...
set -eu
export LC_ALL=C

dir=$O/target
rm -f "$dir"/*.failed "$dir"/*.log
# shellcheck disable=SC2016 # the inner shell expands it
printf '%s\n' "$@" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' sh -c '
    env --default-signal timeout 900 qemu-aarch64 "$1/$2" >"$1/$2.log" 2>&1 ||
        { touch "$1/$2.failed"; tail -n 40 "$1/$2.log" >&2; }' unit "$dir" '{}'
passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$dir"/*.log |
    awk '{ n += $1 } END { print n }')
programs=$(find "$dir" -name 'test_*.log' | wc -l)
if ls "$dir"/*.failed >/dev/null 2>&1; then
    (cd "$dir" && echo "arm64: unit tests failed:" *.failed >&2)
    exit 1
fi
echo "arm64: unit tests: $passed tests in $programs programs passed"
