/* SPDX-License-Identifier: MIT */
/* The parser: operator precedence, as in JMESPath's reference implementation, because the steps
 * that a projection includes depend on it. */
#include "base/value/json_query.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/utf8.h"

/* How strongly an operator binds to what precedes it. */
enum { BIND_ALL = 0, BIND_PIPE = 1, BIND_PROJECTION = 20, BIND_DOT = 40, BIND_BRACKET = 55 };

enum { INDEX_MAX = 100000000 }; /* more than any list has elements */

/* A token is its first character, or one of these. */
enum token { TOKEN_END = 0, TOKEN_NAME = 'a', TOKEN_NUMBER = '0', TOKEN_OTHER = '?' };

struct parser {
    struct json_query *query;
    struct err *err;
    const char *text;
    size_t start; /* of the token */
    size_t at;    /* the end of the token */
    int token;
    int previous; /* the token before */
    size_t previous_start;
    int value; /* of a number; the place of a name in names */
    int depth;
};

static int parse_expression(struct parser *parser, int binding);

/* Columns count characters from 1. */
static size_t column_of(const struct parser *parser, size_t at)
{
    size_t column = 1;
    for (size_t i = 0; i < at; i++) {
        column += ((unsigned char)parser->text[i] & 0xC0) != 0x80;
    }
    return column;
}

static int unsupported(const struct parser *parser, const char *construct, size_t start, size_t end)
{
    return err_set(parser->err, ERR_USAGE,
                   "%s \"%.*s\" at column %zu is not supported: use names, [N], [*], [A, B], "
                   "{KEY: A} and |",
                   construct, (int)(end - start), parser->text + start, column_of(parser, start));
}

/* The token cannot be here. If it begins a construct of JMESPath that is missing here, says so. */
static int unexpected(const struct parser *parser)
{
    static const struct {
        char text[3];
        char name[21];
    } constructs[] = {
        {"[]", "flatten operator"}, {"[?", "filter"},     {"||", "or expression"},
        {"&&", "and expression"},   {"==", "comparison"}, {"!=", "comparison"},
        {"<=", "comparison"},       {">=", "comparison"}, {"<", "comparison"},
        {">", "comparison"},        {"&", "reference"},   {"!", "not expression"},
        {"(", "parenthesis"},       {"*", "wildcard"},    {"@", "current node"},
        {"`", "literal"},           {"'", "raw string"},
    };
    const char *token = parser->text + parser->start;
    if (parser->token == TOKEN_END) {
        return err_set(parser->err, ERR_USAGE, "the expression ends too early, at column %zu",
                       column_of(parser, parser->start));
    }
    if (token[0] == '(' && parser->previous == TOKEN_NAME) {
        return unsupported(parser, "function", parser->previous_start, parser->at);
    }
    for (size_t i = 0; i < sizeof(constructs) / sizeof(constructs[0]); i++) {
        size_t len = strlen(constructs[i].text);
        if (strncmp(token, constructs[i].text, len) == 0) {
            return unsupported(parser, constructs[i].name, parser->start, parser->start + len);
        }
    }
    return err_set(parser->err, ERR_USAGE, "unexpected \"%.*s\" at column %zu",
                   (int)(parser->at - parser->start), token, column_of(parser, parser->start));
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Appends the name between start and at to names. */
static int keep_name(struct parser *parser)
{
    struct json_query *query = parser->query;
    size_t len = parser->at - parser->start;
    parser->value = query->names_len;
    memcpy(query->names + query->names_len, parser->text + parser->start, len);
    query->names[parser->value + (int)len] = '\0';
    query->names_len += (int)len + 1;
    return 0;
}

/* A quoted name is a JSON string, and no longer than that after decoding. */
static int read_quoted(struct parser *parser)
{
    struct json_query *query = parser->query;
    struct json_doc doc;
    struct err ignored;
    const char *end = parser->text + parser->start + 1;
    while (*end != '"' && *end != '\0') {
        end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
    }
    size_t len = (size_t)(end - parser->text) - parser->start + (*end == '"');
    char *name = query->names + query->names_len;
    int result = json_parse(&doc, parser->text + parser->start, len, &ignored);
    if (result == 0) {
        result = json_string(&doc, JSON_ROOT, name, len, &ignored);
    }
    json_done(&doc);
    if (result != 0) {
        return err_set(parser->err, ERR_USAGE, "invalid quoted name at column %zu",
                       column_of(parser, parser->start));
    }
    parser->at = parser->start + len;
    parser->value = query->names_len;
    query->names_len += (int)strlen(name) + 1;
    return 0;
}

/* A number beyond INDEX_MAX stays there. */
static void read_number(struct parser *parser)
{
    bool negative = parser->text[parser->start] == '-';
    parser->value = 0;
    for (parser->at = parser->start + negative; isdigit((unsigned char)parser->text[parser->at]);
         parser->at++) {
        if (parser->value < INDEX_MAX) {
            parser->value = parser->value * 10 + (parser->text[parser->at] - '0');
        }
    }
    parser->value = negative ? -parser->value : parser->value;
}

static int next_token(struct parser *parser)
{
    const char *text = parser->text;
    parser->previous = parser->token;
    parser->previous_start = parser->start;
    parser->at += strspn(text + parser->at, " \t\n\r");
    parser->start = parser->at;
    char c = text[parser->start];
    char after = c == '\0' ? c : text[parser->start + 1];
    if (c == '"' || (is_name_char(c) && !isdigit((unsigned char)c))) {
        parser->token = TOKEN_NAME;
        while (is_name_char(text[parser->at])) {
            parser->at++;
        }
        return c == '"' ? read_quoted(parser) : keep_name(parser);
    }
    if (isdigit((unsigned char)c) || (c == '-' && isdigit((unsigned char)after))) {
        parser->token = TOKEN_NUMBER;
        read_number(parser);
        return 0;
    }
    bool other = (c == '[' && (after == ']' || after == '?')) || (c == '|' && after == '|') ||
                 strchr(".[]{},:|*", c) == NULL;
    size_t width = utf8_decode(text + parser->at, strlen(text + parser->at), NULL);
    parser->token = other ? TOKEN_OTHER : c;
    parser->at += c == '\0' ? 0 : width > 0 ? width : 1;
    return 0;
}

static int expect(struct parser *parser, int token)
{
    return parser->token == token ? next_token(parser) : unexpected(parser);
}

static int add_node(struct parser *parser, enum json_query_kind kind, int value, int left,
                    int right)
{
    struct json_query *query = parser->query;
    if (query->count == JSON_QUERY_NODES_MAX) {
        return err_set(parser->err, ERR_USAGE, "more than %d names and operators",
                       JSON_QUERY_NODES_MAX);
    }
    query->nodes[query->count] = (struct json_query_node){
        .kind = kind, .value = value, .left = left, .right = right, .next = JSON_QUERY_NONE};
    return query->count++;
}

/* Appends an item to the list or the object whose node is parent, *last is its last item. A key
 * that occurs again replaces the value of the first. */
static int add_item(struct parser *parser, int parent, int *last, int name, int value)
{
    struct json_query_node *nodes = parser->query->nodes;
    const char *names = parser->query->names;
    for (int i = nodes[parent].left; name >= 0 && i >= 0; i = nodes[i].next) {
        if (strcmp(names + nodes[i].value, names + name) == 0) {
            nodes[i].left = value;
            return 0;
        }
    }
    int item = add_node(parser, JSON_QUERY_ITEM, name, value, JSON_QUERY_NONE);
    if (item < 0) {
        return -1;
    }
    *(*last < 0 ? &nodes[parent].left : &nodes[*last].next) = item;
    *last = item;
    return 0;
}

static int parse_key(struct parser *parser, int *name)
{
    *name = parser->value;
    return expect(parser, TOKEN_NAME) != 0 ? -1 : expect(parser, ':');
}

/* The items after the opening bracket, up to the closing one. */
static int parse_items(struct parser *parser, bool hash)
{
    char closer = hash ? '}' : ']';
    int last = JSON_QUERY_NONE;
    int name = JSON_QUERY_NONE;
    int parent = add_node(parser, hash ? JSON_QUERY_HASH : JSON_QUERY_LIST, 0, JSON_QUERY_NONE,
                          JSON_QUERY_NONE);
    while (parent >= 0) {
        if (hash && parse_key(parser, &name) != 0) {
            return -1;
        }
        int value = parse_expression(parser, BIND_ALL);
        if (value < 0 || add_item(parser, parent, &last, name, value) != 0) {
            return -1;
        }
        if (parser->token == closer) {
            return next_token(parser) != 0 ? -1 : parent;
        }
        if (expect(parser, ',') != 0) {
            return -1;
        }
    }
    return -1;
}

/* After a dot. */
static int parse_member(struct parser *parser, int binding)
{
    int opener = parser->token;
    if (opener == TOKEN_NAME) {
        return parse_expression(parser, binding);
    }
    if (opener != '[' && opener != '{') {
        return unexpected(parser);
    }
    return next_token(parser) != 0 ? -1 : parse_items(parser, opener == '{');
}

/* After the star of "[*]": the steps that are made for each element. *right is JSON_QUERY_NONE if
 * there is none. */
static int parse_projected(struct parser *parser, int *right)
{
    if (expect(parser, '*') != 0 || expect(parser, ']') != 0) {
        return -1;
    }
    *right = JSON_QUERY_NONE;
    if (parser->token == '[') {
        *right = parse_expression(parser, BIND_PROJECTION);
        return *right < 0 ? -1 : 0;
    }
    if (parser->token == '.') {
        *right = next_token(parser) != 0 ? -1 : parse_member(parser, BIND_PROJECTION);
        return *right < 0 ? -1 : 0;
    }
    return 0;
}

/* After "[", with left before it or JSON_QUERY_NONE: "N]" or "*]" and what it projects. */
static int parse_bracket(struct parser *parser, int left, size_t start)
{
    int right = JSON_QUERY_NONE;
    if (parser->token == TOKEN_NUMBER) {
        right = add_node(parser, JSON_QUERY_INDEX, parser->value, JSON_QUERY_NONE, JSON_QUERY_NONE);
        if (right < 0 || next_token(parser) != 0) {
            return -1;
        }
        if (parser->token == ':') {
            return unsupported(parser, "slice", start, parser->at);
        }
        if (expect(parser, ']') != 0) {
            return -1;
        }
        return left < 0 ? right : add_node(parser, JSON_QUERY_CHAIN, 0, left, right);
    }
    if (parser->token == ':') {
        return unsupported(parser, "slice", start, parser->at);
    }
    return parse_projected(parser, &right) != 0
               ? -1
               : add_node(parser, JSON_QUERY_PROJECT, 0, left, right);
}

/* The beginning of an expression: a name, a selection, an index, or "[*]" of the value itself. */
static int parse_first(struct parser *parser)
{
    int token = parser->token;
    size_t start = parser->start;
    if (token == TOKEN_NAME) {
        int node =
            add_node(parser, JSON_QUERY_FIELD, parser->value, JSON_QUERY_NONE, JSON_QUERY_NONE);
        return node < 0 || next_token(parser) != 0 ? -1 : node;
    }
    if (token != '[' && token != '{') {
        return unexpected(parser);
    }
    if (next_token(parser) != 0) {
        return -1;
    }
    const char *after = parser->text + parser->at;
    bool star = parser->token == '*' && after[strspn(after, " \t\n\r")] == ']';
    if (token == '[' && (parser->token == TOKEN_NUMBER || parser->token == ':' || star)) {
        return parse_bracket(parser, JSON_QUERY_NONE, start);
    }
    return parse_items(parser, token == '{');
}

/* An operator and what comes after it. */
static int parse_rest(struct parser *parser, int left)
{
    int token = parser->token;
    size_t start = parser->start;
    if (next_token(parser) != 0) {
        return -1;
    }
    if (token == '[') {
        return parse_bracket(parser, left, start);
    }
    int right = token == '.' ? parse_member(parser, BIND_DOT) : parse_expression(parser, BIND_PIPE);
    return right < 0 ? -1 : add_node(parser, JSON_QUERY_CHAIN, 0, left, right);
}

/* Continues while the next operator binds more strongly than binding. */
static int parse_expression(struct parser *parser, int binding)
{
    if (parser->depth == JSON_QUERY_DEPTH_MAX) {
        return err_set(parser->err, ERR_USAGE, "more than %d nested parts", JSON_QUERY_DEPTH_MAX);
    }
    parser->depth++;
    int left = parse_first(parser);
    while (left >= 0) {
        int next = parser->token == '.'   ? BIND_DOT
                   : parser->token == '[' ? BIND_BRACKET
                   : parser->token == '|' ? BIND_PIPE
                                          : BIND_ALL;
        if (next <= binding) {
            break;
        }
        left = parse_rest(parser, left);
    }
    parser->depth--;
    return left;
}

int json_query_parse(struct json_query *query, const char *text, struct err *err)
{
    struct parser parser = {.query = query, .err = err, .text = text};
    query->count = 0;
    query->names_len = 0;
    if (strlen(text) >= JSON_QUERY_SIZE) {
        return err_set(err, ERR_USAGE, "longer than %d bytes", JSON_QUERY_SIZE - 1);
    }
    if (next_token(&parser) != 0) {
        return -1;
    }
    query->root = parse_expression(&parser, BIND_ALL);
    if (query->root < 0) {
        return -1;
    }
    return parser.token == TOKEN_END ? 0 : unexpected(&parser);
}
