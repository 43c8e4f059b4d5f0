/* SPDX-License-Identifier: MIT */
/*
 * One pass parses an expression and evaluates it. It parses by operator precedence, as JMESPath's
 * reference implementation, because the steps that a projection includes depend on it. It parses
 * the steps of a projection again for each element. For the value null the pass finds nothing, so
 * it only checks the expression.
 */
#include "base/value/json_query.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/value/query_token.h"

/* How strongly an operator binds to what precedes it. */
enum { BIND_ALL = 0, BIND_PIPE = 1, BIND_PROJECTION = 20, BIND_DOT = 40, BIND_BRACKET = 55 };

/* Replaces a JSON text by the result of the expression that begins at the token. */
static int evaluate(struct query *query, int binding, struct buf *value);
static int evaluate_projected(struct query *query, struct buf *value);

/* The JSON text of a node; null for JSON_NONE. */
static void add_node(struct buf *out, const struct json_doc *doc, int node)
{
    size_t len = 4;
    const char *text = node == JSON_NONE ? "null" : json_raw(doc, node, &len);
    buf_add(out, text, len);
}

/* Appends the new value for the document. The meaning of kind is its own. */
typedef int maker_fn(struct query *query, const struct json_doc *doc, struct buf *out, int kind);

/* Replaces the value by what make appends for it. */
static int replace(struct query *query, struct buf *value, maker_fn *make, int kind)
{
    struct json_doc doc = {0};
    struct buf old = *value;
    buf_init(value, old.max);
    int result = buf_check(&old, query->err);
    if (result == 0) {
        result = json_parse(&doc, buf_str(&old), old.len, query->err);
    }
    if (result == 0) {
        result = make(query, &doc, value, kind);
    }
    json_done(&doc);
    buf_done(&old);
    return result != 0 ? -1 : buf_check(value, query->err);
}

/* A negative index counts from the end. */
static int find_element(const struct json_doc *doc, int index)
{
    int node = json_first(doc, JSON_ROOT);
    if (index < 0) {
        for (int at = node; at != JSON_NONE; at = json_next(doc, JSON_ROOT, at)) {
            index++;
        }
    }
    for (; index > 0 && node != JSON_NONE; index--) {
        node = json_next(doc, JSON_ROOT, node);
    }
    return index == 0 ? node : JSON_NONE;
}

/* The member or the element that the token names; kind is the token's. */
static int make_child(struct query *query, const struct json_doc *doc, struct buf *out, int kind)
{
    int node = JSON_NONE;
    if (kind == TOKEN_NUMBER) {
        node = find_element(doc, query->number);
    } else if (json_member(doc, JSON_ROOT, query->name, &node, query->err) != 0) {
        return -1;
    }
    add_node(out, doc, node);
    return query_next(query);
}

/* Ends a list or an object, in which a comma follows each part; or replaces it by null. */
static void add_end(struct buf *out, int bracket, bool null)
{
    out->len -= out->len > 1;
    buf_add_char(out, (char)bracket);
    if (null) {
        buf_clear(out);
        buf_add_str(out, "null");
    }
}

/* An object with each key once: at its first place with its last value, as in Python. No JSON
 * string begins with another one, so it is enough to compare one length. */
static int make_merged(struct query *query, const struct json_doc *doc, struct buf *out, int kind)
{
    int first = json_first_key(doc, JSON_ROOT);
    (void)query;
    buf_add_char(out, '{');
    for (int key = first; key != JSON_NONE; key = json_next_key(doc, JSON_ROOT, key)) {
        size_t len = 0;
        size_t ignored = 0;
        const char *name = json_raw(doc, key, &len);
        int last = key;
        bool again = false;
        for (int at = first; at != JSON_NONE; at = json_next_key(doc, JSON_ROOT, at)) {
            if (strncmp(json_raw(doc, at, &ignored), name, len) == 0) {
                again = again || at < key;
                last = at;
            }
        }
        if (!again) {
            add_node(out, doc, key);
            buf_add_char(out, ':');
            add_node(out, doc, last + 1);
            buf_add_char(out, ',');
        }
    }
    add_end(out, kind, false);
    return 0;
}

static int read_key(struct query *query, struct buf *out)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_write_key(&writer, query->name);
    return query_expect(query, TOKEN_NAME) != 0 ? -1 : query_expect(query, ':');
}

/* Appends a part: the result of an expression for a node, or that of a projection's steps unless it
 * is null. */
static int add_part(struct query *query, const struct json_doc *doc, int node, bool projected,
                    struct buf *out)
{
    struct buf part;
    buf_init(&part, out->max);
    add_node(&part, doc, node);
    int result = buf_check(&part, query->err);
    if (result == 0) {
        result = projected ? evaluate_projected(query, &part) : evaluate(query, BIND_ALL, &part);
    }
    if (result == 0 && !(projected && buf_str(&part)[0] == 'n')) {
        buf_add(out, part.data, part.len);
        buf_add_char(out, ',');
    }
    buf_done(&part);
    return result;
}

/* The list or the object of the parts up to the closing bracket, which is kind. Null has no parts,
 * so it stays null. */
static int make_selection(struct query *query, const struct json_doc *doc, struct buf *out,
                          int kind)
{
    buf_add_char(out, kind == '}' ? '{' : '[');
    for (;;) {
        if ((kind == '}' && read_key(query, out) != 0) ||
            add_part(query, doc, JSON_ROOT, false, out) != 0) {
            return -1;
        }
        if (query->token == kind) {
            break;
        }
        if (query_expect(query, ',') != 0) {
            return -1;
        }
    }
    bool null = json_type(doc, JSON_ROOT) == JSON_NULL;
    add_end(out, kind, null);
    if (kind == '}' && !null && replace(query, out, make_merged, kind) != 0) {
        return -1;
    }
    return query_next(query);
}

/* The list of the results for each element. Without elements the steps are made for null, only to
 * read them. */
static int make_projection(struct query *query, const struct json_doc *doc, struct buf *out,
                           int kind)
{
    int element = json_first(doc, JSON_ROOT);
    const char *start = query->start;
    buf_add_char(out, '[');
    do {
        query->at = start;
        if (query_next(query) != 0 || add_part(query, doc, element, true, out) != 0) {
            return -1;
        }
        element = element < 0 ? element : json_next(doc, JSON_ROOT, element);
    } while (element != JSON_NONE);
    add_end(out, kind, json_type(doc, JSON_ROOT) != JSON_ARRAY);
    return 0;
}

static int select_parts(struct query *query, int opener, struct buf *value)
{
    return replace(query, value, make_selection, opener == '{' ? '}' : ']');
}

/* After a dot. */
static int evaluate_member(struct query *query, int binding, struct buf *value)
{
    int opener = query->token;
    if (opener == TOKEN_NAME) {
        return evaluate(query, binding, value);
    }
    if (opener != '[' && opener != '{') {
        return query_unexpected(query);
    }
    return query_next(query) != 0 ? -1 : select_parts(query, opener, value);
}

/* The steps of a projection for one element; the token is the first of them. */
static int evaluate_projected(struct query *query, struct buf *value)
{
    if (query->token == '[') {
        return evaluate(query, BIND_PROJECTION, value);
    }
    if (query->token != '.') {
        return 0;
    }
    return query_next(query) != 0 ? -1 : evaluate_member(query, BIND_PROJECTION, value);
}

/* After "[" at start: "N]", or "*]" and the steps after it. */
static int evaluate_bracket(struct query *query, const char *start, struct buf *value)
{
    bool number = query->token == TOKEN_NUMBER;
    if (number && replace(query, value, make_child, TOKEN_NUMBER) != 0) {
        return -1;
    }
    if (query->token == ':') {
        return query_unsupported(query, "slice ", start, (size_t)(query->at - start));
    }
    if (number) {
        return query_expect(query, ']');
    }
    if (query_expect(query, '*') != 0) {
        return -1;
    }
    if (query->token != ']' && query->token != TOKEN_END) {
        return query_unsupported(query, "wildcard ", query->previous_start, 1);
    }
    return query_expect(query, ']') != 0 ? -1 : replace(query, value, make_projection, ']');
}

/* The beginning of an expression: a name, a selection, an index, or "[*]" of the value itself. */
static int evaluate_first(struct query *query, struct buf *value)
{
    int opener = query->token;
    const char *start = query->start;
    if (opener == TOKEN_NAME) {
        return replace(query, value, make_child, TOKEN_NAME);
    }
    if (opener != '[' && opener != '{') {
        return query_unexpected(query);
    }
    if (query_next(query) != 0) {
        return -1;
    }
    if (opener == '[' && strchr("0:*", query->token) != NULL) {
        return evaluate_bracket(query, start, value);
    }
    return select_parts(query, opener, value);
}

/* An operator and what comes after it. */
static int evaluate_rest(struct query *query, struct buf *value)
{
    int token = query->token;
    const char *start = query->start;
    if (query_next(query) != 0) {
        return -1;
    }
    return token == '['   ? evaluate_bracket(query, start, value)
           : token == '.' ? evaluate_member(query, BIND_DOT, value)
                          : evaluate(query, BIND_PIPE, value);
}

/* Continues while the next operator binds more strongly than binding. */
static int evaluate(struct query *query, int binding, struct buf *value)
{
    if (query->depth == JSON_QUERY_DEPTH_MAX) {
        return err_set(query->err, ERR_USAGE, "more than %d nested parts", JSON_QUERY_DEPTH_MAX);
    }
    query->depth++;
    int result = evaluate_first(query, value);
    while (result == 0) {
        int next = query->token == '.'   ? BIND_DOT
                   : query->token == '[' ? BIND_BRACKET
                   : query->token == '|' ? BIND_PIPE
                                         : BIND_ALL;
        if (next <= binding) {
            break;
        }
        result = evaluate_rest(query, value);
    }
    query->depth--;
    return result;
}

int json_query_run(const char *text, struct buf *json, struct err *err)
{
    struct query query = {.text = text, .at = text, .err = err};
    if (strlen(text) >= JSON_QUERY_SIZE) {
        return err_set(err, ERR_USAGE, "longer than %d bytes", JSON_QUERY_SIZE - 1);
    }
    if (query_next(&query) != 0 || evaluate(&query, BIND_ALL, json) != 0) {
        return -1;
    }
    return query.token == TOKEN_END ? 0 : query_unexpected(&query);
}

int json_query_check(const char *text, struct err *err)
{
    struct buf json;
    buf_init(&json, JSON_QUERY_SIZE);
    buf_add_str(&json, "null");
    int result = json_query_run(text, &json, err);
    buf_done(&json);
    return result;
}
