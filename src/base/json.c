/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "base/utf8.h"

/* Not JSMN_STRICT: json_check is stricter, and strict jsmn rejects a bare number. Parent links
 * spare a backward search at each closing bracket, which would be quadratic in long lists. */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <jsmn.h>
#pragma GCC diagnostic pop

/* The header cannot name jsmn's own type, which has no tag. */
struct json_token {
    jsmntok_t jsmn;
};

static const jsmntok_t *token_at(const struct json_doc *doc, int node)
{
    const void *room = doc->room;
    const struct json_token *tokens = doc->tokens != NULL ? doc->tokens : room;
    return &tokens[node].jsmn;
}

/* Room for so many tokens, or NULL when memory runs out. */
static jsmntok_t *make_room(struct json_doc *doc, size_t nodes)
{
    void *room = doc->room;
    if (nodes * sizeof(*doc->tokens) > sizeof(doc->room)) {
        room = doc->tokens = calloc(nodes, sizeof(*doc->tokens));
    }
    return room;
}

/* Tokenizes a text that has passed the checker. */
static int tokenize(struct json_doc *doc, size_t len, size_t nodes, struct err *err)
{
    jsmntok_t *tokens = make_room(doc, nodes);
    if (tokens == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory for %zu JSON values", nodes);
    }
    jsmn_parser parser;
    jsmn_init(&parser);
    doc->count = jsmn_parse(&parser, doc->text, len, tokens, (unsigned)nodes);
    if (doc->count != (int)nodes) {
        return err_set(err, ERR_INTERNAL, "jsmn counts %d JSON values, the checker %zu", doc->count,
                       nodes);
    }
    return 0;
}

int json_parse(struct json_doc *doc, const char *text, size_t len, struct err *err)
{
    size_t nodes = 0;
    *doc = (struct json_doc){.text = text};
    return json_check(text, len, &nodes, err) != 0 ? -1 : tokenize(doc, len, nodes, err);
}

int json_parse_value(struct json_doc *doc, const char *text, size_t len, size_t *used,
                     struct err *err)
{
    size_t nodes = 0;
    *doc = (struct json_doc){.text = text};
    return json_check_value(text, len, used, &nodes, err) != 0 ? -1
                                                               : tokenize(doc, *used, nodes, err);
}

void json_done(struct json_doc *doc)
{
    if (doc == NULL) {
        return;
    }
    free(doc->tokens);
    *doc = (struct json_doc){0};
}

enum json_type json_type(const struct json_doc *doc, int node)
{
    const jsmntok_t *token = token_at(doc, node);
    switch (token->type) {
    case JSMN_OBJECT:
        return JSON_OBJECT;
    case JSMN_ARRAY:
        return JSON_ARRAY;
    case JSMN_STRING:
        return JSON_STRING;
    default:
        break;
    }
    switch (doc->text[token->start]) {
    case 'n':
        return JSON_NULL;
    case 't':
    case 'f':
        return JSON_BOOL;
    default:
        return JSON_NUMBER;
    }
}

/* The first node after node and everything inside it. */
static int skip_node(const struct json_doc *doc, int node)
{
    int end = token_at(doc, node)->end;
    int next = node + 1;
    while (next < doc->count && token_at(doc, next)->start < end) {
        next++;
    }
    return next;
}

int json_first(const struct json_doc *doc, int array)
{
    if (array == JSON_NONE || json_type(doc, array) != JSON_ARRAY ||
        token_at(doc, array)->size == 0) {
        return JSON_NONE;
    }
    return array + 1;
}

int json_next(const struct json_doc *doc, int array, int element)
{
    int next = skip_node(doc, element);
    bool inside = next < doc->count && token_at(doc, next)->start < token_at(doc, array)->end;
    return inside ? next : JSON_NONE;
}

int json_first_key(const struct json_doc *doc, int object)
{
    if (object == JSON_NONE || json_type(doc, object) != JSON_OBJECT ||
        token_at(doc, object)->size == 0) {
        return JSON_NONE;
    }
    return object + 1;
}

int json_next_key(const struct json_doc *doc, int object, int key)
{
    return json_next(doc, object, key + 1);
}

static uint32_t hex4(const char *digits)
{
    return (uint32_t)text_hex_byte(digits) << 8 | (uint32_t)text_hex_byte(digits + 2);
}

/* Decodes the escape at *text, which json_check has accepted, and advances *text past it. Returns
 * the number of bytes written. */
static size_t put_escape(char out[4], const char **text)
{
    static const char names[] = "bfnrt";
    static const char values[] = "\b\f\n\r\t";
    char name = (*text)[1];
    if (name != 'u') {
        const char *found = strchr(names, name);
        out[0] = found != NULL ? values[found - names] : name;
        *text += 2;
        return 1;
    }
    uint32_t code = hex4(*text + 2);
    *text += 6;
    if (code >= 0xD800 && code <= 0xDBFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (hex4(*text + 2) - 0xDC00);
        *text += 6;
    }
    return utf8_encode(code, out);
}

static bool append(char *out, size_t size, size_t *used, const char *piece, size_t len)
{
    if (*used + len >= size) {
        out[0] = '\0';
        return false;
    }
    memcpy(out + *used, piece, len);
    *used += len;
    out[*used] = '\0';
    return true;
}

/* Decodes what the node has between its quotes. False, and an empty string, if it does not fit. */
static bool decode(const struct json_doc *doc, int node, char *out, size_t size)
{
    const char *at = doc->text + token_at(doc, node)->start;
    const char *end = doc->text + token_at(doc, node)->end;
    size_t used = 0;
    out[0] = '\0';
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape != NULL ? escape : end) - at);
        if (!append(out, size, &used, at, plain)) {
            return false;
        }
        at += plain;
        if (escape != NULL) {
            char piece[4];
            size_t len = put_escape(piece, &at);
            if (!append(out, size, &used, piece, len)) {
                return false;
            }
        }
    }
    return true;
}

int json_string(const struct json_doc *doc, int node, char *out, size_t size, struct err *err)
{
    out[0] = '\0';
    if (node == JSON_NONE || json_type(doc, node) != JSON_STRING) {
        return err_set(err, ERR_UNAVAILABLE, "not a JSON string");
    }
    if (!decode(doc, node, out, size)) {
        return err_set(err, ERR_UNAVAILABLE, "longer than %zu bytes", size - 1);
    }
    return 0;
}

int json_scalar(const struct json_doc *doc, int node, char *out, size_t size, struct err *err)
{
    enum json_type type = json_type(doc, node);
    out[0] = '\0';
    if (type == JSON_ARRAY || type == JSON_OBJECT) {
        return err_set(err, ERR_UNAVAILABLE, "a list or an object instead of a simple value");
    }
    if (type != JSON_NULL && !decode(doc, node, out, size)) {
        return err_set(err, ERR_UNAVAILABLE, "longer than %zu bytes", size - 1);
    }
    return 0;
}

const char *json_raw(const struct json_doc *doc, int node, size_t *len)
{
    const jsmntok_t *token = token_at(doc, node);
    int quote = token->type == JSMN_STRING;
    *len = (size_t)(token->end - token->start + 2 * quote);
    return doc->text + token->start - quote;
}

/* A string is never longer than its JSON text, so it is decoded into the room of that. */
void json_add_text(const struct json_doc *doc, int node, struct buf *out)
{
    size_t start = out->len;
    size_t len = 0;
    const char *text = json_raw(doc, node, &len);
    buf_add(out, text, len);
    if (!buf_failed(out) && json_type(doc, node) == JSON_STRING) {
        (void)decode(doc, node, out->data + start, len);
        out->len = start + strlen(out->data + start);
    }
}

static bool key_is(const struct json_doc *doc, int key, const char *name)
{
    const char *at = doc->text + token_at(doc, key)->start;
    const char *end = doc->text + token_at(doc, key)->end;
    while (at < end) {
        char piece[4];
        size_t len = 1;
        if (*at == '\\') {
            len = put_escape(piece, &at);
        } else {
            piece[0] = *at++;
        }
        if (strncmp(name, piece, len) != 0) {
            return false;
        }
        name += len;
    }
    return *name == '\0';
}

int json_member(const struct json_doc *doc, int object, const char *name, int *node,
                struct err *err)
{
    *node = JSON_NONE;
    if (object == JSON_NONE || json_type(doc, object) != JSON_OBJECT) {
        return 0;
    }
    int key = object + 1;
    for (int i = 0; i < token_at(doc, object)->size; i++) {
        if (key_is(doc, key, name)) {
            if (*node != JSON_NONE) {
                return err_set(err, ERR_UNAVAILABLE, "\"%s\" occurs twice in one object", name);
            }
            *node = key + 1;
        }
        key = skip_node(doc, key + 1);
    }
    return 0;
}

/* The member, or JSON_NONE if it is missing or null. Another type is an error. */
static int typed_member(const struct json_doc *doc, int object, const char *name,
                        enum json_type type, int *node, struct err *err)
{
    static const char *const words[] = {"null",     "true or false", "a number",
                                        "a string", "a list",        "an object"};
    if (json_member(doc, object, name, node, err) != 0) {
        return -1;
    }
    if (*node == JSON_NONE || json_type(doc, *node) == type) {
        return 0;
    }
    if (json_type(doc, *node) == JSON_NULL) {
        *node = JSON_NONE;
        return 0;
    }
    return err_set(err, ERR_UNAVAILABLE, "\"%s\" is not %s", name, words[type]);
}

int json_get_string(const struct json_doc *doc, int object, const char *name, char *out,
                    size_t size, bool *found, struct err *err)
{
    int node = JSON_NONE;
    out[0] = '\0';
    *found = false;
    if (typed_member(doc, object, name, JSON_STRING, &node, err) != 0) {
        return -1;
    }
    if (node == JSON_NONE) {
        return 0;
    }
    if (json_string(doc, node, out, size, err) != 0) {
        return err_wrap(err, "\"%s\"", name);
    }
    *found = true;
    return 0;
}

int json_get_int(const struct json_doc *doc, int object, const char *name, int64_t *out,
                 bool *found, struct err *err)
{
    int node = JSON_NONE;
    *found = false;
    if (typed_member(doc, object, name, JSON_NUMBER, &node, err) != 0) {
        return -1;
    }
    if (node == JSON_NONE) {
        return 0;
    }
    char digits[32];
    if (!decode(doc, node, digits, sizeof(digits)) ||
        !text_parse_int(digits, -INT64_MAX, INT64_MAX, out)) {
        return err_set(err, ERR_UNAVAILABLE, "\"%s\" is not a whole number", name);
    }
    *found = true;
    return 0;
}

int json_get_bool(const struct json_doc *doc, int object, const char *name, bool *out,
                  struct err *err)
{
    int node = JSON_NONE;
    if (typed_member(doc, object, name, JSON_BOOL, &node, err) != 0) {
        return -1;
    }
    if (node != JSON_NONE) {
        *out = doc->text[token_at(doc, node)->start] == 't';
    }
    return 0;
}
