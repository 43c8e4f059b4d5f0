/* SPDX-License-Identifier: MIT */
#include "cmd/completion/candidates.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void candidates_add(struct candidates *list, const char *word, const char *description)
{
    char line[PATH_MAX];
    int len = snprintf(line, sizeof(line), "\n%.*s%s\t", (int)list->head_len, list->head, word);
    if (strncmp(word, list->typed, strlen(list->typed)) != 0 || len >= (int)sizeof(line) ||
        text_has_control(word, strlen(word)) || strstr(buf_str(&list->out), line) != NULL) {
        return;
    }
    buf_add_fmt(&list->out, "%s%s", line, description != NULL ? description : "");
}

void candidates_add_len(struct candidates *list, const char *word, size_t len)
{
    char copy[NAME_MAX];
    if (len < sizeof(copy)) {
        memcpy(copy, word, len);
        copy[len] = '\0';
        candidates_add(list, copy, NULL);
    }
}

void candidates_add_listed(struct candidates *list, const char *text)
{
    static const char between[][5] = {", ", " or ", "|"};
    size_t len = 0;
    text += text[0] == '[' ? 1 : 0; /* an optional argument */
    while ((len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")) > 0) {
        candidates_add_len(list, text, len);
        text += len;
        text += strncmp(text, " (", 2) == 0 ? strcspn(text, ")") + 1 : 0;
        for (size_t i = 0; i < sizeof(between) / sizeof(between[0]); i++) {
            size_t skip = strlen(between[i]);
            text += strncmp(text, between[i], skip) == 0 ? skip : 0;
        }
    }
}
