/* SPDX-License-Identifier: MIT */
#include "base/value/query_token.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/utf8.h"

enum { INDEX_MAX = 100000000 }; /* more than any list has elements */

/* Columns count characters from 1. */
static int fail_at(const struct query *query, const char *what, const char *start, size_t len,
                   const char *more)
{
    size_t column = 1;
    const char *quote = len > 0 ? "\"" : "";
    for (const char *at = query->text; at < start; at++) {
        column += ((unsigned char)*at & 0xC0) != 0x80;
    }
    return err_set(query->err, ERR_USAGE, "%s%s%.*s%s at column %zu%s", what, quote, (int)len,
                   start, quote, column, more);
}

int query_unsupported(const struct query *query, const char *construct, const char *start,
                      size_t len)
{
    return fail_at(query, construct, start, len,
                   " is not supported: use names, [N], [*], [A, B], {KEY: A} and |");
}

int query_unexpected(const struct query *query)
{
    static const char constructs[] = "[]flatten operator \0[?filter \0||or expression \0"
                                     "&&and expression \0==comparison \0!=comparison \0"
                                     "<=comparison \0>=comparison \0<comparison \0>comparison \0"
                                     "&reference \0!not expression \0(parenthesis \0*wildcard \0"
                                     "@current node \0`literal \0'raw string \0";
    const char *start = query->start;
    if (query->token == TOKEN_END) {
        return fail_at(query, "the expression ends too early,", start, 0, "");
    }
    if (*start == '(' && query->previous == TOKEN_NAME) {
        return query_unsupported(query, "function ", query->previous_start,
                                 (size_t)(query->at - query->previous_start));
    }
    for (const char *name = constructs; *name != '\0'; name += strlen(name) + 1) {
        const char *construct = name;
        while (!islower((unsigned char)*name)) {
            name++;
        }
        size_t len = (size_t)(name - construct);
        if (strncmp(start, construct, len) == 0) {
            return query_unsupported(query, name, start, len);
        }
    }
    return fail_at(query, "unexpected ", start, (size_t)(query->at - start), "");
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* A quoted name is a JSON string. */
static int read_quoted(struct query *query)
{
    struct json_doc doc;
    size_t len = 0;
    int result = json_parse_value(&doc, query->at, strlen(query->at), &len, query->err);
    if (result == 0) {
        result = json_string(&doc, JSON_ROOT, query->name, sizeof(query->name), query->err);
    }
    json_done(&doc);
    query->at += len;
    return result == 0 ? 0 : fail_at(query, "invalid quoted name", query->start, 0, "");
}

static void read_name(struct query *query)
{
    char *end = query->name;
    while (is_name_char(*query->at)) {
        *end++ = *query->at++;
    }
    *end = '\0';
}

/* A number beyond INDEX_MAX stays there. */
static void read_number(struct query *query)
{
    bool negative = *query->at == '-';
    int number = 0;
    for (query->at += negative; isdigit((unsigned char)*query->at); query->at++) {
        number = number < INDEX_MAX ? number * 10 + (*query->at - '0') : number;
    }
    query->number = negative ? -number : number;
}

int query_next(struct query *query)
{
    query->previous = query->token;
    query->previous_start = query->start;
    query->at += strspn(query->at, " \t\n\r");
    const char *start = query->start = query->at;
    if (++query->work > JSON_QUERY_WORK_MAX) {
        return err_set(query->err, ERR_INTERNAL, "the query needs too many steps");
    }
    if (isdigit((unsigned char)start[*start == '-'])) {
        query->token = TOKEN_NUMBER;
        read_number(query);
    } else if (*start == '"') {
        query->token = TOKEN_NAME;
        return read_quoted(query);
    } else if (is_name_char(*start)) {
        query->token = TOKEN_NAME;
        read_name(query);
    } else {
        bool other = (start[0] == '[' && (start[1] == ']' || start[1] == '?')) ||
                     (start[0] == '|' && start[1] == '|') || strchr(".[]{},:|*", *start) == NULL;
        query->token = other ? TOKEN_OTHER : *start;
        query->at += utf8_decode(start, strlen(start), NULL);
    }
    return 0;
}

int query_expect(struct query *query, int token)
{
    return query->token == token ? query_next(query) : query_unexpected(query);
}
