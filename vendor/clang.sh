#!/bin/sh
# Prints the name of a clang that can build fuzz targets: with libFuzzer and the sanitizers, and
# with the tools for coverage beside it. Fails if no such clang is installed.
set -u

for name in ${CLANG:-clang clang-16 clang-19 clang-18 clang-17 clang-15 clang-14}; do
    command -v "$name" >/dev/null 2>&1 || continue
    [ -x "$("$name" -print-prog-name=llvm-cov)" ] || continue
    if echo 'int LLVMFuzzerTestOneInput(const void *d, long n) { return d == 0 && n != 0; }' |
        "$name" -fsanitize=fuzzer,address,undefined -x c - -o /dev/null 2>/dev/null; then
        echo "$name"
        exit 0
    fi
done
exit 1
