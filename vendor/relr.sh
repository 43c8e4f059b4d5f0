#!/bin/sh
# SPDX-License-Identifier: MIT
# Packs the relative relocations of a program for arm64 as `ld -z pack-relative-relocs` does, which
# binutils before 2.43 cannot do for this architecture. arm64.ld reserves the section .relr for the
# packed table and keeps the linker's table out of memory. The words to relocate are in place.
# usage: CC=aarch64-linux-gnu-gcc relr.sh PROGRAM
set -eu
export LC_ALL=C

program=$1
objcopy=$($CC -print-prog-name=objcopy)
readelf=$($CC -print-prog-name=readelf)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the packed table: the address of a relocated word, then, while the next 63 words contain
# relocations, a bitmap of these 63. Bit 0 of a bitmap is 1.
packed_table() {
    "$readelf" -rW "$program" |
        sed -n 's/^\([0-9a-f]\{16\}\) .* \(R_[A-Z0-9_]*\) .*/\1 \2/p' | sort |
        awk '
        function number(hex,    i, n) {
            for (i = 1; i <= length(hex); i++) {
                n = 16 * n + index("123456789abcdef", substr(hex, i, 1))
            }
            return n
        }
        function bitmap(bit,    i, hex) {
            for (i = 0; i < 64; i += 4) {
                hex = sprintf("%x", bit[i] + 2 * bit[i + 1] + 4 * bit[i + 2] + 8 * bit[i + 3]) hex
            }
            return "0x" hex
        }
        { at[++n] = number($1) }
        $2 != "R_AARCH64_RELATIVE" || at[n] % 8 != 0 { print ".error \"not packed: " $0 "\"" }
        END {
            for (i = 1; i <= n;) {
                print ".quad", at[i]
                for (first = at[i++] + 8; i <= n && at[i] < first + 63 * 8; first += 63 * 8) {
                    split("", bit)
                    bit[0] = 1
                    while (i <= n && at[i] < first + 63 * 8) {
                        bit[1 + (at[i++] - first) / 8] = 1
                    }
                    print ".quad", bitmap(bit)
                }
            }
        }'
}

# Prints the dynamic section with the packed table instead of the linker's: DT_RELR (36) instead of
# DT_RELA (7), DT_RELRSZ (35) instead of DT_RELASZ (8), DT_RELRENT (37) instead of DT_RELAENT (9).
dynamic_section() {
    "$objcopy" -O binary --only-section=.dynamic "$program" "$work/dynamic"
    od -An -v -t x8 -w16 "$work/dynamic" | sed -e 's/^ \(.*\) \(.*\)$/.quad 0x\1, 0x\2/' \
        -e "s/0x0*7, .*/36, 0x$address/" -e 's/0x0*8, .*/35, table_end - table/' \
        -e 's/0x0*9, .*/37, 8/'
}

read -r address size <<SECTION
$("$readelf" -SW "$program" |
    sed -n 's/.* \.relr  *PROGBITS  *\([0-9a-f]*\) [0-9a-f]* \([0-9a-f]*\) .*/\1 \2/p')
SECTION
# The assembler reports a table that is larger than .relr.
{
    echo '.section .relr, "a"'
    echo 'table:'
    packed_table
    echo 'table_end:'
    echo ".org 0x$size"
    echo '.section .dynamic, "a"'
    dynamic_section
} >"$work/sections.s"
$CC -c -o "$work/sections.o" "$work/sections.s"
for section in .relr .dynamic; do
    "$objcopy" -O binary --only-section=$section "$work/sections.o" "$work/$section"
done
"$objcopy" --update-section ".relr=$work/.relr" --update-section ".dynamic=$work/.dynamic" \
    --remove-section=.rela.unpacked "$program"
