/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/utf8.h"

static void test_decode(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        size_t len;
        size_t want;
    } rows[] = {
        {"nothing", "", 0, 0},
        {"ASCII", "a", 1, 1},
        {"NUL", "\0", 1, 1},
        {"U+007F", "\x7f", 1, 1},
        {"U+0080", "\xc2\x80", 2, 2},
        {"U+07FF", "\xdf\xbf", 2, 2},
        {"U+0800", "\xe0\xa0\x80", 3, 3},
        {"U+D7FF, the last before the surrogates", "\xed\x9f\xbf", 3, 3},
        {"U+D800, a surrogate", "\xed\xa0\x80", 3, 0},
        {"U+DFFF, a surrogate", "\xed\xbf\xbf", 3, 0},
        {"U+E000", "\xee\x80\x80", 3, 3},
        {"U+FFFF", "\xef\xbf\xbf", 3, 3},
        {"U+10000", "\xf0\x90\x80\x80", 4, 4},
        {"U+10FFFF", "\xf4\x8f\xbf\xbf", 4, 4},
        {"U+110000", "\xf4\x90\x80\x80", 4, 0},
        {"lead byte F5", "\xf5\x80\x80\x80", 4, 0},
        {"lead byte F8, five bytes", "\xf8\x88\x80\x80\x80", 5, 0},
        {"lead byte FF", "\xff\xff\xff\xff", 4, 0},
        {"continuation alone", "\x80", 1, 0},
        {"overlong, 2 bytes", "\xc0\xaf", 2, 0},
        {"overlong, C1", "\xc1\xbf", 2, 0},
        {"overlong, 3 bytes", "\xe0\x9f\xbf", 3, 0},
        {"overlong, 4 bytes", "\xf0\x8f\xbf\xbf", 4, 0},
        {"overlong NUL", "\xc0\x80", 2, 0},
        {"cut short, 2 bytes", "\xc2\x80", 1, 0},
        {"cut short, 3 bytes", "\xe2\x82\xac", 2, 0},
        {"cut short, 4 bytes", "\xf0\x9f\x94\x91", 3, 0},
        {"second byte is not a continuation",
         "\xe2"
         "a\xac",
         3, 0},
        {"third byte is not a continuation",
         "\xe2\x82"
         "a",
         3, 0},
        {"fourth byte is not a continuation",
         "\xf0\x9f\x94"
         "a",
         4, 0},
        {"more text after it",
         "\xc3\x9f"
         "abc",
         5, 2},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].name, (int64_t)utf8_decode(rows[i].text, rows[i].len, NULL),
                (int64_t)rows[i].want);
    }
}

/* Every code point but the surrogates comes back, in its shortest form. */
static void test_encode_then_decode(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char text[UTF8_LEN_MAX + 1] = {0};
        uint32_t back = UINT32_MAX;
        size_t len = utf8_encode(code, text);
        size_t want = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(len, want);
        assert_int_equal(utf8_decode(text, len, &back), surrogate ? 0 : len);
        assert_int_equal(back, surrogate ? UINT32_MAX : code);
    }
}

static void test_whole_texts(void **state)
{
    static const struct {
        const char *text;
        bool valid;
        size_t width;
    } rows[] = {
        {"", true, 0},
        {"abc", true, 3},
        {"\xc3\xa4\xe2\x82\xac", true, 2},
        {"e\xcc\x81", true, 1},                /* a combining accent */
        {"\xe6\x97\xa5\xe6\x9c\xac", true, 4}, /* Japanese */
        {"\xea\xb0\x80", true, 2},             /* Korean */
        {"\xf0\x9f\x94\x91", true, 2},         /* an emoji */
        {"\xff", false, 1},
        {"a\xe2\x82", false, 3},
        {"\xed\xa0\x80", false, 3},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].text, utf8_is_valid(rows[i].text, strlen(rows[i].text)), rows[i].valid);
        row_int(rows[i].text, (int64_t)utf8_width(rows[i].text), (int64_t)rows[i].width);
    }
}

static void test_cut(void **state)
{
    static const struct {
        const char *text;
        bool cut;
    } rows[] = {
        {"a", false},       {"\xc3", true},          {"\xc3\xa4", false}, {"\xe2", true},
        {"\xe2\x82", true}, {"\xe2\x82\xac", false}, {"\xf0\x9f", true},  {"\xf0\x9f\x94", true},
        {"\xe2z", false},   {"\x80", false},         {"\xff", false},     {"\xf0\x9fz", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].text, utf8_is_cut(rows[i].text, strlen(rows[i].text)), rows[i].cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_encode_then_decode),
        cmocka_unit_test(test_whole_texts),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
