/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/percent.h"

static void test_append(void **state)
{
    static const struct {
        const char *text;
        unsigned size;
        const char *want; /* NULL: does not fit */
    } rows[] = {
        {"", 32, "/"},
        {"dev-01_x.y~z", 32, "/dev-01_x.y~z"},
        {"a/b?c#d", 32, "/a%2Fb%3Fc%23d"},
        {"..", 32, "/.."},
        {"%2e", 32, "/%252e"},
        {" \r\n\x7f", 32, "/%20%0D%0A%7F"},
        {"\xc3\xa4", 32, "/%C3%A4"},
        {"abc", 5, "/abc"},
        {"abcd", 5, NULL},
        {"/", 5, "/%2F"},
        {"//", 7, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char out[32] = "/";
        bool fits = percent_append(out, rows[i].size, rows[i].text);
        row_int(rows[i].text, fits, rows[i].want != NULL);
        row_true(rows[i].text, strlen(out) < rows[i].size);
        if (fits) {
            row_text(rows[i].text, out, rows[i].want);
        }
    }
}

static void test_encode(void **state)
{
    static const struct {
        const char *text;
        const char *keep;
        const char *want;
    } rows[] = {
        {"", "", ""},
        {"AZaz09-._~", "", "AZaz09-._~"},
        {"a b&c=d", "", "a%20b%26c%3Dd"},
        {"a/b@c:d+e%f", "/@:+", "a/b@c:d+e%25f"},
        {"\xff", "", "%FF"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        buf_init(&out, 100);
        percent_encode(&out, rows[i].text, rows[i].keep);
        row_text(rows[i].text, buf_str(&out), rows[i].want);
        buf_done(&out);
    }
}

static void test_decode(void **state)
{
    static const struct {
        const char *text;
        const char *want;
        size_t len;
    } rows[] = {
        {"", "", 0},         {"abc", "abc", 3},    {"%41%7a%7A", "Azz", 3},   {"a+b", "a+b", 3},
        {"%", "%", 1},       {"%4", "%4", 2},      {"%4g", "%4g", 3},         {"%%41", "%A", 2},
        {"%2541", "%41", 3}, {"a%00b", "a\0b", 3}, {"%c3%a4", "\xc3\xa4", 2},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[32];
        memcpy(text, rows[i].text, strlen(rows[i].text) + 1);
        row_int(rows[i].text, (int64_t)percent_decode(text), (int64_t)rows[i].len);
        row_int(rows[i].text, memcmp(text, rows[i].want, rows[i].len + 1), 0);
    }
}

/* Every string of up to three bytes comes back, whatever is kept but the '%'. */
static void test_round_trip(void **state)
{
    enum { BYTES = 256, LAST = 0x28 };
    (void)state;
    for (unsigned first = 1; first < BYTES; first++) {
        for (unsigned second = 0; second < BYTES; second++) {
            const char text[] = {(char)first, (char)second, (char)(second % LAST), '\0'};
            struct buf out;
            buf_init(&out, 100);
            percent_encode(&out, text, second % 2 == 0 ? "" : "/+4F");
            assert_false(buf_failed(&out));
            assert_int_equal(percent_decode(out.data), strlen(text));
            assert_string_equal(out.data, text);
            buf_done(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests_name("percent", tests, NULL, NULL);
}
