#!/bin/sh
# Runs unit tests for arm64 in an emulator, as many at once as there are processors, and prints how
# many tests passed. A program that not_emulated.txt names is not run.
# usage: O=build-arm64 tests/arm64/unit.sh TEST-PROGRAM...
set -eu
export LC_ALL=C

excluded=${0%/*}/not_emulated.txt
dir=$O/target
rm -f "$dir"/*.failed "$dir"/*.log
# shellcheck disable=SC2016 # the inner shell expands it
for name in "$@"; do
    reason=$(awk -v name="$name" '$1 == name { $1 = ""; print substr($0, 2) }' "$excluded")
    if [ -n "$reason" ]; then
        echo "arm64: $name is not run: $reason" >&2
    else
        echo "$name"
    fi
done | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' sh -c '
    env --default-signal timeout 900 qemu-aarch64 "$1/$2" >"$1/$2.log" 2>&1 ||
        { touch "$1/$2.failed"; tail -n 40 "$1/$2.log" >&2; }' unit "$dir" '{}'
passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$dir"/*.log | awk '{ n += $1 } END { print n }')
programs=$(find "$dir" -name 'test_*.log' | wc -l)
if ls "$dir"/*.failed >/dev/null 2>&1; then
    (cd "$dir" && echo "arm64: unit tests failed:" *.failed >&2)
    exit 1
fi
echo "arm64: unit tests: $passed tests in $programs programs passed"
