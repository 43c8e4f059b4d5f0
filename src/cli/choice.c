/* SPDX-License-Identifier: MIT */
#include "cli/choice.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/usage.h"

int choice_read(const struct args *args, enum option_id id, const char *const *words, int *index,
                struct err *err)
{
    const char *value = args_text(args, id);
    if (value == NULL) {
        return 0;
    }
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0) {
            *index = i;
            return 0;
        }
    }
    err_fill(err, ERR_USAGE, "unknown value \"%.40s\"", value);
    usage_add_words(err, value, words);
    return args_blame(args, id, err);
}

int choice_read_json(const struct args *args, bool *json, struct err *err)
{
    static const char *const words[] = {"table", "json", NULL};
    int index = 0;
    int result = choice_read(args, OPTION_OUTPUT, words, &index, err);
    *json = index == 1;
    return result;
}
