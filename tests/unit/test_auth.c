/* SPDX-License-Identifier: MIT */
/* The endpoint's token: made, stored, compared. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "sandbox.h"
#include "serve/auth.h"

static const struct fs_attributes private = {.mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};

static void makes_tokens(void **state)
{
    struct auth first;
    struct auth second;
    struct err err;
    (void)state;
    assert_int_equal(auth_make(&first, &err), 0);
    assert_int_equal(auth_make(&second, &err), 0);
    assert_int_equal(strlen(first.token), 43);
    assert_int_equal(strspn(first.token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-_"),
                     43);
    assert_string_not_equal(first.token, second.token);
}

/* Each position takes all 64 digits: no random bit is lost. */
static void uses_all_bits(void **state)
{
    uint64_t seen[43] = {0};
    struct auth auth;
    struct err err;
    (void)state;
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(auth_make(&auth, &err), 0);
        for (int at = 0; at < 43; at++) {
            static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            seen[at] |= (uint64_t)1 << (strchr(digits, auth.token[at]) - digits);
        }
    }
    for (int at = 0; at < 42; at++) {
        assert_true(seen[at] == UINT64_MAX);
    }
    /* 256 bits fill 42 digits and two thirds of another. */
    assert_true(__builtin_popcountll(seen[42]) == 16);
}

static void creates_the_file_once(void **state)
{
    const char *path = sandbox_path("made/token");
    struct auth made;
    struct auth read;
    struct err err;
    size_t len = 0;
    (void)state;
    assert_int_equal(auth_load(&made, path, &private, &err), 0);
    assert_int_equal(auth_load(&read, path, &private, &err), 0);
    assert_string_equal(made.token, read.token);
    char *text = sandbox_read(path, &len);
    assert_string_equal(text, made.token);
    free(text);
    assert_int_equal(sandbox_mode(path), 0600);
    assert_int_equal(sandbox_count(sandbox_path("made")), 1);
}

static const struct {
    const char *name;
    const char *text;
    bool good;
} files[] = {
    {"a token", "0123456789abcdef", true},
    {"a short one", "0123456789abcde", false},
    {"nothing", "", false},
    {"a newline", "0123456789abcdef\n", false},
    {"CR LF", "0123456789abcdef\r\n", false},
    {"two lines", "0123456789abcdef\n0123456789abcdef", false},
    {"a blank", "0123456789 abcdef", false},
    {"not ASCII", "0123456789abcdef\xc3\xa4", false},
};

static void reads_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(files); i++) {
        struct auth auth;
        struct err err = {0};
        sandbox_write_text(sandbox_path("token"), files[i].text);
        int result = auth_load(&auth, sandbox_path("token"), &private, &err);
        row_int(files[i].name, result, files[i].good ? 0 : -1);
        row_int(files[i].name, err.kind, files[i].good ? ERR_NONE : ERR_FILE);
        row_lacks(files[i].name, err.text, "0123456789");
        if (files[i].good) {
            row_text(files[i].name, auth.token, files[i].text);
        }
    }
}

static void compares(void **state)
{
    (void)state;
    assert_true(auth_matches("0123456789abcdef", "0123456789abcdef"));
    assert_false(auth_matches("0123456789abcdef", "0123456789abcdeg"));
    assert_false(auth_matches("0123456789abcdef", "1123456789abcdef"));
    assert_false(auth_matches("0123456789abcdef", "0123456789abcde"));
    assert_false(auth_matches("0123456789abcdef", "0123456789abcdef0"));
    assert_false(auth_matches("0123456789abcdef", "0123456789abcdef0123456789abcdef"));
    assert_false(auth_matches("0123456789abcdef", ""));
    assert_false(auth_matches("0123456789abcdef", NULL));
    assert_false(auth_matches("", ""));
    assert_false(auth_matches("", "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_tokens),
        cmocka_unit_test(uses_all_bits),
        cmocka_unit_test(compares),
        cmocka_unit_test_setup_teardown(creates_the_file_once, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(reads_files, sandbox_setup, sandbox_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
