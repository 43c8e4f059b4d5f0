/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/text.h"

static void test_clean(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"empty", "", ""},
        {"plain", "dev01", "dev01"},
        {"all C0", "\x01\x08\t\n\r\x1b\x1f", "???????"},
        {"DEL", "a\x7f", "a?"},
        {"first C1", "a\xc2\x80z", "a??z"},
        {"last C1", "a\xc2\x9fz", "a??z"},
        {"no-break space is not a control", "a\xc2\xa0z", "a\xc2\xa0z"},
        {"right to left override", "a\xe2\x80\xaez", "a???z"},
        {"first and last of the bidirectional controls",
         "\xe2\x80\xaa \xe2\x80\xae \xe2\x81\xa6 \xe2\x81\xa9", "??? ??? ??? ???"},
        {"zero width", "\xe2\x80\x8b \xe2\x80\x8f", "??? ???"},
        {"line and paragraph separator", "\xe2\x80\xa8 \xe2\x80\xa9", "??? ???"},
        {"byte order mark", "\xef\xbb\xbf", "???"},
        {"soft hyphen, Arabic letter mark", "\xc2\xad \xd8\x9c", "?? ??"},
        {"tag", "\xf3\xa0\x81\x81", "????"},
        {"visible neighbours", "\xe2\x80\x8a \xe2\x80\x90 \xe2\x80\xa7 \xe2\x80\xaf",
         "\xe2\x80\x8a \xe2\x80\x90 \xe2\x80\xa7 \xe2\x80\xaf"},
        {"bad byte at the start",
         "\xff"
         "abcdef",
         "?abcdef"},
        {"bad byte near the end",
         "abc\xff"
         "de",
         "abc?de"},
        {"bad byte at the end", "abc\xff", "abc?"},
        {"lead byte, then text",
         "abc\xe2"
         "de",
         "abc?de"},
        {"lead byte of four, then text",
         "abc\xf0"
         "de",
         "abc?de"},
        {"lead byte of three, then one more",
         "abc\xe2"
         "d",
         "abc?d"},
        {"two bad bytes at the end", "abc\xff\xfe", "abc??"},
        {"continuations alone", "\x80\x80z", "??z"},
        {"surrogate", "\xed\xa0\x80 end", "??? end"},
        {"surrogate at the end", "x\xed\xa0\x80", "x???"},
        {"cut after 1 of 2", "abc\xc3", "abc"},
        {"cut after 1 of 3", "abc\xe2", "abc"},
        {"cut after 2 of 3", "abc\xe2\x82", "abc"},
        {"cut after 3 of 4", "abc\xf0\x9f\x94", "abc"},
        {"nothing but a cut character", "\xf0\x9f", ""},
        {"umlauts and emoji", "\xc3\xa4 \xf0\x9f\x94\x91", "\xc3\xa4 \xf0\x9f\x94\x91"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[64];
        row_true(rows[i].name, text_copy(text, sizeof(text), rows[i].text));
        text_clean(text);
        row_text(rows[i].name, text, rows[i].want);
    }
}

static void test_word_len(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        size_t len;
        size_t want;
    } rows[] = {
        {"nothing", "", 0, 0},          {"first and last visible character", "!~", 2, 2},
        {"blank", "ab c", 4, 2},        {"DEL", "ab\x7f", 3, 2},
        {"NUL", "a\0b", 3, 1},          {"newline at the end", "abc\n", 4, 3},
        {"not past len", "abcd", 3, 3}, {"not ASCII", "a\xc3\xa4", 3, 1},
        {"byte FF", "\xff", 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].name, (int64_t)text_word_len(rows[i].text, rows[i].len),
                (int64_t)rows[i].want);
    }
}

static void test_hex(void **state)
{
    static const struct {
        const char *digits;
        int want;
    } invalid[] = {{"", -1}, {"0", -1}, {"g0", -1}, {"0g", -1}, {" 1", -1}, {"-1", -1}, {"0x", -1}};
    (void)state;
    for (size_t i = 0; i < ROWS(invalid); i++) {
        row_int(invalid[i].digits, text_hex_byte(invalid[i].digits), invalid[i].want);
    }
    for (int byte = 0; byte < 256; byte++) {
        const unsigned char bytes[] = {(unsigned char)byte, 0x0f};
        char out[5 + 1] = "?????";
        text_hex(bytes, sizeof(bytes), out);
        assert_int_equal(strlen(out), 4);
        assert_int_equal(text_hex_byte(out), byte);
        assert_string_equal(out + 2, "0f");
        out[0] = (char)(out[0] >= 'a' ? out[0] - 'a' + 'A' : out[0]);
        assert_int_equal(text_hex_byte(out), byte);
    }
}

static void test_control(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        size_t len;
        bool want;
    } rows[] = {
        {"nothing", "", 0, false},
        {"plain", "ab c", 4, false},
        {"NUL", "a\0c", 3, true},
        {"newline at the end", "abc\n", 4, true},
        {"control character after the end", "abc\n", 3, false},
        {"0x1f", "\x1f", 1, true},
        {"blank", " ", 1, false},
        {"0x7e", "~", 1, false},
        {"DEL", "\x7f", 1, true},
        {"byte over 0x7f", "\x80\xff", 2, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].name, text_has_control(rows[i].text, rows[i].len), rows[i].want);
    }
}

static void test_uuid(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        bool want;
    } rows[] = {
        {"lower case", "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70", true},
        {"upper case", "0F3C9A52-7D1E-4B8A-9C55-2E6D8B1F4A70", true},
        {"nil", "00000000-0000-0000-0000-000000000000", true},
        {"empty", "", false},
        {"one short", "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a7", false},
        {"one long", "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a701", false},
        {"no dashes", "0f3c9a527d1e4b8a9c552e6d8b1f4a70", false},
        {"dash elsewhere", "0f3c9a5-27d1e-4b8a-9c55-2e6d8b1f4a70", false},
        {"five dashes", "0f3c9a52-7d1e-4b8a-9c55-2e6d-b1f4a70", false},
        {"digit in a dash's place", "0f3c9a5207d1e-4b8a-9c55-2e6d8b1f4a70", false},
        {"g", "gf3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70", false},
        {"slash", "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a/0", false},
        {"braces", "{0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70}", false},
        {"newline", "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a7\n", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].name, text_is_uuid(rows[i].text), rows[i].want);
    }
}

static void test_int(void **state)
{
    static const struct {
        const char *text;
        int64_t min;
        int64_t max;
        bool good;
        int64_t want;
    } rows[] = {
        {"0", 0, 10, true, 0},
        {"-0", 0, 10, true, 0},
        {"007", 0, 10, true, 7},
        {"10", 0, 10, true, 10},
        {"11", 0, 10, false, 0},
        {"-1", 0, 10, false, 0},
        {"-1", -1, 10, true, -1},
        {"", 0, 10, false, 0},
        {"-", -10, 10, false, 0},
        {"+1", 0, 10, false, 0},
        {" 1", 0, 10, false, 0},
        {"1 ", 0, 10, false, 0},
        {"1.0", 0, 10, false, 0},
        {"1e3", 0, 10000, false, 0},
        {"0x1", 0, 10, false, 0},
        {"--1", -10, 10, false, 0},
        {"9223372036854775807", 0, INT64_MAX, true, INT64_MAX},
        {"9223372036854775808", 0, INT64_MAX, false, 0},
        {"-9223372036854775807", INT64_MIN, 0, true, -INT64_MAX},
        {"99999999999999999999999", 0, INT64_MAX, false, 0},
        {"18446744073709551617", 0, INT64_MAX, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        int64_t value = 42;
        row_int(rows[i].text, text_parse_int(rows[i].text, rows[i].min, rows[i].max, &value),
                rows[i].good);
        row_int(rows[i].text, value, rows[i].good ? rows[i].want : 42);
    }
}

static void test_duration(void **state)
{
    enum { DAY_MS = 86400000 };
    static const struct {
        const char *text;
        int64_t max_ms;
        bool good;
        int64_t want;
    } rows[] = {
        {"0", DAY_MS, true, 0},
        {"20", DAY_MS, true, 20000},
        {"20s", DAY_MS, true, 20000},
        {"1500ms", DAY_MS, true, 1500},
        {"2m", DAY_MS, true, 120000},
        {"24h", DAY_MS, true, DAY_MS},
        {"25h", DAY_MS, false, 0},
        {"86400", DAY_MS, true, DAY_MS},
        {"86401", DAY_MS, false, 0},
        {"86400001ms", DAY_MS, false, 0},
        {"", DAY_MS, false, 0},
        {"s", DAY_MS, false, 0},
        {"-1", DAY_MS, false, 0},
        {"1 s", DAY_MS, false, 0},
        {"1.5s", DAY_MS, false, 0},
        {"1d", DAY_MS, false, 0},
        {"1S", DAY_MS, false, 0},
        {"1m30s", DAY_MS, false, 0},
        {"5ms", 4, false, 0},
        {"9ms", 5, false, 0},
        {"2562047788015h", INT64_MAX, true, 2562047788015 * 3600000},
        {"2562047788016h", INT64_MAX, false, 0},
        {"9223372036854775807h", INT64_MAX, false, 0},
        {"9223372036854775807ms", INT64_MAX, true, INT64_MAX},
        {"9223372036854775808ms", INT64_MAX, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        int64_t value = 42;
        row_int(rows[i].text, text_parse_duration_ms(rows[i].text, rows[i].max_ms, &value),
                rows[i].good);
        row_int(rows[i].text, value, rows[i].good ? rows[i].want : 42);
    }
}

static void test_equal_nocase(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool want;
    } rows[] = {
        {"", "", true},           {"dev01", "DEV01", true},
        {"dev01", "dev0", false}, {"dev0", "dev01", false},
        {"a", "b", false},        {"@", "`", false},
        {"[", "{", false},        {"\xc3\xa4", "\xc3\x84", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].a, text_equal_nocase(rows[i].a, rows[i].b), rows[i].want);
    }
}

static void test_is_variable(void **state)
{
    (void)state;
    assert_true(text_is_variable("NAME=value", "NAME"));
    assert_true(text_is_variable("NAME=", "NAME"));
    assert_false(text_is_variable("NAME", "NAME"));
    assert_false(text_is_variable("NAMES=value", "NAME"));
    assert_false(text_is_variable("NAM=E", "NAME"));
    assert_false(text_is_variable("name=value", "NAME"));
}

static void test_copy(void **state)
{
    char out[4] = "zzz";
    (void)state;
    assert_true(text_copy(out, sizeof(out), "abc"));
    assert_string_equal(out, "abc");
    assert_false(text_copy(out, sizeof(out), "abcd"));
    assert_string_equal(out, "");
    assert_true(text_copy(out, 1, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),    cmocka_unit_test(test_word_len),
        cmocka_unit_test(test_hex),      cmocka_unit_test(test_control),
        cmocka_unit_test(test_uuid),     cmocka_unit_test(test_int),
        cmocka_unit_test(test_duration), cmocka_unit_test(test_equal_nocase),
        cmocka_unit_test(test_copy),     cmocka_unit_test(test_is_variable),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
