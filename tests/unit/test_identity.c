/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "broker/identity.h"
#include "sandbox.h"

/* Makes text what standard input holds, for as long as the test runs. */
static int feed_stdin(const char *text)
{
    int ends[2];
    int before = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return before;
}

static void restore_stdin(int before)
{
    if (before >= 0) {
        dup2(before, STDIN_FILENO);
        close(before);
    } else {
        close(STDIN_FILENO);
    }
}

/* What is given comes before what is not asked: the first of the four wins. */
static void test_order(void **state)
{
    static const struct {
        const char *name;
        bool file;
        const char *argument;
        bool named;
        bool environment;
        const char *token;
        enum identity_kind kind;
    } rows[] = {
        {"all: the file", true, "argument", true, true, "file", IDENTITY_FILE},
        {"no file: --token", false, "argument", true, true, "argument", IDENTITY_ARGUMENT},
        {"no file: standard input", false, "-", true, true, "stdin", IDENTITY_STDIN},
        {"only variables: the named file", false, NULL, true, true, "named", IDENTITY_FILE},
        {"only DUPLO_TOKEN", false, NULL, false, true, "environment", IDENTITY_ENVIRONMENT},
        {"the file before standard input", true, "-", false, false, "file", IDENTITY_FILE},
    };
    (void)state;
    sandbox_write_text(sandbox_path("file"), "file\n");
    sandbox_write_text(sandbox_path("named"), "named\n");
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct identity_sources sources = {
            .token_file = rows[i].file ? sandbox_path("file") : NULL,
            .token_argument = rows[i].argument,
            .token_file_named = rows[i].named ? sandbox_path("named") : NULL,
            .token_environment = rows[i].environment ? "environment" : NULL,
        };
        struct identity identity;
        struct err err = {0};
        int before = feed_stdin("stdin\n");
        int result = identity_load(&identity, &sources, &err);
        restore_stdin(before);
        row_int(rows[i].name, result, 0);
        row_text(rows[i].name, identity_token(&identity), rows[i].token);
        row_int(rows[i].name, identity.kind, rows[i].kind);
        identity_done(&identity);
    }
}

static void test_no_source(void **state)
{
    const struct identity_sources none = {0};
    struct identity identity;
    struct err err = {0};
    (void)state;
    assert_int_equal(identity_load(&identity, &none, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.text, "--token-file"));
    assert_non_null(strstr(err.text, "DUPLO_TOKEN"));
    identity_done(&identity);
}

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
        const struct identity_sources places[] = {
            {.token_file = path},
            {.token_file_named = path},
            {.token_argument = "-"},
            {.token_argument = rows[i].text},
            {.token_environment = rows[i].text},
        };
        for (size_t j = 0; j < ROWS(places); j++) {
            struct identity identity;
            struct err err = {0};
            const char *want = j < 3 ? rows[i].from_file : rows[i].from_argument;
            int before = feed_stdin(rows[i].text);
            int result = identity_load(&identity, &places[j], &err);
            restore_stdin(before);
            row_int(rows[i].name, result, want != NULL ? 0 : -1);
            if (want != NULL) {
                row_text(rows[i].name, identity_token(&identity), want);
            } else {
                row_int(rows[i].name, err.kind, ERR_USAGE);
                row_has(rows[i].name, err.text, rows[i].reason);
                row_lacks(rows[i].name, err.text, "CAN");
            }
            identity_done(&identity);
        }
    }
}

static void test_nul_in_a_file(void **state)
{
    const char *path = sandbox_path("token");
    const struct identity_sources sources = {.token_file = path};
    struct identity identity;
    struct err err = {0};
    (void)state;
    sandbox_write(path, "CANARY\0more", 11, 0600);
    assert_int_equal(identity_load(&identity, &sources, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.text, "byte 7"));
    assert_non_null(strstr(err.text, path));
    identity_done(&identity);
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
        const struct identity_sources places[] = {
            {.token_file = path}, {.token_argument = token}, {.token_environment = token}};
        for (size_t j = 0; j < ROWS(places); j++) {
            struct identity identity;
            struct err err = {0};
            assert_int_equal(identity_load(&identity, &places[j], &err), extra == 0 ? 0 : -1);
            if (extra > 0) {
                assert_int_equal(err.kind, j == 0 ? ERR_FILE : ERR_USAGE);
                assert_null(strstr(err.text, "TTTT"));
                assert_non_null(strstr(err.text, "16384"));
            }
            identity_done(&identity);
        }
    }
}

static void test_file_that_cannot_be_read(void **state)
{
    static const char *const names[] = {"missing", ""};
    (void)state;
    for (size_t i = 0; i < ROWS(names); i++) {
        const char *path = sandbox_path(names[i]);
        const struct identity_sources sources = {.token_file = path, .token_environment = "other"};
        struct identity identity;
        struct err err = {0};
        assert_int_equal(identity_load(&identity, &sources, &err), -1);
        assert_int_equal(err.kind, ERR_FILE);
        assert_non_null(strstr(err.text, "token file"));
        assert_non_null(strstr(err.text, path));
        identity_done(&identity);
    }
}

static void test_reload_keeps_the_old_one(void **state)
{
    static const char *const bad[] = {"", "two words", "a\nb"};
    const char *path = sandbox_path("token");
    const struct identity_sources sources = {.token_file = path};
    const struct identity_sources argument = {.token_argument = "argument"};
    struct identity identity;
    struct err err = {0};
    (void)state;
    sandbox_write_text(path, "first\n");
    assert_int_equal(identity_load(&identity, &sources, &err), 0);
    for (size_t i = 0; i < ROWS(bad); i++) {
        sandbox_write_text(path, bad[i]);
        row_int(bad[i], identity_reload(&identity, &err), -1);
        row_text(bad[i], identity_token(&identity), "first");
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(identity_reload(&identity, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_string_equal(identity_token(&identity), "first");
    identity_done(&identity);
    assert_int_equal(identity_load(&identity, &argument, &err), 0);
    assert_int_equal(identity_reload(&identity, &err), 0);
    assert_string_equal(identity_token(&identity), "argument");
    identity_done(&identity);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),
        TEST(test_no_source),
        TEST(test_content),
        TEST(test_nul_in_a_file),
        TEST(test_length),
        TEST(test_file_that_cannot_be_read),
        TEST(test_reload_keeps_the_old_one),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
