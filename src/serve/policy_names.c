/* SPDX-License-Identifier: MIT */
#include "serve/policy_names.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"

static const struct {
    const char *what;
    size_t max;
} kinds[] = {
    [POLICY_NAME_RULE] = {"a rule name", 63},
    [POLICY_NAME_NAMESPACE] = {"a namespace", 63},
    [POLICY_NAME_ACCOUNT] = {"a service account", 253},
};

bool policy_name_is_pattern(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && text[len - 1] == '*';
}

/* Each label begins and ends with a letter or digit; the last one of a pattern need not end. */
bool policy_name_is_valid(const char *text, enum policy_name kind, bool pattern)
{
    bool open = pattern && policy_name_is_pattern(text);
    size_t len = strlen(text) - (open ? 1 : 0);
    char last = '.';
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool dash = c == '-' && last != '.';
        bool dot = c == '.' && kind == POLICY_NAME_ACCOUNT && last != '.' && last != '-';
        if (!dash && !dot && (c < 'a' || c > 'z') && (c < '0' || c > '9')) {
            return false;
        }
        last = c;
    }
    return len <= kinds[kind].max && (open || (last != '.' && last != '-'));
}

int policy_name_check(const char *text, enum policy_name kind, bool pattern, struct err *err)
{
    return policy_name_is_valid(text, kind, pattern)
               ? 0
               : err_set(err, ERR_USAGE,
                         "\"%.80s\" is not %s: use 1 to %zu lower-case letters, digits%s and -, "
                         "with a letter or digit at both ends%s",
                         text, kinds[kind].what, kinds[kind].max,
                         kind == POLICY_NAME_ACCOUNT ? ", ." : "",
                         pattern ? "; the last character may be *" : "");
}

bool policy_name_matches(const char *pattern, const char *name)
{
    return policy_name_is_pattern(pattern) ? strncmp(pattern, name, strlen(pattern) - 1) == 0
                                           : strcmp(pattern, name) == 0;
}
