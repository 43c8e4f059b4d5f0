/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"

/* Redirects standard error into a pipe until take(). */
static int saved_stderr = -1;
static int ends[2];

static void catch_stderr(void)
{
    saved_stderr = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
}

static void take(char *out, size_t size)
{
    dup2(saved_stderr, STDERR_FILENO); /* closes the last writing end of the pipe */
    close(saved_stderr);
    ssize_t got = read(ends[0], out, size - 1);
    out[got > 0 ? got : 0] = '\0';
    close(ends[0]);
}

static void test_lines(void **state)
{
    char text[4096];
    (void)state;
    catch_stderr();
    log_warn("the %s is %d s off", "clock", 400);
    take(text, sizeof(text));
    assert_string_equal(text, "duplojit: warning: the clock is 400 s off\n");
    catch_stderr();
    log_note("written");
    take(text, sizeof(text));
    assert_string_equal(text, "duplojit: written\n");
    catch_stderr();
    log_warn("%s", "one\nduplojit: two\033[2J\r");
    take(text, sizeof(text));
    assert_string_equal(text, "duplojit: warning: one?duplojit: two?[2J?\n");
}

static void test_long_line(void **state)
{
    char text[4096];
    char message[3000] = "";
    (void)state;
    for (size_t i = 0; i < 900; i++) {
        memcpy(message + 3 * i, "\xe2\x82\xac", 3);
    }
    for (size_t shift = 0; shift < 3; shift++) {
        catch_stderr();
        log_note("%.*s%s", (int)shift, "ab", message);
        take(text, sizeof(text));
        size_t len = strlen(text);
        assert_true(len > 1000 && len <= 1024);
        assert_int_equal(text[len - 1], '\n');
        assert_null(strchr(text, '?'));
        for (size_t at = 0; at < len;) {
            size_t width = utf8_decode(text + at, len - at, NULL);
            assert_true(width > 0);
            at += width;
        }
    }
}

static void test_color(void **state)
{
    char text[4096];
    (void)state;
    assert_int_equal(setenv("TERM", "xterm", 1), 0);
    catch_stderr(); /* a pipe, so auto is without color */
    log_warn("a");
    log_set_color(LOG_COLOR_ALWAYS);
    log_warn("b\033[2J");
    log_note("c");
    log_set_color(LOG_COLOR_NEVER);
    log_warn("d");
    take(text, sizeof(text));
    log_set_color(LOG_COLOR_AUTO);
    assert_string_equal(text, "duplojit: warning: a\n"
                              "duplojit: \033[1;33mwarning:\033[0m b?[2J\n"
                              "duplojit: c\n"
                              "duplojit: warning: d\n");
}

static void test_muted_warnings(void **state)
{
    char text[4096];
    (void)state;
    log_mute_warnings();
    catch_stderr();
    log_warn("a");
    log_note("b");
    take(text, sizeof(text));
    assert_string_equal(text, "duplojit: b\n");
}

/* The last tests switch on what cannot be switched off again. */
static void test_debug(void **state)
{
    char text[4096];
    (void)state;
    assert_false(log_debug_enabled());
    catch_stderr();
    log_debug("step");
    take(text, sizeof(text));
    assert_string_equal(text, "");
    log_enable_debug();
    assert_true(log_debug_enabled());
    catch_stderr();
    log_debug("step %d", 2);
    take(text, sizeof(text));
    assert_int_equal(strncmp(text, "duplojit: debug: ", 17), 0);
    assert_non_null(strstr(text, " ms: step 2\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines), cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_color), cmocka_unit_test(test_muted_warnings),
        cmocka_unit_test(test_debug),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
