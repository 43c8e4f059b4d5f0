#!/bin/bash
# Runs the unit tests, the fuzz targets on their seeds and the end-to-end tests, all built by clang
# to count lines, and prints the line coverage of each floor and in total. Fails below 92 %. Tests
# that fail are named and do not count as a failure: some measure times and memory of the release
# build.
# usage: O=build CLANG=clang tests/coverage.sh TESTS-OF-PYTEST PROGRAM...
set -u
export LC_ALL=C

least=92
end_to_end=$1
shift
cover=$O/cover
profiles=$cover/profiles
# Some tests give up root, and their processes write here, too.
rm -rf "$profiles"
mkdir -p "$profiles"
chmod 1777 "$profiles"
umask 0

for program in "$@"; do
    name=${program##*/}
    seeds=()
    [ "${name#fuzz_}" = "$name" ] || seeds=("tests/fuzz/corpus/${name#fuzz_}")
    # nohup and background jobs start programs with ignored signals.
    env --default-signal "$program" "${seeds[@]}" >"$cover/$name.log" 2>&1 ||
        echo "coverage: $name fails; see $cover/$name.log"
done
umask 022
if [ -n "$end_to_end" ]; then
    # shellcheck disable=SC2086 # words
    BIN=$PWD/$cover/duplojit "$O/venv/bin/python" -m pytest -q -n 6 --dist worksteal \
        -p no:cacheprovider $end_to_end >"$cover/e2e.log" 2>&1
    echo "coverage: end-to-end: $(tail -n 1 "$cover/e2e.log"); see $cover/e2e.log"
fi

"$("$CLANG" -print-prog-name=llvm-profdata)" merge -sparse -o "$cover/all.profdata" \
    "$profiles"/*.profraw || exit 1
objects=()
for program in "$@"; do
    objects+=(-object "$program")
done
"$("$CLANG" -print-prog-name=llvm-cov)" export -format=lcov -instr-profile "$cover/all.profdata" \
    "$cover/duplojit" "${objects[@]}" src >"$cover/lines.lcov" 2>"$cover/export.log" || exit 1
python3 tests/coverage.py "$least" "$cover/lines.lcov" "$cover/missed.txt"
