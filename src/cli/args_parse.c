/* SPDX-License-Identifier: MIT */
#include "cli/args_parse.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/personality.h"
#include "cli/usage.h"

/* The words of argv that are still to be read. */
struct words {
    char **at;
    char **end;
};

static enum option_id find_long(const struct args *args, const char *name, size_t len)
{
    enum option_id special = personality_find_option(args->personality, name, len);
    if (special != OPTION_COUNT) {
        return special;
    }
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

static enum option_id find_letter(const struct args *args, char letter)
{
    enum option_id special = personality_find_letter(args->personality, letter);
    if (special != OPTION_COUNT) {
        return special;
    }
    enum option_id first = command_find_letter(NULL, letter);
    return personality_accepts(args->personality, first)
               ? first
               : command_find_letter(args->command != NULL ? args->command : &command_any, letter);
}

/* Moves a secret out of argv, which every user of the machine can read. */
static int keep_secret(struct args *args, char *value, const char **kept, struct err *err)
{
    size_t at = args->secrets.len;
    size_t len = strlen(value);
    /* Reserves the room for all secrets at once, because those kept earlier must not move. */
    bool no_room =
        args->secrets.data == NULL && buf_reserve(&args->secrets, args->secrets.max, err) == NULL;
    if (!no_room) {
        buf_add(&args->secrets, value, len + 1);
    }
    explicit_bzero(value, len);
    if (no_room) {
        return -1;
    }
    if (buf_failed(&args->secrets)) {
        return err_set(err, ERR_USAGE, "a secret on the command line is too long");
    }
    *kept = args->secrets.data + at;
    return 0;
}

static int grow_given(struct args *args, struct err *err)
{
    if (args->given_count == ARGS_GIVEN_MAX) {
        return err_set(err, ERR_USAGE, "more than %d options", ARGS_GIVEN_MAX);
    }
    int room = 2 * args->given_room < ARGS_GIVEN_MAX ? 2 * args->given_room : ARGS_GIVEN_MAX;
    struct args_given *more = calloc((size_t)room, sizeof(*more));
    if (more == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%d options)", room);
    }
    memcpy(more, args->given, (size_t)args->given_count * sizeof(*more));
    if (args->given != args->few) {
        free(args->given);
    }
    args->given = more;
    args->given_room = room;
    return 0;
}

static int add_option(struct args *args, enum option_id id, char *value, struct err *err)
{
    const char *kept = value;
    bool literal = value != NULL && strcmp(value, "-") != 0;
    if (options[id].secret && literal && keep_secret(args, value, &kept, err) != 0) {
        return -1;
    }
    if (args->given_count == args->given_room && grow_given(args, err) != 0) {
        return -1;
    }
    args->given[args->given_count++] = (struct args_given){id, kept};
    return 0;
}

/* An optional value is not given if the next word is an option or the command. */
static bool is_left_out(const struct args *args, const struct words *words, enum option_id id)
{
    const char *word = words->at < words->end ? *words->at : "--";
    const char *operand = NULL;
    return options[id].value[0] == '[' &&
           ((word[0] == '-' && word[1] != '\0') ||
            (args->command == NULL && (personality_of_word(word) != NULL ||
                                       command_find(args->table, word, &operand) != NULL)));
}

/* Reads the value of an option from the next word. name, of len bytes, is how the line calls it. */
static int read_value(struct args *args, struct words *words, enum option_id id, const char *name,
                      size_t len, struct err *err)
{
    if (is_left_out(args, words, id)) {
        return add_option(args, id, NULL, err);
    }
    if (words->at == words->end) {
        err_fill(err, ERR_USAGE, "--%.*s needs a value: --%.*s %s", (int)len, name, (int)len, name,
                 options[id].value);
        return usage_add_help(args, err);
    }
    return add_option(args, id, *words->at++, err);
}

/* --admin, or --admin=true as Go programs accept it. The last one counts. name, of len bytes, is
 * how the line calls it; value: NULL without one. */
static int read_switch(struct args *args, enum option_id id, const char *name, size_t len,
                       const char *value, struct err *err)
{
    int truth = value == NULL ? 1 : args_truth(value);
    if (truth < 0) {
        err_fill(err, ERR_USAGE, "--%.*s accepts only true or false", (int)len, name);
        return usage_add_help(args, err);
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

/* name begins after the dashes. */
static int read_long(struct args *args, struct words *words, char *name, struct err *err)
{
    size_t len = strcspn(name, "=");
    enum option_id id = find_long(args, name, len);
    bool has_value = name[len] == '=';
    if (id == OPTION_COUNT) {
        return usage_unknown_option(args, name, len, err);
    }
    if (options[id].value == NULL) {
        return read_switch(args, id, name, len, has_value ? name + len + 1 : NULL, err);
    }
    return has_value ? add_option(args, id, name + len + 1, err)
                     : read_value(args, words, id, name, len, err);
}

/* -I, -Tdev01, -T dev01, and switches together with one of these. */
static int read_letters(struct args *args, struct words *words, char *letters, struct err *err)
{
    for (char *at = letters; *at != '\0'; at++) {
        enum option_id id = find_letter(args, *at);
        if (id == OPTION_COUNT) {
            err_fill(err, ERR_USAGE, "unknown option -%c", *at);
            return usage_add_help(args, err);
        }
        if (options[id].value != NULL) {
            return at[1] != '\0' ? add_option(args, id, at + 1, err)
                                 : read_value(args, words, id, options[id].name,
                                              strlen(options[id].name), err);
        }
        if (read_switch(args, id, "", 0, NULL, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* duplo-jit writes long options with one dash. Only its own grammar has no letters together. */
static bool is_long_with_one_dash(const struct args *args, const char *word)
{
    size_t len = strcspn(word + 1, "=");
    return len > 1 &&
           (args->personality->one_dash || find_long(args, word + 1, len) != OPTION_COUNT);
}

static int read_option(struct args *args, struct words *words, char *word, struct err *err)
{
    if (word[1] == '-') {
        return read_long(args, words, word + 2, err);
    }
    return is_long_with_one_dash(args, word) ? read_long(args, words, word + 1, err)
                                             : read_letters(args, words, word + 1, err);
}

static int read_command(struct args *args, const char *word, struct err *err)
{
    const char *operand = NULL;
    const struct personality *personality = personality_of_word(word);
    if (personality != NULL) {
        args->personality = personality;
        if (personality->skips_word) {
            return 0;
        }
    }
    args->command = command_find(args->table, word, &operand);
    if (args->command == NULL) {
        return usage_unknown_command(args, word, err);
    }
    if (operand != NULL) {
        args->operands[args->operand_count++] = operand;
    }
    return 0;
}

static int read_operand(struct args *args, const char *word, struct err *err)
{
    if (args->operand_count >= args->command->operands_max) {
        return usage_unexpected_argument(args, word, err);
    }
    args->operands[args->operand_count++] = word;
    return 0;
}

/* Reads the next word and the value that belongs to it. */
static int read_word(struct args *args, struct words *words, bool *options_end, struct err *err)
{
    char *word = *words->at;
    bool runs = args->command != NULL && args->command->runs_program;
    bool is_option = !*options_end && word[0] == '-' && word[1] != '\0';
    if (runs && (!is_option || strcmp(word, "--") == 0)) {
        args->rest = strcmp(word, "--") == 0 ? words->at + 1 : words->at;
        words->at = words->end;
        return 0;
    }
    words->at++;
    if (is_option && strcmp(word, "--") == 0) {
        *options_end = true;
        return 0;
    }
    if (is_option) {
        return read_option(args, words, word, err);
    }
    return args->command != NULL ? read_operand(args, word, err) : read_command(args, word, err);
}

/* Reads the words after an error, too: they may contain a secret, or the output format, which
 * matters after a failure. The first error counts. */
static int read_words(struct args *args, struct words *words, struct err *err)
{
    bool options_end = false;
    int result = 0;
    while (words->at < words->end) {
        struct err ignored;
        if (read_word(args, words, &options_end, result == 0 ? err : &ignored) != 0) {
            result = -1;
        }
    }
    return result;
}

static int check_options(const struct args *args, struct err *err)
{
    for (int i = 0; args->command != NULL && i < args->given_count; i++) {
        if (!command_accepts(args->command, args->given[i].id) &&
            !personality_accepts(args->personality, args->given[i].id)) {
            err_fill(err, ERR_USAGE, "`duplojit %s` has no option --%s", args->command->name,
                     options[args->given[i].id].name);
            return usage_add_help(args, err);
        }
    }
    return 0;
}

int args_parse(struct args *args, const struct command_table *table, int argc, char **argv,
               const char *const *environment, struct err *err)
{
    struct words words = {argv + (argc > 0 ? 1 : 0), argv + argc};
    /* Field by field: clearing the arrays would touch memory that most runs never need. */
    args->program = argc > 0 ? argv[0] : "duplojit";
    args->table = table;
    args->personality = personality_of_program(args->program);
    args->command = NULL;
    args->environment = environment;
    args->context = NULL;
    args->given = args->few;
    args->given_count = 0;
    args->given_room = ARGS_GIVEN_FEW;
    memset(args->denied, 0, sizeof(args->denied));
    args->operand_count = 0;
    args->rest = NULL;
    size_t whole = 0;
    for (char **word = words.at; word < words.end; word++) {
        whole += strlen(*word) + 1;
    }
    buf_init(&args->secrets, whole);
    if (args->personality->command != NULL) {
        args->command = command_find(table, args->personality->command, &args->operands[0]);
    }
    return read_words(args, &words, err) != 0 ? -1 : check_options(args, err);
}
