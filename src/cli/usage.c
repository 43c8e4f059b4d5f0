/* SPDX-License-Identifier: MIT */
#include "cli/usage.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/suggest.h"
#include "cli/args.h"
#include "cli/command.h"

enum { SHOWN_MAX = 20, SHOWN_OPTION_MAX = 60 };

/* Appends to a message; what does not fit is cut. */
static int add(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int add(struct err *err, const char *format, ...)
{
    size_t used = strlen(err->text);
    va_list args;
    va_start(args, format);
    vsnprintf(err->text + used, sizeof(err->text) - used, format, args);
    va_end(args);
    return -1;
}

static int add_help_of(struct err *err, const char *command)
{
    size_t len = strlen(err->text);
    bool ended = len > 0 && err->text[len - 1] == '?';
    return add(err, "%s See `duplojit%s%s --help`", ended ? "" : ".", command[0] != '\0' ? " " : "",
               command);
}

int usage_add_help(const struct args *args, struct err *err)
{
    return add_help_of(err, args->command != NULL ? args->command->name : "");
}

static int add_nearest(struct err *err, const char *wrong, const char *const *words)
{
    struct suggest suggest;
    suggest_start(&suggest, wrong, strlen(wrong));
    for (; *words != NULL; words++) {
        suggest_try(&suggest, *words);
    }
    return suggest.nearest != NULL ? add(err, ". Did you mean %s?", suggest.nearest) : -1;
}

int usage_add_words(struct err *err, const char *wrong, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++) {
        add(err, "%s%s", i == 0 ? ": use " : words[i + 1] != NULL ? ", " : " or ", words[i]);
    }
    return add_nearest(err, wrong, words);
}

/* Whether a word consists of at most max lower-case letters, digits, dashes and underscores, and
 * begins with a letter. */
static bool is_name(const char *word, size_t max)
{
    size_t len = 0;
    for (; word[len] != '\0'; len++) {
        char c = word[len];
        bool letter = c >= 'a' && c <= 'z';
        bool other = (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (len == max || (!letter && (len == 0 || !other))) {
            return false;
        }
    }
    return len > 0;
}

/* Begins the message about a wrong word. It may be a secret whose option is missing, so it is shown
 * only if it looks like the name of a command or a tenant: then this returns true. Tokens are
 * longer and MFA codes begin with a digit. */
static bool begin(struct err *err, const char *what, const char *word)
{
    bool shown = is_name(word, SHOWN_MAX);
    err_fill(err, ERR_USAGE, "%s %s%s%s", what, shown ? "\"" : "",
             shown ? word : "(not shown: it may be a secret)", shown ? "\"" : "");
    return shown;
}

int usage_unknown_argument(const struct args *args, const char *word, const char *const *words,
                           struct err *err)
{
    bool shown = false;
    if (word == NULL) {
        err_fill(err, ERR_USAGE, "missing argument");
    } else {
        shown = begin(err, "unknown argument", word);
    }
    usage_add_words(err, shown ? word : "", words);
    return usage_add_help(args, err);
}

int usage_unknown_command(const struct args *args, const char *word, struct err *err)
{
    struct suggest suggest;
    if (!begin(err, "unknown command", word)) {
        return add_help_of(err, "");
    }
    suggest_start(&suggest, word, strlen(word));
    for (int i = 0; args->table->commands[i] != NULL; i++) {
        suggest_try(&suggest, args->table->commands[i]->name);
    }
    for (int i = 0; args->table->aliases[i].name != NULL; i++) {
        suggest_try(&suggest, args->table->aliases[i].name);
    }
    if (suggest.nearest != NULL) {
        add(err, ". Did you mean `%s`?", suggest.nearest);
    }
    return add_help_of(err, "");
}

int usage_unknown_option(const struct args *args, const char *name, size_t len, struct err *err)
{
    struct suggest suggest;
    int shown = (int)(len < SHOWN_OPTION_MAX ? len : SHOWN_OPTION_MAX);
    err_fill(err, ERR_USAGE, "unknown option --%.*s", shown, name);
    suggest_start(&suggest, name, len);
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (args->command == NULL || command_accepts(args->command, (enum option_id)id)) {
            suggest_try(&suggest, options[id].name);
            suggest_try(&suggest, options[id].alias != NULL ? options[id].alias : options[id].name);
        }
    }
    if (suggest.nearest != NULL) {
        add(err, ". Did you mean --%s?", suggest.nearest);
    }
    return usage_add_help(args, err);
}

/* Whether --tenant could be what is missing before the word. */
static bool needs_tenant(const struct args *args)
{
    return command_accepts(args->command, OPTION_TENANT) && !args_given(args, OPTION_TENANT) &&
           !args_given(args, OPTION_TENANT_ID) && !args_given(args, OPTION_ADMIN) &&
           !args_given(args, OPTION_DUPLO_OPS);
}

int usage_unexpected_argument(const struct args *args, const char *word, struct err *err)
{
    bool shown = begin(err, "unexpected argument", word);
    if (needs_tenant(args)) {
        add(err, ". Did you mean --tenant%s%s?", shown ? " " : "", shown ? word : "");
    }
    return usage_add_help(args, err);
}
