/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/process_line.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"

/* Appends the output of `/bin/sh -c LINE`, which is how most SDKs run a credential_process. */
static void run_shell(const char *line, struct buf *out)
{
    int ends[2];
    struct err err;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    assert_int_equal(fs_read_fd(ends[0], "the shell", out, &err), 0);
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    row_int(line, status, 0);
}

static const char *const words[] = {
    "plain",
    "/usr/local/bin/duplojit",
    "--host=https://portal.example.com:8443",
    "",
    " ",
    "two words",
    "  blanks around  ",
    "it's",
    "'",
    "''",
    "'quoted'",
    "\"double\"",
    "a\"b'c",
    "back\\slash",
    "end\\",
    "$HOME",
    "${HOME}",
    "$(id)",
    "`id`",
    "~",
    "~/x",
    "a;b",
    "a&b",
    "a|b",
    "a<b>c",
    "(a)",
    "{a,b}",
    "[ab]",
    "*",
    "?",
    "!x",
    "#comment",
    "a # b",
    "a ; b",
    "-n",
    "--",
    "=",
    "a=b",
    "%s\\n",
    "^",
    "\xc3\xa4\xe2\x82\xac",
    "\xff\xfe",
};

static void is_split_by_a_shell_into_the_same_words(void **state)
{
    struct buf line;
    struct buf want;
    struct buf got;
    struct err err;
    (void)state;
    buf_init(&line, 4096);
    buf_init(&want, 4096);
    buf_init(&got, 4096);
    buf_add_str(&line, "printf '<%s>\\n'");
    for (size_t i = 0; i < ROWS(words); i++) {
        row_int(words[i], aws_process_line_add(&line, words[i], &err), 0);
        buf_add_fmt(&want, "<%s>\n", words[i]);
    }
    run_shell(line.data, &got);
    assert_string_equal(buf_str(&got), buf_str(&want));
    buf_done(&line);
    buf_done(&want);
    buf_done(&got);
}

static void quotes_words_if_necessary(void **state)
{
    static const struct {
        const char *word;
        const char *want;
    } rows[] = {
        {"plain-1_2./:,@%+=", "plain-1_2./:,@%+="},
        {"", "''"},
        {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},
        {"~", "'~'"},
        {"a;b", "'a;b'"},
        {"#", "'#'"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf line;
        struct err err;
        buf_init(&line, 100);
        row_int(rows[i].word, aws_process_line_add(&line, rows[i].word, &err), 0);
        row_text(rows[i].word, buf_str(&line), rows[i].want);
        row_int(rows[i].word, aws_process_line_add(&line, "x", &err), 0);
        size_t len = strlen(rows[i].want);
        row_text(rows[i].word, buf_str(&line) + len, " x");
        buf_done(&line);
    }
}

static void rejects_control_characters(void **state)
{
    static const struct {
        const char *name;
        const char *word;
    } rows[] = {
        {"newline", "a\nregion = x"},
        {"carriage return", "a\r"},
        {"tab", "a\tb"},
        {"escape", "\033"},
        {"DEL", "\177"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf line;
        struct err err;
        buf_init(&line, 100);
        row_int(rows[i].name, aws_process_line_add(&line, "x", &err), 0);
        row_int(rows[i].name, aws_process_line_add(&line, rows[i].word, &err), -1);
        row_int(rows[i].name, err.kind, ERR_USAGE);
        row_text(rows[i].name, buf_str(&line), "x");
        buf_done(&line);
    }
}

static void rejects_lines_that_need_a_shell(void **state)
{
    static const struct {
        const char *line;
        int want;
    } rows[] = {
        {"duplojit", 0},
        {"docker run --rm -e A=b example/duplojit", 0},
        {"env NAME=VALUE duplojit", 0},
        {"'/opt/my tools/duplojit' -x", 0},
        {"'~/$HOME|;' \"a b\" \"it's\" c\\ d", 0},
        {"a \\$b \"\\\"\" \"\\\\\" b~c d#e", 0},
        {"~/bin/duplojit", -1},
        {"a ~", -1},
        {"$HOME/bin/duplojit", -1},
        {"a \"$b\"", -1},
        {"a \"`b`\"", -1},
        {"a \"\\n\"", -1},
        {"a `b`", -1},
        {"a | b", -1},
        {"a && b", -1},
        {"a; b", -1},
        {"a > b", -1},
        {"(a)", -1},
        {"a*", -1},
        {"a {b,c}", -1}, /* bash expands it, also as sh */
        {"a '{b,c}'", 0},
        {"a b?", -1},
        {"[a] b", -1},
        {"a #b", -1},
        {"NAME=VALUE duplojit", -1},
        {"it's", -1},
        {"a \"b", -1},
        {"a\\", -1},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        row_int(rows[i].line, aws_process_line_check(rows[i].line, &err), rows[i].want);
        row_int(rows[i].line, err.kind, rows[i].want == 0 ? ERR_NONE : ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_split_by_a_shell_into_the_same_words),
        cmocka_unit_test(quotes_words_if_necessary),
        cmocka_unit_test(rejects_control_characters),
        cmocka_unit_test(rejects_lines_that_need_a_shell),
    };
    return cmocka_run_group_tests_name("process_line", tests, NULL, NULL);
}
