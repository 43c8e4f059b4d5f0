#!/bin/sh
# Runs fuzz targets on their seeds, and prints the last lines of those that fail.
# usage: O=build tests/fuzz/replay.sh TARGET...
set -u

failed=
for target in "$@"; do
    log=$O/host/fuzz/$target.log
    if ! "$O/host/fuzz/$target" "tests/fuzz/corpus/${target#fuzz_}" >"$log" 2>&1; then
        failed="$failed $target"
        echo "== $target"
        tail -n 20 "$log"
    fi
done
if [ -n "$failed" ]; then
    echo "replay failed:$failed"
    exit 1
fi
echo "replay: the seeds of $# targets passed"
