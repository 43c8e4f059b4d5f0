/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/table.h"

static void write_table(struct buf *out, size_t columns, bool wraps, const char *const *cells)
{
    struct table table;
    buf_init(out, 4096);
    table_init(&table, columns);
    table.wraps = wraps;
    for (; *cells != NULL; cells++) {
        table_add(&table, *cells);
    }
    table_write(&table, out);
}

static void test_rows(void **state)
{
    static const struct {
        const char *name;
        size_t columns;
        const char *cells[10];
        const char *want;
    } rows[] = {
        {"empty", 2, {NULL}, ""},
        {"one column is not padded", 1, {"a", "abc", NULL}, "a\nabc\n"},
        {"as wide as the widest", 2, {"a", "b", "abc", "d", NULL}, "a    b\nabc  d\n"},
        {"the header counts", 2, {"NAME", "ID", "a", "b", NULL}, "NAME  ID\na     b\n"},
        {"an empty cell", 3, {"a", "", "c", "d", "ee", "f", NULL}, "a      c\nd  ee  f\n"},
        {"umlauts are one column", 2, {"\xc3\xa4", "b", "xx", "d", NULL}, "\xc3\xa4   b\nxx  d\n"},
        {"wide characters are two",
         2,
         {"\xe6\x97\xa5", "b", "xxx", "d", NULL},
         "\xe6\x97\xa5   b\nxxx  d\n"},
        {"a combining mark takes no column",
         2,
         {"a\xcc\x88", "b", "xx", "d", NULL},
         "a\xcc\x88   b\nxx  d\n"},
        {"controls are cleaned, in every cell", 2, {"a\nb", "\033[m", NULL}, "a?b  ?[m\n"},
        {"bytes that are not UTF-8", 2, {"a\xff", "b", NULL}, "a?  b\n"},
        {"a cut character is dropped", 2, {"a\xc3", "b", NULL}, "a  b\n"},
        {"a row that is not complete", 3, {"a", "b", NULL}, "a  b\n"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        write_table(&out, rows[i].columns, false, rows[i].cells);
        row_text(rows[i].name, buf_str(&out), rows[i].want);
        buf_done(&out);
    }
}

#define TEXT_10 "123456789-"
#define TEXT_40 TEXT_10 TEXT_10 TEXT_10 TEXT_10
#define TEXT_76 TEXT_40 TEXT_10 TEXT_10 TEXT_10 "123456"

static void test_columns_that_do_not_fit(void **state)
{
    static const struct {
        const char *name;
        size_t columns;
        const char *cells[10];
        const char *want;
    } rows[] = {
        {"80 columns fit", 2, {"ab", TEXT_76, NULL}, "ab  " TEXT_76 "\n"},
        {"81 do not", 2, {"abc", TEXT_76, NULL}, "abc\n    " TEXT_76 "\n"},
        {"only the row whose last cell is too wide",
         2,
         {"abc", TEXT_76, "d", "e", NULL},
         "abc\n    " TEXT_76 "\nd    e\n"},
        {"a column is on the same line in all rows",
         3,
         {TEXT_40, TEXT_40, "c", "d", "e", "f", NULL},
         TEXT_40 "\n    " TEXT_40 "  c\nd\n    e                                         f\n"},
        {"a cell that is wider than a line is not cut",
         2,
         {"a", TEXT_76 TEXT_10, NULL},
         "a\n    " TEXT_76 TEXT_10 "\n"},
        {"the first cell is on the first line", 1, {TEXT_76 TEXT_10, NULL}, TEXT_76 TEXT_10 "\n"},
        {"blanks do not wrap",
         2,
         {"abc", TEXT_40 " " TEXT_40, NULL},
         "abc\n    " TEXT_40 " " TEXT_40 "\n"},
        {"width is counted on a terminal",
         2,
         {"\xc3\xa4\xc3\xa4", TEXT_76, NULL},
         "\xc3\xa4\xc3\xa4  " TEXT_76 "\n"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        write_table(&out, rows[i].columns, false, rows[i].cells);
        row_text(rows[i].name, buf_str(&out), rows[i].want);
        buf_done(&out);
    }
}

static void test_prose(void **state)
{
    static const struct {
        const char *name;
        const char *cells[5];
        const char *want;
    } rows[] = {
        {"80 columns fit",
         {"ab", TEXT_40 " " TEXT_10 TEXT_10 TEXT_10 "12345", NULL},
         "ab  " TEXT_40 " " TEXT_10 TEXT_10 TEXT_10 "12345\n"},
        {"81 do not",
         {"ab", TEXT_40 " " TEXT_10 TEXT_10 TEXT_10 "123456", NULL},
         "ab  " TEXT_40 "\n    " TEXT_10 TEXT_10 TEXT_10 "123456\n"},
        {"three lines",
         {"a", TEXT_40 " " TEXT_40 " b " TEXT_40, NULL},
         "a  " TEXT_40 "\n   " TEXT_40 " b\n   " TEXT_40 "\n"},
        {"blanks are kept", {"a", "b  c ", NULL}, "a  b  c \n"},
        {"a word is not cut", {"a", TEXT_76 TEXT_10 " b", NULL}, "a  " TEXT_76 TEXT_10 "\n   b\n"},
        {"an empty text", {"a", "", NULL}, "a  \n"},
        {"the cells after it",
         {"a", TEXT_40 " " TEXT_40, "", "c", NULL},
         "a  " TEXT_40 "\n   " TEXT_40 "\n   c\n"},
        {"right of the middle it begins below",
         {TEXT_40, TEXT_40 " b " TEXT_40, NULL},
         TEXT_40 "\n    " TEXT_40 " b\n    " TEXT_40 "\n"},
        {"right of the middle it stays if it fits", {TEXT_40, "b c", NULL}, TEXT_40 "  b c\n"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        write_table(&out, 2, true, rows[i].cells);
        row_text(rows[i].name, buf_str(&out), rows[i].want);
        buf_done(&out);
    }
}

static void test_failure_is_passed_on(void **state)
{
    struct table table;
    struct buf out;
    struct err err;
    (void)state;
    buf_init(&out, 100);
    table_init(&table, 1);
    table.cells.max = 5;
    table_add(&table, "abc");
    table_add(&table, "too long");
    table_write(&table, &out);
    assert_int_equal(buf_check(&out, &err), -1);
    buf_done(&out);
    buf_init(&out, 5);
    table_init(&table, 1);
    table_add_row(&table, (const char *const[]){"abcdef"});
    table_write(&table, &out);
    assert_int_equal(buf_check(&out, &err), -1);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_columns_that_do_not_fit),
        cmocka_unit_test(test_prose),
        cmocka_unit_test(test_failure_is_passed_on),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
