/* SPDX-License-Identifier: MIT */
#include "base/json_list.h"

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"

/* The present byte, or NUL at the end. */
static char peek(const struct json_list *list)
{
    return list->at < list->len ? list->text[list->at] : '\0';
}

static void skip_blanks(struct json_list *list)
{
    while (peek(list) == ' ' || peek(list) == '\t' || peek(list) == '\n' || peek(list) == '\r') {
        list->at++;
    }
}

static int blame(const struct json_list *list, struct err *err)
{
    return err_set(err, ERR_UNAVAILABLE, "invalid JSON at byte %zu", list->at + 1);
}

/* At the closing bracket: only blanks may follow. */
static int end_list(struct json_list *list, struct err *err)
{
    list->at++;
    skip_blanks(list);
    return list->at == list->len ? 0 : blame(list, err);
}

int json_list_next(struct json_list *list, struct json_doc *doc, struct err *err)
{
    size_t used = 0;
    *doc = (struct json_doc){0};
    skip_blanks(list);
    if (peek(list) == ']' && list->count > 0) {
        return end_list(list, err);
    }
    if (peek(list) != (list->count == 0 ? '[' : ',')) {
        return blame(list, err);
    }
    list->at++;
    skip_blanks(list);
    if (peek(list) == ']' && list->count == 0) {
        return end_list(list, err);
    }
    list->count++;
    if (json_parse_value(doc, list->text + list->at, list->len - list->at, &used, err) != 0) {
        return err_wrap(err, "element %zu", list->count);
    }
    list->at += used;
    return 0;
}
