/* SPDX-License-Identifier: MIT */
/* The tables of commands and options, the help that comes from them, and the exit codes that help
 * and README tell. */
#include "rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "cli/command.h"
#include "cli/help.h"

enum { HELP_MAX = 64 << 10, COLUMNS = 100 };

static void add_help(const struct command *command, struct buf *out)
{
    struct err err = {0};
    buf_init(out, HELP_MAX);
    if (command != NULL) {
        help_add_command(out, command);
    } else {
        help_add_overview(out);
    }
    assert_int_equal(buf_check(out, &err), 0);
}

/* What a reader sees where lines are broken: words with one blank between. */
static void join_words(const struct buf *text, struct buf *out)
{
    bool blank = true;
    buf_init(out, HELP_MAX);
    for (size_t i = 0; i < text->len; i++) {
        bool is_blank = isspace((unsigned char)text->data[i]) != 0;
        if (!is_blank || !blank) {
            buf_add_char(out, is_blank ? ' ' : text->data[i]);
        }
        blank = is_blank;
    }
}

static void test_overview_lists_every_command(void **state)
{
    struct buf out;
    (void)state;
    add_help(NULL, &out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        char line[200];
        snprintf(line, sizeof(line), "\n  %s ", commands[i]->name);
        row_has(commands[i]->name, out.data, line);
        row_has(commands[i]->name, out.data, commands[i]->summary);
    }
    buf_done(&out);
}

static void test_command_tells_every_option(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i] != NULL; i++) {
        const struct command *command = commands[i];
        struct buf out;
        struct buf words;
        char text[600];
        add_help(command, &out);
        join_words(&out, &words);
        snprintf(text, sizeof(text), "Usage: duplojit %s%s%s%s", command->name,
                 command->runs_program ? " [OPTIONS]" : "", command->operands[0] != '\0' ? " " : "",
                 command->operands);
        row_has(command->name, words.data, text);
        row_has(command->name, words.data, command->summary + 1);
        for (int j = 0; j < command->option_count; j++) {
            const struct option *option = &options[command->options[j]];
            bool letter = option->letter != '\0';
            snprintf(text, sizeof(text), " %s%c%s--%s%s%s %s", letter ? "-" : "",
                     letter ? option->letter : ' ', letter ? ", " : "", option->name,
                     option->value != NULL ? " " : "", option->value != NULL ? option->value : "",
                     option->help);
            row_has(option->name, words.data, letter ? text : text + 1);
            if (option->variable != NULL) {
                snprintf(text, sizeof(text), " [%s%s%s]", option->variable,
                         option->alt_variable != NULL ? ", " : "",
                         option->alt_variable != NULL ? option->alt_variable : "");
                row_has(option->name, words.data, text);
            }
            if (option->alias != NULL) {
                snprintf(text, sizeof(text), "; also --%s", option->alias);
                row_has(option->name, words.data, text);
            }
        }
        buf_done(&words);
        buf_done(&out);
    }
}

static void test_lines_fit(void **state)
{
    (void)state;
    for (size_t i = 0;; i++) {
        struct buf out;
        add_help(commands[i], &out); /* and the overview for the NULL at the end */
        row_true("ends with a newline", out.data[out.len - 1] == '\n');
        for (const char *line = out.data; *line != '\0';) {
            size_t len = strcspn(line, "\n");
            char text[300];
            snprintf(text, sizeof(text), "%.*s", (int)(len < 250 ? len : 250), line);
            row_true(text, len <= COLUMNS);
            row_true(text, len == 0 || line[len - 1] != ' ');
            for (size_t j = 0; j < len; j++) {
                row_true(text, line[j] >= ' ' && line[j] <= '~');
            }
            line += len + 1;
        }
        buf_done(&out);
        if (commands[i] == NULL) {
            return;
        }
    }
}

static void test_every_option_is_used(void **state)
{
    (void)state;
    for (int id = 0; id < OPTION_COUNT; id++) {
        bool used = id == OPTION_HELP || id == OPTION_VERSION; /* every command's */
        for (size_t i = 0; commands[i] != NULL; i++) {
            row_true(commands[i]->name, command_takes(commands[i], OPTION_HELP));
            for (int j = 0; j < commands[i]->option_count; j++) {
                used = used || (int)commands[i]->options[j] == id;
            }
        }
        row_true(options[id].name, used);
    }
}

static void expect_different(const char *row, const char *a, const char *b)
{
    row_true(row, a == NULL || b == NULL || strcmp(a, b) != 0);
}

static void test_options_are_sound(void **state)
{
    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option *one = &options[i];
        assert_non_null(one->name);
        assert_non_null(one->help);
        row_true(one->name, strlen(one->name) > 1);
        row_true(one->name, one->alt_variable == NULL || one->variable != NULL);
        row_true(one->name, !one->secret || !one->portable); /* no secret goes into a profile */
        row_true(one->name, !(one->secret || one->repeats || one->is_path) || one->value != NULL);
        for (int j = 0; j < i; j++) {
            const struct option *two = &options[j];
            expect_different(one->name, one->name, two->name);
            expect_different(one->name, one->name, two->alias);
            expect_different(one->name, one->alias, two->name);
            expect_different(one->name, one->alias, two->alias);
            expect_different(one->name, one->variable, two->variable);
            expect_different(one->name, one->alt_variable, two->alt_variable);
            row_true(one->name, one->letter == '\0' || one->letter != two->letter);
        }
    }
}

static void test_options_of_a_command_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i] != NULL; i++) {
        const struct command *command = commands[i];
        row_true(command->name, command->summary[0] >= 'a' && command->summary[0] <= 'z');
        row_true(command->name, command->run != NULL);
        bool takes_words = command->operands_max > 0 || command->runs_program;
        row_int(command->name, takes_words, command->operands[0] != '\0');
        for (int j = 0; j < command->option_count; j++) {
            row_true(command->name, command_takes(command, command->options[j]));
            for (int k = 0; k < j; k++) {
                row_true(command->name, command->options[j] != command->options[k]);
            }
        }
    }
    assert_false(command_takes(&command_version, OPTION_TENANT));
}

static void test_find_command(void **state)
{
    static const struct {
        const char *name;
        const struct command *command;
        const char *operand;
    } rows[] = {
        {"aws", &command_aws, NULL},
        {"update-aws-config", &command_update_aws_config, NULL},
        {"update_aws_config", &command_update_aws_config, NULL},
        {"tenants", &command_tenants, NULL},
        {"token", &command_token, NULL},
        {"duplo", &command_token, NULL},
        {"cache", &command_cache, NULL},
        {"clear-cache", &command_cache, "clear"},
        {"version", &command_version, NULL},
        {"help", &command_help, NULL},
        {"", NULL, NULL},
        {"AWS", NULL, NULL},
        {"aw", NULL, NULL},
        {"awsx", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *operand = "before";
        row_true(rows[i].name, command_find(rows[i].name, &operand) == rows[i].command);
        row_true(rows[i].name, (operand == NULL) == (rows[i].operand == NULL));
        if (operand != NULL) {
            row_text(rows[i].name, operand, rows[i].operand);
        }
    }
}

/* Whether text tells that this code means this: the digit as a word, and the word soon behind. */
static bool tells(const char *text, char digit, const char *word)
{
    for (const char *at = text; *at != '\0'; at++) {
        bool alone = *at == digit && (at == text || !isalnum((unsigned char)at[-1])) &&
                     !isalnum((unsigned char)at[1]);
        for (const char *next = at + 1; alone && *next != '\0' && next < at + 60; next++) {
            if (isdigit((unsigned char)*next)) {
                break;
            }
            if (strncasecmp(next, word, strlen(word)) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void expect_exit_codes(const char *where, const char *text)
{
    static const struct {
        enum err_kind kind;
        const char *word;
    } rows[] = {
        {ERR_NONE, "done"},       {ERR_INTERNAL, "internal"},   {ERR_USAGE, "usage"},
        {ERR_REFUSED, "refused"}, {ERR_REJECTED, "not found"},  {ERR_UNAVAILABLE, "network"},
        {ERR_FILE, "file"},       {ERR_CANCELLED, "cancelled"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        char row[80];
        snprintf(row, sizeof(row), "%s: %d is \"%s\"", where, (int)rows[i].kind, rows[i].word);
        row_true(row, tells(text, (char)('0' + (int)rows[i].kind), rows[i].word));
    }
}

static void test_exit_codes_in_help(void **state)
{
    struct buf out;
    (void)state;
    add_help(NULL, &out);
    const char *codes = strstr(out.data, "Exit codes");
    assert_non_null(codes);
    expect_exit_codes("help", codes);
    buf_done(&out);
}

/* The test runs from the top folder; README's chapter is what stands behind its heading. */
static void test_exit_codes_in_readme(void **state)
{
    struct buf readme;
    struct err err;
    bool found = false;
    (void)state;
    buf_init(&readme, 1 << 20);
    assert_int_equal(fs_read("README.md", &readme, &found, &err), 0);
    if (!found) {
        skip();
    }
    char *chapter = strcasestr(readme.data, "# exit codes");
    assert_non_null(chapter);
    char *end = strstr(chapter, "\n#");
    if (end != NULL) {
        *end = '\0';
    }
    expect_exit_codes("README", chapter);
    buf_done(&readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overview_lists_every_command),
        cmocka_unit_test(test_command_tells_every_option),
        cmocka_unit_test(test_lines_fit),
        cmocka_unit_test(test_every_option_is_used),
        cmocka_unit_test(test_options_are_sound),
        cmocka_unit_test(test_options_of_a_command_are_sound),
        cmocka_unit_test(test_find_command),
        cmocka_unit_test(test_exit_codes_in_help),
        cmocka_unit_test(test_exit_codes_in_readme),
    };
    return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
