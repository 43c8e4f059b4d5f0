/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "broker/identity.h"
#include "sandbox.h"

#define DOC(text) (text), sizeof(text) - 1

/* The same content from each place; only files and standard input drop the last newline. */
static void test_content(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        size_t len;
        const char *from_file; /* NULL: refused */
        const char *from_argument;
        const char *reason;
    } rows[] = {
        {"plain", DOC("CANARY.x-y_z~+/="), "CANARY.x-y_z~+/=", "CANARY.x-y_z~+/=", ""},
        {"newline at the end", DOC("CANARY\n"), "CANARY", NULL, "control character at byte 7"},
        {"CRLF at the end", DOC("CANARY\r\n"), "CANARY", NULL, "control character at byte 7"},
        {"two newlines", DOC("CANARY\n\n"), "CANARY", NULL, "control character at byte 7"},
        {"newline in front", DOC("\nCANARY"), NULL, NULL, "control character at byte 1"},
        {"newline inside", DOC("CAN\nARY"), NULL, NULL, "control character at byte 4"},
        {"header smuggled", DOC("CANARY\r\nX-Other: y"), NULL, NULL, "control character"},
        {"blank in front", DOC(" CANARY"), NULL, NULL, "blank at byte 1"},
        {"blank at the end", DOC("CANARY "), NULL, NULL, "blank at byte 7"},
        {"blank, then newline", DOC("CANARY \n"), NULL, NULL, "blank at byte 7"},
        {"tab", DOC("CAN\tARY"), NULL, NULL, "control character at byte 4"},
        {"escape", DOC("\033[31mCANARY"), NULL, NULL, "control character at byte 1"},
        {"DEL", DOC("CANARY\177"), NULL, NULL, "control character at byte 7"},
        {"UTF-8", DOC("CANARY\xc3\xa9"), NULL, NULL, "not ASCII at byte 7"},
        {"byte order mark",
         DOC("\xef\xbb\xbf"
             "CANARY"),
         NULL, NULL, "not ASCII at byte 1"},
        {"empty", DOC(""), NULL, NULL, "empty"},
        {"only a newline", DOC("\n"), NULL, NULL, ""},
        {"two words", DOC("CANARY CANARY"), NULL, NULL, "one word"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *path = sandbox_path("token");
        sandbox_write(path, rows[i].text, rows[i].len, 0600);
        const struct {
            enum identity_source source;
            const char *value;
            const char *want;
        } places[] = {
            {IDENTITY_FILE, path, rows[i].from_file},
            {IDENTITY_STDIN, NULL, rows[i].from_file},
            {IDENTITY_ARGUMENT, rows[i].text, rows[i].from_argument},
            {IDENTITY_ENVIRONMENT, rows[i].text, rows[i].from_argument},
        };
        for (size_t j = 0; j < ROWS(places); j++) {
            struct given_token given;
            struct err err = {0};
            int before = sandbox_feed_stdin(rows[i].text);
            int result = given_token_load(&given, places[j].source, places[j].value, &err);
            sandbox_restore_stdin(before);
            row_int(rows[i].name, result, places[j].want != NULL ? 0 : -1);
            row_int(rows[i].name, given.identity.source, places[j].source);
            if (places[j].want != NULL) {
                row_text(rows[i].name, identity_token(&given.identity), places[j].want);
            } else {
                row_int(rows[i].name, err.kind, ERR_USAGE);
                row_has(rows[i].name, err.text, rows[i].reason);
                row_lacks(rows[i].name, err.text, "CAN");
            }
            identity_done(&given.identity);
        }
    }
}

static void test_nul_in_a_file(void **state)
{
    const char *path = sandbox_path("token");
    struct given_token given;
    struct err err = {0};
    (void)state;
    sandbox_write(path, "CANARY\0more", 11, 0600);
    assert_int_equal(given_token_load(&given, IDENTITY_FILE, path, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.text, "byte 7"));
    assert_non_null(strstr(err.text, path));
    identity_done(&given.identity);
}

static void test_length(void **state)
{
    static char token[IDENTITY_TOKEN_MAX + 2];
    const char *path = sandbox_path("token");
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        size_t len = IDENTITY_TOKEN_MAX + extra;
        memset(token, 'T', len);
        token[len] = '\0';
        sandbox_write(path, token, len, 0600);
        const struct {
            enum identity_source source;
            const char *value;
        } places[] = {
            {IDENTITY_FILE, path}, {IDENTITY_ARGUMENT, token}, {IDENTITY_ENVIRONMENT, token}};
        for (size_t j = 0; j < ROWS(places); j++) {
            struct given_token given;
            struct err err = {0};
            assert_int_equal(given_token_load(&given, places[j].source, places[j].value, &err),
                             extra == 0 ? 0 : -1);
            if (extra > 0) {
                assert_int_equal(err.kind, j == 0 ? ERR_FILE : ERR_USAGE);
                assert_null(strstr(err.text, "TTTT"));
                assert_non_null(strstr(err.text, "16384"));
            }
            identity_done(&given.identity);
        }
    }
}

static void test_file_that_cannot_be_read(void **state)
{
    static const char *const names[] = {"missing", ""};
    (void)state;
    for (size_t i = 0; i < ROWS(names); i++) {
        const char *path = sandbox_path(names[i]);
        struct given_token given;
        struct err err = {0};
        assert_int_equal(given_token_load(&given, IDENTITY_FILE, path, &err), -1);
        assert_int_equal(err.kind, ERR_FILE);
        assert_non_null(strstr(err.text, path));
        identity_done(&given.identity);
    }
}

static void test_reload_keeps_the_old_one(void **state)
{
    static const char *const bad[] = {"", "two words", "a\nb"};
    const char *path = sandbox_path("token");
    struct given_token given;
    struct identity *identity = &given.identity;
    struct err err = {0};
    (void)state;
    sandbox_write_text(path, "first\n");
    assert_int_equal(given_token_load(&given, IDENTITY_FILE, path, &err), 0);
    for (size_t i = 0; i < ROWS(bad); i++) {
        sandbox_write_text(path, bad[i]);
        row_int(bad[i], identity_reload(identity, &err), -1);
        row_text(bad[i], identity_token(identity), "first");
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(identity_reload(identity, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_string_equal(identity_token(identity), "first");
    sandbox_write_text(path, "second\n");
    assert_int_equal(identity_reload(identity, &err), 0);
    assert_string_equal(identity_token(identity), "second");
    identity_done(identity);
    assert_int_equal(given_token_load(&given, IDENTITY_ARGUMENT, "argument", &err), 0);
    assert_int_equal(identity_reload(identity, &err), 0);
    assert_string_equal(identity_token(identity), "argument");
    identity_done(identity);
}

/* It is available at once, known to the cache, and cannot be renewed. */
static void test_operations(void **state)
{
    struct given_token given;
    struct identity *identity = &given.identity;
    struct identity_key key;
    struct err err = {.kind = ERR_REFUSED};
    (void)state;
    assert_int_equal(given_token_load(&given, IDENTITY_ARGUMENT, "T", &err), 0);
    assert_false(identity->may_ask);
    assert_int_equal(identity_open(identity, 0, &err), 0);
    assert_true(identity_cache_key(identity, &key));
    assert_string_equal(key.kind, "token");
    assert_string_equal(key.value, "T");
    assert_false(identity_renew(identity, &err));
    assert_null(identity_otp(identity));
    snprintf(identity->otp, sizeof(identity->otp), "123456");
    assert_string_equal(identity_otp(identity), "123456");
    identity_done(identity);
    assert_string_equal(identity->otp, "");
    identity_done(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_content),
        TEST(test_nul_in_a_file),
        TEST(test_length),
        TEST(test_file_that_cannot_be_read),
        TEST(test_reload_keeps_the_old_one),
        TEST(test_operations),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
