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
            row_true(rows[i].name, (browser.why_none != NULL) == wanted);
        } else {
            const char *slash = strrchr(browser.program, '/');
            row_text(rows[i].name, slash == NULL ? "" : slash + 1, rows[i].program);
        }
    }
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
    assert_non_null(strstr(browser.why_none, "no browser"));
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
        TEST(test_browser),
        TEST(test_usual_order),
    };
    return cmocka_run_group_tests_name("browser", tests, NULL, NULL);
}
