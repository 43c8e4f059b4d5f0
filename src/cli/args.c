/* SPDX-License-Identifier: MIT */
#include "cli/args.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/command.h"

enum { DURATION_MAX_MS = 24 * 3600 * 1000, WORD_SHOWN_MAX = 24 };

/* A cursor over argv. */
struct words {
    char **at;
    char **end;
};

static int fail_help(struct err *err, const struct args *args)
{
    size_t used = strlen(err->text);
    const char *command = args->command != NULL ? args->command->name : "";
    const char *space = args->command != NULL ? " " : "";
    snprintf(err->text + used, sizeof(err->text) - used, "; see `duplojit%s%s --help`", space,
             command);
    return -1;
}

static enum option_id find_long(const char *name, size_t len)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        const char *names[] = {options[id].name, options[id].alias};
        for (int i = 0; i < 2; i++) {
            if (names[i] != NULL && strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
                return (enum option_id)id;
            }
        }
    }
    return OPTION_COUNT;
}

static enum option_id find_letter(char letter)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (options[id].letter == letter) {
            return (enum option_id)id;
        }
    }
    return OPTION_COUNT;
}

/* A secret moves out of argv, where every user of the machine can read it. */
static int keep_secret(struct args *args, char *value, const char **kept, struct err *err)
{
    size_t at = args->secrets.len;
    size_t len = strlen(value);
    /* Room for all at once: what was kept before must not move. */
    bool no_room =
        args->secrets.data == NULL && buf_reserve(&args->secrets, args->secrets.max, err) == NULL;
    if (!no_room) {
        buf_add(&args->secrets, value, len + 1);
    }
    explicit_bzero(value, len);
    if (no_room || buf_failed(&args->secrets)) {
        return err_set(err, ERR_USAGE, "a secret on the command line is too long");
    }
    *kept = args->secrets.data + at;
    return 0;
}

static int add_option(struct args *args, enum option_id id, char *value, struct err *err)
{
    if (args->given_count == ARGS_GIVEN_MAX) {
        return err_set(err, ERR_USAGE, "more than %d options", ARGS_GIVEN_MAX);
    }
    const char *kept = value;
    bool literal = value != NULL && strcmp(value, "-") != 0;
    if (options[id].secret && literal && keep_secret(args, value, &kept, err) != 0) {
        return -1;
    }
    args->given[args->given_count].id = id;
    args->given[args->given_count].value = kept;
    args->given_count++;
    return 0;
}

/* duploctl says "jit aws" for aws. */
static bool is_skipped(const struct args *args, const char *word)
{
    return args->command == NULL && strcmp(word, "jit") == 0;
}

/* Where a value may be left out, the next word is none when it is an option, or the command. */
static bool is_left_out(const struct args *args, const struct words *words, enum option_id id)
{
    const char *word = words->at < words->end ? *words->at : "--";
    const char *operand = NULL;
    return options[id].value[0] == '[' &&
           ((word[0] == '-' && word[1] != '\0') || is_skipped(args, word) ||
            (args->command == NULL && command_find(word, &operand) != NULL));
}

/* The word behind an option that takes a value. */
static int take_value(struct args *args, struct words *words, enum option_id id, struct err *err)
{
    if (is_left_out(args, words, id)) {
        return add_option(args, id, NULL, err);
    }
    if (words->at == words->end) {
        return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", options[id].name,
                       options[id].name, options[id].value);
    }
    return add_option(args, id, *words->at++, err);
}

/* 1 or 0; -1 where the word is neither. */
static int truth_of(const char *word)
{
    static const char *const words[][2] = {
        {"0", "1"}, {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"f", "t"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (int truth = 0; truth < 2; truth++) {
            if (text_equal_nocase(word, words[i][truth])) {
                return truth;
            }
        }
    }
    return -1;
}

/* --admin, or as programs in Go have it, --admin=true. The last one counts. value: NULL for none.
 */
static int take_switch(struct args *args, enum option_id id, const char *value, struct err *err)
{
    int truth = value == NULL ? 1 : truth_of(value);
    if (truth < 0) {
        return err_set(err, ERR_USAGE, "--%s takes no value but true or false", options[id].name);
    }
    args->denied[id] = truth == 0;
    if (truth == 1) {
        return add_option(args, id, NULL, err);
    }
    int kept = 0;
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id != id) {
            args->given[kept++] = args->given[i];
        }
    }
    args->given_count = kept;
    return 0;
}

/* name points behind the dashes. */
static int take_long(struct args *args, struct words *words, char *name, struct err *err)
{
    size_t len = strcspn(name, "=");
    enum option_id id = find_long(name, len);
    bool has_value = name[len] == '=';
    if (id == OPTION_COUNT) {
        err_set(err, ERR_USAGE, "there is no option --%.*s", (int)(len > 60 ? 60 : len), name);
        return fail_help(err, args);
    }
    if (options[id].value == NULL) {
        return take_switch(args, id, has_value ? name + len + 1 : NULL, err);
    }
    return has_value ? add_option(args, id, name + len + 1, err) : take_value(args, words, id, err);
}

/* -I, -Tdev01, -T dev01; switches can stand together. */
static int take_letters(struct args *args, struct words *words, char *letters, struct err *err)
{
    for (char *at = letters; *at != '\0'; at++) {
        enum option_id id = find_letter(*at);
        if (id == OPTION_COUNT) {
            err_set(err, ERR_USAGE, "there is no option -%c", *at);
            return fail_help(err, args);
        }
        if (options[id].value != NULL) {
            return at[1] != '\0' ? add_option(args, id, at + 1, err)
                                 : take_value(args, words, id, err);
        }
        if (take_switch(args, id, NULL, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* duplo-jit writes long options with one dash. */
static bool is_long_with_one_dash(const char *word)
{
    size_t len = strcspn(word + 1, "=");
    return len > 1 && find_long(word + 1, len) != OPTION_COUNT;
}

static int take_option(struct args *args, struct words *words, char *word, struct err *err)
{
    if (word[1] == '-') {
        return take_long(args, words, word + 2, err);
    }
    return is_long_with_one_dash(word) ? take_long(args, words, word + 1, err)
                                       : take_letters(args, words, word + 1, err);
}

static int take_command(struct args *args, const char *word, struct err *err)
{
    const char *operand = NULL;
    args->command = command_find(word, &operand);
    if (args->command == NULL) {
        /* What does not look like a command may be a secret that lost its option. */
        size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz-_");
        bool shown = len <= WORD_SHOWN_MAX && len == strlen(word);
        err_set(err, ERR_USAGE, shown ? "there is no command \"%s\"" : "there is no such command",
                word);
        return fail_help(err, args);
    }
    if (operand != NULL) {
        args->operands[args->operand_count++] = operand;
    }
    return 0;
}

/* A word too many is not quoted: it may be a token that somebody forgot to name. */
static int take_operand(struct args *args, const char *word, struct err *err)
{
    if (args->operand_count >= args->command->operands_max) {
        err_set(err, ERR_USAGE,
                "`duplojit %s`: one word too many (not shown, it may be a secret); a value stands "
                "behind its option",
                args->command->name);
        return fail_help(err, args);
    }
    args->operands[args->operand_count++] = word;
    return 0;
}

static int take_words(struct args *args, struct words *words, struct err *err)
{
    bool options_end = false;
    while (words->at < words->end) {
        char *word = *words->at;
        bool runs = args->command != NULL && args->command->runs_program;
        bool is_option = !options_end && word[0] == '-' && word[1] != '\0';
        if (runs && (!is_option || strcmp(word, "--") == 0)) {
            args->rest = strcmp(word, "--") == 0 ? words->at + 1 : words->at;
            return 0;
        }
        words->at++;
        int failed = 0;
        if (is_option && strcmp(word, "--") == 0) {
            options_end = true;
        } else if (is_option) {
            failed = take_option(args, words, word, err);
        } else if (args->command != NULL) {
            failed = take_operand(args, word, err);
        } else if (!is_skipped(args, word)) {
            failed = take_command(args, word, err);
        }
        if (failed) {
            return -1;
        }
    }
    return 0;
}

static int check_options(const struct args *args, struct err *err)
{
    for (int i = 0; args->command != NULL && i < args->given_count; i++) {
        if (!command_takes(args->command, args->given[i].id)) {
            err_set(err, ERR_USAGE, "`duplojit %s` has no option --%s", args->command->name,
                    options[args->given[i].id].name);
            return fail_help(err, args);
        }
    }
    return 0;
}

int args_parse(struct args *args, int argc, char **argv, const char *const *environment,
               struct err *err)
{
    struct words words = {argv + (argc > 0 ? 1 : 0), argv + argc};
    /* One by one: clearing the lists would touch memory that most runs never need. */
    args->program = argc > 0 ? argv[0] : "duplojit";
    args->command = NULL;
    args->environment = environment;
    args->given_count = 0;
    memset(args->denied, 0, sizeof(args->denied));
    args->operand_count = 0;
    args->rest = NULL;
    size_t whole = 0;
    for (char **word = words.at; word < words.end; word++) {
        whole += strlen(*word) + 1;
    }
    buf_init(&args->secrets, whole);
    return take_words(args, &words, err) != 0 ? -1 : check_options(args, err);
}

void args_done(struct args *args)
{
    buf_done(&args->secrets);
}

const char *args_environment(const struct args *args, const char *name)
{
    size_t len = strlen(name);
    for (const char *const *at = args->environment; at != NULL && *at != NULL; at++) {
        if ((*at)[0] == name[0] && strncmp(*at, name, len) == 0 && (*at)[len] == '=') {
            return (*at)[len + 1] != '\0' ? *at + len + 1 : NULL;
        }
    }
    return NULL;
}

bool args_given(const struct args *args, enum option_id id)
{
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id == id) {
            return true;
        }
    }
    return false;
}

const char *args_given_text(const struct args *args, enum option_id id)
{
    const char *value = NULL;
    for (int i = 0; i < args->given_count; i++) {
        value = args->given[i].id == id ? args->given[i].value : value;
    }
    return value;
}

const char *args_variable_text(const struct args *args, enum option_id id)
{
    const char *value = NULL;
    bool denied = args->denied[id];
    if (options[id].variable != NULL && !denied) {
        value = args_environment(args, options[id].variable);
    }
    if (value == NULL && options[id].alt_variable != NULL && !denied) {
        value = args_environment(args, options[id].alt_variable);
    }
    return value;
}

const char *args_text(const struct args *args, enum option_id id)
{
    return args_given(args, id) ? args_given_text(args, id) : args_variable_text(args, id);
}

int args_switch(const struct args *args, enum option_id id, bool *on, struct err *err)
{
    *on = args_given(args, id);
    const char *value = *on ? NULL : args_variable_text(args, id);
    int truth = value == NULL ? *on : truth_of(value);
    *on = truth == 1;
    return truth >= 0 ? 0
                      : err_set(err, ERR_USAGE, "%s is \"%.40s\"; write 1 or 0",
                                options[id].variable, value);
}

int args_duration_ms(const struct args *args, enum option_id id, int64_t default_ms,
                     int64_t *value_ms, struct err *err)
{
    const char *value = args_text(args, id);
    *value_ms = default_ms;
    if (value == NULL) {
        return 0;
    }
    if (!text_parse_duration_ms(value, DURATION_MAX_MS, value_ms) || *value_ms <= 0) {
        return err_set(err, ERR_USAGE,
                       "--%s \"%.40s\" is not a time: write 30s, 1500ms, 2m; at most 24h",
                       options[id].name, value);
    }
    return 0;
}

int args_check_paths(const struct args *args, struct err *err)
{
    for (int i = 0; i < args->command->option_count; i++) {
        enum option_id id = args->command->options[i];
        bool checked = options[id].is_path && !options[id].knows_home;
        const char *value = checked ? args_text(args, id) : NULL;
        if (value != NULL && strncmp(value, "~/", 2) == 0) {
            return err_set(err, ERR_USAGE,
                           "%s%s: no shell has put the home directory in the place of ~; write the "
                           "whole path",
                           args_given(args, id) ? "--" : "",
                           args_given(args, id) ? options[id].name : options[id].variable);
        }
    }
    return 0;
}
