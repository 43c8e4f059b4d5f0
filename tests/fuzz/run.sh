#!/bin/bash
# Runs fuzz targets, two at a time, and prints a line for each. Fails if one crashes; the line then
# names the input. New inputs are kept in O/fuzz/corpus and used by the next run.
# usage: O=build tests/fuzz/run.sh SECONDS NAME...
set -u
export LC_ALL=C

seconds=$1
shift
out=$O/fuzz
mkdir -p "$out/crashes" "$out/log"
rm -f "$out"/log/*

# A dictionary has the name of the target, or of the first word of it.
dictionary_of() {
    for name in "$1" "${1%%_*}"; do
        [ ! -f "tests/fuzz/$name.dict" ] || { echo "-dict=tests/fuzz/$name.dict"; return; }
    done
}

# The last number after a word in a log.
number_of() {
    grep -aoE "$1 *[0-9]+" "$2" | tail -n 1 | grep -oE '[0-9]+$'
}

run_target() {
    local name=$1 log=$out/log/$1 status=0 dictionary
    dictionary=$(dictionary_of "$name")
    mkdir -p "$out/corpus/$name"
    # shellcheck disable=SC2086 # no word without a dictionary
    "$out/fuzz_$name" -seed="${FUZZ_SEED:-0}" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$out/crashes/$name-" $dictionary \
        "$out/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 || status=$?
    printf 'fuzz: %-18s %9s executions, %5s edges, %4s new inputs\n' "$name" \
        "$(number_of stat::number_of_executed_units: "$log")" "$(number_of 'cov:' "$log")" \
        "$(number_of stat::new_units_added: "$log")"
    if [ "$status" -ne 0 ]; then
        touch "$log.failed"
        grep -aE 'does not hold|ERROR: |runtime error|SUMMARY' "$log" | head -n 4
        echo "fuzz: $name: FAILED: $(grep -aoE "$out/crashes/$name-[^ ]+" "$log" | tail -n 1)"
        echo "fuzz: $name: run $out/fuzz_$name FILE; the log is $log"
    fi
}

for name in "$@"; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
        wait -n
    done
    run_target "$name" &
done
wait

if ls "$out"/log/*.failed >/dev/null 2>&1; then
    echo "fuzz: failed"
    exit 1
fi
echo "fuzz: $# targets passed"
