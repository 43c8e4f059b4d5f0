/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

static void test_kinds_are_exit_codes(void **state)
{
    static const struct {
        const char *name;
        enum err_kind kind;
        int code;
    } rows[] = {
        {"done", ERR_NONE, 0},         {"internal", ERR_INTERNAL, 1},
        {"usage", ERR_USAGE, 2},       {"refused", ERR_REFUSED, 3},
        {"rejected", ERR_REJECTED, 4}, {"unavailable", ERR_UNAVAILABLE, 5},
        {"file", ERR_FILE, 6},         {"cancelled", ERR_CANCELLED, 7},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].name, (int)rows[i].kind, rows[i].code);
    }
}

static void test_set_and_wrap(void **state)
{
    struct err err;
    (void)state;
    assert_int_equal(err_set(&err, ERR_REFUSED, "status %d", 403), -1);
    assert_string_equal(err.text, "status 403");
    assert_int_equal(err_wrap(&err, "asking %s", "portal"), -1);
    assert_int_equal(err_wrap(&err, "credentials"), -1);
    assert_string_equal(err.text, "credentials: asking portal: status 403");
    assert_int_equal(err.kind, ERR_REFUSED);
}

static void test_errno(void **state)
{
    struct err err;
    (void)state;
    errno = ENOENT;
    assert_int_equal(err_set_errno(&err, ERR_FILE, "cannot open %s", "/x"), -1);
    assert_string_equal(err.text, "cannot open /x: No such file or directory");
    assert_int_equal(err.kind, ERR_FILE);
    errno = ENOMEM;
    assert_int_equal(err_set_errno(&err, ERR_FILE, "cannot open %s", "/x"), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
}

static void test_control_characters(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"plain", "all good", "all good"},
        {"escape sequence", "\033[31mred", "?[31mred"},
        {"newline and tab", "a\r\nb\tc", "a??b?c"},
        {"DEL", "a\177b", "a?b"},
        {"C1 control",
         "a\xc2\x9b"
         "31mb",
         "a??31mb"},
        {"not UTF-8",
         "a\xff"
         "b and more",
         "a?b and more"},
        {"UTF-8 stays",
         "Stra\xc3\x9f"
         "e \xe2\x82\xac",
         "Stra\xc3\x9f"
         "e \xe2\x82\xac"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err;
        err_set(&err, ERR_UNAVAILABLE, "%s", rows[i].text);
        row_text(rows[i].name, err.text, rows[i].want);
        err_set(&err, ERR_UNAVAILABLE, "end");
        err_wrap(&err, "%s", rows[i].text);
        row_int(rows[i].name, strncmp(err.text, rows[i].want, strlen(rows[i].want)), 0);
    }
}

/* The text has only whole characters, and as many as fit. */
static void expect_whole(const char *row, const struct err *err, size_t width)
{
    size_t len = strlen(err->text);
    row_true(row, len < ERR_TEXT_SIZE);
    row_true(row, len + width >= ERR_TEXT_SIZE);
    for (size_t at = 0; at < len;) {
        size_t step = utf8_decode(err->text + at, len - at, NULL);
        row_true(row, step > 0);
        row_true(row, err->text[at] != '?');
        at += step;
    }
}

static void test_cut_between_characters(void **state)
{
    static const struct {
        const char *name;
        const char *character;
    } rows[] = {
        {"1 byte", "x"},
        {"2 bytes", "\xc3\x9f"},
        {"3 bytes", "\xe2\x82\xac"},
        {"4 bytes", "\xf0\x9f\x94\x91"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        size_t width = strlen(rows[i].character);
        /* Each shift cuts at another byte of a character. */
        for (size_t shift = 0; shift < width; shift++) {
            char text[2 * ERR_TEXT_SIZE];
            struct err err;
            memset(text, '.', shift);
            for (size_t at = shift; at <= sizeof(text) - width; at += width) {
                memcpy(text + at, rows[i].character, width);
                text[at + width < sizeof(text) ? at + width : sizeof(text) - 1] = '\0';
            }
            text[sizeof(text) - 1] = '\0';
            err_set(&err, ERR_UNAVAILABLE, "%s", text);
            expect_whole(rows[i].name, &err, width);
            err_wrap(&err, "context");
            expect_whole(rows[i].name, &err, width);
            err_wrap(&err, "%s", text);
            expect_whole(rows[i].name, &err, width);
            errno = ENOENT;
            err_set_errno(&err, ERR_FILE, "%s", text);
            expect_whole(rows[i].name, &err, width);
        }
    }
}

static void test_pause(void **state)
{
    struct err err;
    (void)state;
    err_set(&err, ERR_UNAVAILABLE, "busy");
    assert_int_equal(err.pause_s, 0);
    err.pause_s = 5;
    err_wrap(&err, "context");
    assert_int_equal(err.pause_s, 5);
    err_set_errno(&err, ERR_FILE, "another");
    assert_int_equal(err.pause_s, 0);
    err.pause_s = 5;
    err_set(&err, ERR_UNAVAILABLE, "another");
    assert_int_equal(err.pause_s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_kinds_are_exit_codes),
        cmocka_unit_test(test_set_and_wrap),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_cut_between_characters),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
