/* SPDX-License-Identifier: MIT */
#include "cli/choice.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/usage.h"

int choice_find(const char *word, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0) {
            return i;
        }
    }
    return -1;
}

int choice_read(const struct args *args, enum option_id id, const char *const *words, int *index,
                struct err *err)
{
    const char *value = args_text(args, id);
    int found = value != NULL ? choice_find(value, words) : -1;
    *index = found >= 0 ? found : *index;
    if (value == NULL || found >= 0) {
        return 0;
    }
    err_fill(err, ERR_USAGE, "unknown value \"%.40s\"", value);
    usage_add_words(err, value, words);
    return args_blame(args, id, err);
}

int choice_read_argument(const struct args *args, const char *const *words, struct err *err)
{
    const char *word = args->operand_count > 0 ? args->operands[0] : NULL;
    int found = word != NULL ? choice_find(word, words) : -1;
    return found >= 0 ? found : usage_unknown_argument(args, word, words, err);
}
