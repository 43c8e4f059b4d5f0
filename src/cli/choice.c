/* SPDX-License-Identifier: MIT */
#include "cli/choice.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/usage.h"

/* "table or json" */
static void list_words(const char *const *words, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; words[i] != NULL && used < size; i++) {
        const char *before = i == 0 ? "" : words[i + 1] != NULL ? ", " : " or ";
        used += (size_t)snprintf(out + used, size - used, "%s%s", before, words[i]);
    }
}

int choice_read(const struct args *args, enum option_id id, const char *const *words, int *index,
                struct err *err)
{
    char list[200];
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
    list_words(words, list, sizeof(list));
    err_fill(err, ERR_USAGE, "unknown value \"%.40s\": use %s", value, list);
    usage_add_nearest(err, value, words);
    return args_blame(args, id, err);
}
