/* SPDX-License-Identifier: MIT */
/*
 * The hidden command of the completion scripts. On standard input is the command line up to the
 * cursor, each word ended by a NUL: arguments would show a token on that line to every user. Prints
 * the words that may be at the cursor, or ":file", ":dir", or ":command N" if word N is the program
 * that exec runs. Never fails, and never asks the portal.
 */
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"
#include "cli/args.h"
#include "cli/args_parse.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/personality.h"
#include "cmd/commands.h"
#include "cmd/completion/candidates.h"
#include "cmd/completion/values.h"

enum { INPUT_MAX = 64 << 10, WORDS_MAX = 256 };

struct line {
    char *words[WORDS_MAX];
    int count;
};

static void split(struct line *line, struct buf *text)
{
    for (size_t at = 0; at < text->len && line->count < WORDS_MAX;
         at += strlen(text->data + at) + 1) {
        line->words[line->count++] = text->data + at;
    }
}

static void add_name(struct candidates *list, bool one_dash, const char *name, const char *help)
{
    char word[64] = "--";
    text_copy(word + (one_dash ? 1 : 2), sizeof(word) - 2, name);
    candidates_add(list, word, help);
}

/* The options of the command, or of every command without one, and those that the grammar of
 * another tool adds. */
static void add_options(struct candidates *list, const struct args *args)
{
    const struct command *command = args->command != NULL ? args->command : &command_any;
    const struct personality_option *special = args->personality->options;
    const char *variable = NULL;
    bool one_dash = list->typed[1] == '\0' ? args->personality->one_dash : list->typed[1] != '-';
    for (int i = 0; i < OPTION_SHOWN_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        if (command_accepts(command, id) || personality_accepts(args->personality, id)) {
            add_name(list, one_dash, options[i].name, help_option_text(command, id, &variable));
        }
    }
    for (; special != NULL && special->name != NULL; special++) {
        if (special->id < OPTION_SHOWN_COUNT) {
            add_name(list, one_dash, special->name, options[special->id].help);
        }
    }
}

/* The word at the cursor begins with a dash: the name of an option, or its value after = or a
 * letter. Parses a copy, because secrets are wiped. */
static void add_dashed(struct candidates *list, const struct args *before, struct line *line,
                       const struct args *outer)
{
    struct args args;
    struct err ignored;
    char word[PATH_MAX];
    char **last_word = &line->words[line->count - 1];
    if (!text_copy(word, sizeof(word), *last_word)) {
        return;
    }
    if (word[1] != '-' && strlen(word) == 2) {
        candidates_add(list, word, NULL); /* a letter */
    } else {
        add_options(list, before);
    }
    *last_word = word;
    (void)!args_parse(&args, outer->table, line->count, line->words, outer->environment, &ignored);
    int last = args.given_count - 1;
    const char *value = last >= 0 ? args.given[last].value : NULL;
    if (value > word && value < word + sizeof(word)) {
        list->head_len = (size_t)(value - word);
        list->typed += list->head_len;
        values_add_option(list, &args, args.given[last].id);
    }
    args_done(&args);
}

/* Parses the line with "-" in place of the word at the cursor, which can be a value, an argument
 * or the name of a command: where it is found tells what is expected. */
static void complete(struct candidates *list, struct line *line, const struct args *outer)
{
    static char here[] = "-";
    struct args args;
    struct err ignored;
    char *word = line->words[line->count - 1];
    line->words[line->count - 1] = here;
    (void)!args_parse(&args, outer->table, line->count, line->words, outer->environment, &ignored);
    line->words[line->count - 1] = word;
    int last = args.given_count - 1;
    bool is_value = last >= 0 && args.given[last].value == here &&
                    (word[0] != '-' || options[args.given[last].id].value[0] != '[');
    bool dashed = !is_value && word[0] == '-';
    if (args.rest != NULL && (!dashed || args.rest < &line->words[line->count - 1])) {
        buf_add_fmt(&list->out, "\n:command %d", (int)(args.rest - line->words));
    } else if (dashed) {
        add_dashed(list, &args, line, outer);
    } else if (is_value) {
        values_add_option(list, &args, args.given[last].id);
    } else if (args.command == NULL ||
               (args.operand_count > 0 && args.operands[args.operand_count - 1] == here)) {
        values_add_argument(list, &args, args.operand_count - 1);
    }
    args_done(&args);
}

static int run(const struct args *args, struct err *err)
{
    struct line line = {.count = 0};
    struct candidates list = {.head_len = 0};
    struct buf text;
    struct err ignored;
    buf_init(&text, INPUT_MAX);
    output_init(&list.out);
    if (fs_read_fd(STDIN_FILENO, "standard input", &text, &ignored) == 0) {
        split(&line, &text);
    }
    if (line.count > 1 && line.count < WORDS_MAX) {
        list.typed = line.words[line.count - 1];
        list.head = list.typed;
        complete(&list, &line, args);
    }
    buf_add_char(&list.out, '\n');
    buf_done(&text);
    return output_write(&list.out, err);
}

const struct command command_words = {
    .name = "__words",
    .operands = "",
    .summary = "",
    .examples = "",
    .run = run,
};
