/* SPDX-License-Identifier: MIT */
/* Which program shows a page. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "login/browser.h"
#include "sandbox.h"

static void make_program(const char *path)
{
    sandbox_write(path, "#!/bin/sh\n", 10, 0755);
}

static void test_browser(void **state)
{
    char path[1024];
    char own[1024];
    (void)state;
    snprintf(path, sizeof(path), "%s", sandbox_path(""));
    snprintf(own, sizeof(own), "%s -new", sandbox_path("mine"));
    make_program(sandbox_path("mine"));
    make_program(sandbox_path("xdg-open"));
    make_program(sandbox_path("second"));
    make_program(sandbox_path("with blank"));
    sandbox_write_text(sandbox_path("plain"), "no program");
    const char *blank = sandbox_path("with blank");
    const struct {
        const char *name;
        struct browser_request request;
        const char *program; /* "" none, NULL an error */
    } rows[] = {
        {"the usual", {NULL, NULL, path, false, true}, "xdg-open"},
        {"named", {"mine", NULL, path, false, true}, "mine"},
        {"named, with a path and arguments", {own, NULL, path, false, true}, "mine"},
        {"named, with a blank in it", {blank, NULL, path, false, true}, "with blank"},
        {"named, over SSH", {"mine", NULL, path, true, false}, "mine"},
        {"none", {"none", "mine", path, false, true}, ""},
        {"named and missing", {"absent", NULL, path, false, true}, NULL},
        {"named and no program", {"plain", NULL, path, false, true}, NULL},
        {"named before BROWSER", {"mine", "second", path, false, true}, "mine"},
        {"BROWSER", {NULL, "second", path, false, true}, "second"},
        {"BROWSER, the second", {NULL, "absent:second", path, false, true}, "second"},
        {"BROWSER, without a display", {NULL, "second", path, false, false}, "second"},
        {"BROWSER, over SSH", {NULL, "second", path, true, false}, "second"},
        {"BROWSER, all missing", {NULL, "absent:gone", path, false, true}, "xdg-open"},
        {"SSH", {NULL, NULL, path, true, true}, ""},
        {"no display", {NULL, NULL, path, false, false}, ""},
        {"no PATH", {NULL, NULL, NULL, false, true}, ""},
        {"a relative PATH", {NULL, NULL, ".:bin", false, true}, ""},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct browser browser;
        struct err err;
        row_int(rows[i].name, browser_choose(&browser, &rows[i].request, &err),
                rows[i].program == NULL ? -1 : 0);
        if (rows[i].program == NULL) {
            row_int(rows[i].name, err.kind, ERR_USAGE);
        } else if (rows[i].program[0] == '\0') {
            row_text(rows[i].name, browser.program, "");
            bool wanted = rows[i].request.command == NULL;
            row_true(rows[i].name, (browser.why[0] != '\0') == wanted);
        } else {
            const char *slash = strrchr(browser.program, '/');
            row_text(rows[i].name, slash == NULL ? "" : slash + 1, rows[i].program);
        }
    }
}

/* Each program that is not used is named, in a usage error if the user named it alone. */
static void test_reasons(void **state)
{
    const char *path = sandbox_path("");
    const struct {
        struct browser_request request;
        const char *why;
    } rows[] = {
        {{.command = "'/opt/with blank/x' -new %s"}, "there is no program \"/opt/with blank/x\""},
        {{.command = "absent %s &"}, "there is no program \"absent\""},
        {{.command = "  "}, "there is no program \"\""},
        {{.command = "mine '%s"}, "a quote or backslash is not closed"},
        {{.command = "mine %s\\"}, "a quote or backslash is not closed"},
        {{.command = "mine 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5"},
         "more than 32 words"},
        {{.variable = "absent:gone %s"},
         "BROWSER: there is no program \"absent\"; BROWSER: there is no program \"gone\"; no "
         "display"},
        {{.variable = "absent", .display = true},
         "BROWSER: there is no program \"absent\"; no other browser found"},
        {{.variable = "absent", .remote = true},
         "BROWSER: there is no program \"absent\"; SSH session"},
    };
    (void)state;
    make_program(sandbox_path("mine"));
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct browser_request request = rows[i].request;
        struct browser browser;
        struct err err = {0};
        request.path = path;
        row_int(rows[i].why, browser_choose(&browser, &request, &err),
                request.command != NULL ? -1 : 0);
        row_has(rows[i].why, request.command != NULL ? err.text : browser.why, rows[i].why);
    }
}

/* After a program that failed come the others of BROWSER, and then the default programs. */
static void test_next_program(void **state)
{
    const char *path = sandbox_path("");
    const struct browser_request variable = {
        .variable = "absent:first %s:second", .path = path, .display = true};
    const struct browser_request background = {
        .variable = "first %s &:second", .path = path, .display = true};
    const struct browser_request command = {.command = "first", .path = path, .display = true};
    struct browser browser;
    struct err err;
    (void)state;
    make_program(sandbox_path("first"));
    make_program(sandbox_path("second"));
    make_program(sandbox_path("xdg-open"));
    assert_int_equal(browser_choose(&browser, &variable, &err), 0);
    assert_string_equal(browser.program, sandbox_path("first"));
    assert_true(browser_next(&browser, "failed"));
    assert_string_equal(browser.program, sandbox_path("second"));
    assert_true(browser_next(&browser, "failed"));
    assert_string_equal(browser.program, sandbox_path("xdg-open"));
    assert_false(browser_next(&browser, "failed"));
    assert_string_equal(browser.program, "");
    assert_string_equal(browser.why,
                        "BROWSER: there is no program \"absent\"; first failed; second "
                        "failed; xdg-open failed; no other browser found");
    assert_int_equal(browser_choose(&browser, &background, &err), 0);
    assert_false(browser_next(&browser, "failed"));
    assert_int_equal(browser_choose(&browser, &command, &err), 0);
    assert_false(browser_next(&browser, "failed"));
    assert_string_equal(browser.why, "first failed");
}

static void test_command_line(void **state)
{
    static const struct {
        const char *command;
        const char *words[5];
    } rows[] = {
        {"mine", {"mine", "URL"}},
        {"mine -new", {"mine", "-new", "URL"}},
        {"mine -new &", {"mine", "-new", "URL"}},
        {"mine '%s' -x", {"mine", "URL", "-x"}},
        {"mine --a=%s,%s \"a \\\"b\" %s", {"mine", "--a=URL,URL", "a \"b", "URL"}},
        {"'with blank' '' a\\ b", {"with blank", "", "a b", "URL"}},
        {"with blank", {"with blank", "URL"}},
    };
    (void)state;
    make_program(sandbox_path("mine"));
    make_program(sandbox_path("with blank"));
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct browser_request request = {.command = rows[i].command,
                                                .path = sandbox_path("")};
        struct browser browser;
        struct err err;
        char room[BROWSER_TEXT_SIZE];
        const char *argv[BROWSER_WORDS_MAX + 2];
        row_int(rows[i].command, browser_choose(&browser, &request, &err), 0);
        row_int(rows[i].command, browser_command_line(&browser, "URL", room, argv, &err), 0);
        for (size_t j = 0; j < 5 && rows[i].words[j] != NULL; j++) {
            row_text(rows[i].command, argv[j], rows[i].words[j]);
            row_true(rows[i].command, (argv[j + 1] == NULL) == (rows[i].words[j + 1] == NULL));
        }
    }
}

/* A URL that does not fit is an error for any number of places. */
static void test_long_command_line(void **state)
{
    const struct browser_request request = {.command = "mine %s%s %s", .path = sandbox_path("")};
    char url[BROWSER_TEXT_SIZE + 8];
    struct browser browser;
    int fit = 0;
    (void)state;
    make_program(sandbox_path("mine"));
    for (size_t len = 1; len < sizeof(url); len++) {
        char room[BROWSER_TEXT_SIZE];
        const char *argv[BROWSER_WORDS_MAX + 2];
        struct err err;
        memset(url, 'u', len);
        url[len] = '\0';
        assert_int_equal(browser_choose(&browser, &request, &err), 0);
        if (browser_command_line(&browser, url, room, argv, &err) == 0) {
            fit++;
            assert_int_equal(strlen(argv[1]), 2 * len);
            assert_int_equal(strlen(argv[2]), len);
        }
    }
    assert_int_equal(fit, (BROWSER_TEXT_SIZE - 2) / 3);
}

/* The first of the default programs that exists. */
static void test_usual_order(void **state)
{
    static const char *const names[] = {"gnome-open", "sensible-browser", "wslview", "xdg-open"};
    const char *path = sandbox_path("");
    const struct browser_request request = {.path = path, .display = true};
    struct browser browser;
    struct err err;
    (void)state;
    assert_int_equal(browser_choose(&browser, &request, &err), 0);
    assert_string_equal(browser.program, "");
    assert_non_null(strstr(browser.why, "no browser"));
    for (size_t i = 0; i < ROWS(names); i++) {
        make_program(sandbox_path(names[i]));
        row_int(names[i], browser_choose(&browser, &request, &err), 0);
        row_text(names[i], browser.program, sandbox_path(names[i]));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_browser),      TEST(test_reasons),           TEST(test_next_program),
        TEST(test_command_line), TEST(test_long_command_line), TEST(test_usual_order),
    };
    return cmocka_run_group_tests_name("browser", tests, NULL, NULL);
}
