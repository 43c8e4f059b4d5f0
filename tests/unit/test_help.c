/* SPDX-License-Identifier: MIT */
/* The tables of commands and options, the help made from them, and the exit codes in help and
 * docs/troubleshooting.md. */
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
#include "cli/args.h"
#include "cli/args_parse.h"
#include "cli/help.h"
#include "cmd/commands.h"

enum { HELP_MAX = 64 << 10, COLUMNS = 100, WORDS_MAX = 20 };

#define commands (command_table.commands)

static void add_help(const struct command *command, struct buf *out)
{
    struct err err = {0};
    buf_init(out, HELP_MAX);
    if (command != NULL) {
        help_add_command(out, command);
    } else {
        help_add_overview(out, &command_table);
    }
    assert_int_equal(buf_check(out, &err), 0);
}

/* The words of a text, one blank between them: lines may be broken anywhere. */
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

/* Of the program itself: those that every command accepts, with their letters. */
static void test_overview_lists_the_common_options(void **state)
{
    static const char *const heads[] = {"\n      --color WHEN ", "\n  -q, --quiet ",
                                        "\n      --debug ", "\n  -V, --version ",
                                        "\n  -h, --help "};
    struct buf out;
    (void)state;
    add_help(NULL, &out);
    const char *at = strstr(out.data, "\nCommon options:\n");
    assert_non_null(at);
    assert_int_equal(command_any.option_count, ROWS(heads));
    for (size_t i = 0; i < ROWS(heads); i++) {
        row_has("overview", at, heads[i]);
    }
    buf_done(&out);
}

static void test_command_shows_every_option(void **state)
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
        row_has(command->name, words.data, command->summary);
        for (int j = 0; j < command->option_count; j++) {
            const struct option *option = &options[command->options[j]];
            bool letter = option->letter != '\0' &&
                          command_find_letter(command, option->letter) == command->options[j];
            const char *variable = NULL;
            const char *what = help_option_text(command, command->options[j], &variable);
            snprintf(text, sizeof(text), " %s%c%s--%s%s%s %s", letter ? "-" : "",
                     letter ? option->letter : ' ', letter ? ", " : "", option->name,
                     option->value != NULL ? " " : "", option->value != NULL ? option->value : "",
                     what);
            row_has(option->name, words.data, letter ? text : text + 1);
            if (variable != NULL) {
                snprintf(text, sizeof(text), " [$%s%s%s]", variable,
                         option->alt_variable != NULL ? ", $" : "",
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
    for (int id = 0; id < OPTION_SHOWN_COUNT; id++) {
        bool used = false;
        bool common = command_accepts(&command_any, (enum option_id)id);
        for (size_t i = 0; commands[i] != NULL; i++) {
            row_true(commands[i]->name,
                     !common || command_accepts(commands[i], (enum option_id)id));
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
    for (int i = 0; i < OPTION_SHOWN_COUNT; i++) {
        const struct option *one = &options[i];
        assert_non_null(one->name);
        assert_non_null(one->help);
        row_true(one->name, one->help[0] >= 'A' && one->help[0] <= 'Z');
        row_true(one->name, one->help[strlen(one->help) - 1] != '.');
        row_true(one->name, one->group >= 0 && one->group < OPTION_GROUP_COUNT);
        row_true(one->name, strlen(one->name) > 1);
        row_true(one->name, one->alt_variable == NULL || one->variable != NULL);
        row_true(one->name,
                 !one->secret || !one->portable); /* secrets are not copied into a profile */
        row_true(one->name, !(one->secret || one->repeats || one->is_path) || one->value != NULL);
        for (int j = 0; j < i; j++) {
            const struct option *two = &options[j];
            expect_different(one->name, one->name, two->name);
            expect_different(one->name, one->name, two->alias);
            expect_different(one->name, one->alias, two->name);
            expect_different(one->name, one->alias, two->alias);
            expect_different(one->name, one->variable, two->variable);
            expect_different(one->name, one->alt_variable, two->alt_variable);
            /* -q is --quiet for commands that have no --query. */
            bool shared = i == OPTION_QUIET && j == OPTION_QUERY;
            row_true(one->name, one->letter == '\0' || shared == (one->letter == two->letter));
        }
    }
}

static void test_options_of_a_command_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i] != NULL; i++) {
        const struct command *command = commands[i];
        row_true(command->name, command->summary[0] >= 'A' && command->summary[0] <= 'Z');
        row_true(command->name, command->summary[strlen(command->summary) - 1] != '.');
        row_true(command->name, command->run != NULL);
        bool has_operands = command->operands_max > 0 || command->runs_program;
        row_int(command->name, has_operands, command->operands[0] != '\0');
        for (int j = 0; j < command->option_count; j++) {
            row_true(command->name, command_accepts(command, command->options[j]));
            for (int k = 0; k < j; k++) {
                row_true(command->name, command->options[j] != command->options[k]);
            }
        }
    }
    assert_false(command_accepts(&command_version, OPTION_TENANT));
}

static const char *text_of(const struct command *command, enum option_id id)
{
    const char *variable = NULL;
    return help_option_text(command, id, &variable);
}

/* A command's own text replaces the general one, and only for options that it accepts. */
static void test_texts_of_commands(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i] != NULL; i++) {
        const struct command *command = commands[i];
        for (int j = 0; j < command->text_count; j++) {
            enum option_id id = command->texts[j].id;
            row_true(options[id].name, command_accepts(command, id));
            row_true(options[id].name, strcmp(command->texts[j].text, options[id].help) != 0);
            row_text(options[id].name, text_of(command, id), command->texts[j].text);
        }
    }
    row_has("aws -o", text_of(&command_aws, OPTION_OUTPUT), "process");
    row_has("tenants -o", text_of(&command_tenants, OPTION_OUTPUT), "table");
    row_has("profile", text_of(&command_update_aws_config, OPTION_OUTPUT), "profile");
}

/* DUPLO_OUTPUT names a format of other commands; update-aws-config does not read it. */
static void test_a_variable_that_is_not_read(void **state)
{
    struct buf out;
    (void)state;
    add_help(&command_update_aws_config, &out);
    row_lacks("update-aws-config", out.data, "DUPLO_OUTPUT");
    row_has("update-aws-config", out.data, "DUPLO_REGION");
    buf_done(&out);
}

/* The groups come in one order, and each option is under the heading of its group. */
static void test_groups(void **state)
{
    static const char *const headings[] = {
        [OPTION_GROUP_COMMAND] = "\nOptions:\n",
        [OPTION_GROUP_CREDENTIALS] = "\nCredentials and scope:\n",
        [OPTION_GROUP_CONNECTION] = "\nConnection:\n",
        [OPTION_GROUP_COMMON] = "\nCommon options:\n",
    };
    (void)state;
    for (size_t i = 0; commands[i] != NULL; i++) {
        const struct command *command = commands[i];
        struct buf out;
        bool used[OPTION_GROUP_COUNT] = {false};
        add_help(command, &out);
        for (int j = 0; j < command->option_count; j++) {
            const struct option *option = &options[command->options[j]];
            char name[64];
            snprintf(name, sizeof(name), "--%s ", option->name);
            const char *heading = strstr(out.data, headings[option->group]);
            row_true(option->name, heading != NULL);
            size_t len = strcspn(heading + 1, "\n");
            const char *end = strstr(heading + 1 + len, "\n\n");
            char *text = strndup(heading, end != NULL ? (size_t)(end - heading) : strlen(heading));
            assert_non_null(text);
            row_has(command->name, text, name);
            free(text);
            used[option->group] = true;
        }
        const char *last = out.data;
        for (size_t group = 0; group < ROWS(headings); group++) {
            const char *heading = strstr(out.data, headings[group]);
            row_true(headings[group], (heading != NULL) == used[group]);
            row_true(headings[group], heading == NULL || heading > last);
            last = heading != NULL ? heading : last;
        }
        buf_done(&out);
    }
}

/* The parser accepts a line of the examples, which is one of the command. */
static void expect_example(const struct command *command, const char *line)
{
    char text[200];
    char *words[WORDS_MAX];
    int count = 0;
    char *rest = text;
    struct args args;
    struct err err = {0};
    row_true(line, snprintf(text, sizeof(text), "duplojit %s", line) < (int)sizeof(text));
    for (char *word = NULL; (word = strtok_r(rest, " ", &rest)) != NULL;) {
        row_true(word, count < WORDS_MAX);
        words[count++] = word;
    }
    if (args_parse(&args, &command_table, count, words, NULL, &err) != 0) {
        fail_msg("example of %s: %s", command->name, err.text);
    }
    bool about = command == &command_help || args_given(&args, OPTION_VERSION);
    row_true(command->name, args.command == command || about);
    row_true(command->name, !command->runs_program || args.rest != NULL);
    args_done(&args);
}

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; commands[i] != NULL; i++) {
        const char *at = commands[i]->examples;
        int count = 0;
        struct buf out;
        add_help(commands[i], &out);
        row_has(commands[i]->name, out.data, "\nExamples:\n  duplojit ");
        for (; *at != '\0'; count++) {
            size_t len = strcspn(at, "\n");
            char line[200];
            row_true(at, at[len] == '\n');
            row_true(at, snprintf(line, sizeof(line), "\n  duplojit %.*s\n", (int)len, at) <
                             (int)sizeof(line));
            row_has(commands[i]->name, out.data, line);
            line[strlen(line) - 1] = '\0';
            expect_example(commands[i], line + strlen("\n  duplojit "));
            at += len + 1;
        }
        row_true(commands[i]->name, count >= 2 && count <= 4);
        buf_done(&out);
    }
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
        row_true(rows[i].name,
                 command_find(&command_table, rows[i].name, &operand) == rows[i].command);
        row_true(rows[i].name, (operand == NULL) == (rows[i].operand == NULL));
        if (operand != NULL) {
            row_text(rows[i].name, operand, rows[i].operand);
        }
    }
}

/* Whether text has the digit as a word and, soon after it, the word. */
static bool explains(const char *text, char digit, const char *word)
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
        {ERR_NONE, "success"},    {ERR_INTERNAL, "internal"},   {ERR_USAGE, "usage"},
        {ERR_REFUSED, "refused"}, {ERR_REJECTED, "not found"},  {ERR_UNAVAILABLE, "network"},
        {ERR_FILE, "file"},       {ERR_CANCELLED, "cancelled"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        char row[80];
        snprintf(row, sizeof(row), "%s: %d is \"%s\"", where, (int)rows[i].kind, rows[i].word);
        row_true(row, explains(text, (char)('0' + (int)rows[i].kind), rows[i].word));
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

/* The test runs in the top folder. */
static void test_exit_codes_in_troubleshooting(void **state)
{
    struct buf document;
    struct err err;
    bool found = false;
    (void)state;
    buf_init(&document, 1 << 20);
    assert_int_equal(fs_read("docs/troubleshooting.md", &document, &found, &err), 0);
    if (!found) {
        skip();
    }
    char *chapter = strcasestr(document.data, "# exit codes");
    assert_non_null(chapter);
    char *end = strstr(chapter, "\n#");
    if (end != NULL) {
        *end = '\0';
    }
    expect_exit_codes("troubleshooting.md", chapter);
    buf_done(&document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overview_lists_every_command),
        cmocka_unit_test(test_overview_lists_the_common_options),
        cmocka_unit_test(test_command_shows_every_option),
        cmocka_unit_test(test_lines_fit),
        cmocka_unit_test(test_every_option_is_used),
        cmocka_unit_test(test_options_are_sound),
        cmocka_unit_test(test_options_of_a_command_are_sound),
        cmocka_unit_test(test_texts_of_commands),
        cmocka_unit_test(test_a_variable_that_is_not_read),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_find_command),
        cmocka_unit_test(test_exit_codes_in_help),
        cmocka_unit_test(test_exit_codes_in_troubleshooting),
    };
    return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
