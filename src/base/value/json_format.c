/* SPDX-License-Identifier: MIT */
#include "base/value/json_format.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "base/value/yaml_write.h"

const char *const json_format_names[JSON_FORMAT_COUNT + 1] = {
    [JSON_FORMAT_JSON] = "json", [JSON_FORMAT_YAML] = "yaml",     [JSON_FORMAT_ENV] = "env",
    [JSON_FORMAT_CSV] = "csv",   [JSON_FORMAT_STRING] = "string",
};

static bool is_nested(const struct json_doc *doc, int node)
{
    enum json_type type = json_type(doc, node);
    return type == JSON_ARRAY || type == JSON_OBJECT;
}

/* On one line, with a blank after each comma and colon. */
static void add_json(struct buf *out, const struct json_doc *doc, int node)
{
    size_t len = 0;
    bool quoted = false;
    const char *text = json_raw(doc, node, &len);
    for (const char *at = text; at < text + len; at++) {
        bool blank = !quoted && *at <= ' ';
        quoted = quoted != (*at == '"');
        buf_add(out, at, !blank);
        if (quoted && *at == '\\') {
            buf_add_char(out, *++at);
        } else if (!quoted && (*at == ',' || *at == ':')) {
            buf_add_char(out, ' ');
        }
    }
}

/* A string without quotes, nothing for null, and other values as JSON. */
static void add_plain(struct buf *out, const struct json_doc *doc, int node)
{
    if (is_nested(doc, node)) {
        add_json(out, doc, node);
    } else if (json_type(doc, node) != JSON_NULL) {
        json_add_text(doc, node, out);
    }
}

static bool is_variable_name(const char *name, size_t len)
{
    size_t at = 0;
    while (at < len && (isalnum((unsigned char)name[at]) || name[at] == '_')) {
        at++;
    }
    return len > 0 && at == len && !isdigit((unsigned char)name[0]);
}

/* Values are not quoted: readers of such files disagree about quotes, and duploctl writes none. */
static int add_env_line(struct buf *out, const struct json_doc *doc, int key, struct err *err)
{
    size_t start = out->len;
    json_add_text(doc, key, out);
    size_t end = out->len;
    buf_add_char(out, '=');
    add_plain(out, doc, key + 1);
    if (buf_failed(out)) {
        return buf_check(out, err);
    }
    const char *name = out->data + start;
    const char *problem = !is_variable_name(name, end - start) ? "is not a variable's name"
                          : is_nested(doc, key + 1)            ? "is a list or an object"
                          : text_has_control(out->data + end, out->len - end)
                              ? "has a control character in its value"
                              : NULL;
    if (problem != NULL) {
        out->data[end] = '\0';
        return err_set(err, ERR_REJECTED, "env: \"%.60s\" %s", name, problem);
    }
    buf_add_char(out, '\n');
    return 0;
}

static int add_env(struct buf *out, const struct json_doc *doc, struct err *err)
{
    int result = 0;
    if (json_type(doc, JSON_ROOT) != JSON_OBJECT) {
        return err_set(err, ERR_REJECTED, "env: not an object");
    }
    for (int key = json_first_key(doc, JSON_ROOT); key != JSON_NONE && result == 0;
         key = json_next_key(doc, JSON_ROOT, key)) {
        result = add_env_line(out, doc, key, err);
    }
    return result;
}

/* A cell is quoted if it has to be: a row of one empty cell would be an empty line. */
static void add_cell(struct buf *out, const char *text, bool alone)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0' && !(alone && text[0] == '\0')) {
        buf_add_str(out, text);
    } else {
        buf_add_quoted(out, '"', text);
    }
}

/* A row with the columns of head, or their names if row is JSON_NONE. text is scratch. */
static int add_row(struct buf *out, const struct json_doc *doc, int head, int row, struct buf *text,
                   struct err *err)
{
    int members = 0; /* of the row that have no column */
    for (int key = json_first_key(doc, row); key != JSON_NONE; key = json_next_key(doc, row, key)) {
        members++;
    }
    int first = json_first_key(doc, head);
    bool alone = first != JSON_NONE && json_next_key(doc, head, first) == JSON_NONE;
    for (int key = first; key != JSON_NONE; key = json_next_key(doc, head, key)) {
        int node = key;
        buf_clear(text);
        json_add_text(doc, key, text);
        if (buf_check(text, err) != 0 ||
            (row != JSON_NONE && json_member(doc, row, buf_str(text), &node, err) != 0)) {
            return -1;
        }
        buf_clear(text);
        if (node != JSON_NONE) {
            add_plain(text, doc, node);
            members--;
        }
        if (buf_check(text, err) != 0) {
            return -1;
        }
        buf_add_str(out, key == first ? "" : ",");
        add_cell(out, buf_str(text), alone);
    }
    buf_add_str(out, "\r\n");
    return members <= 0 ? 0
                        : err_set(err, ERR_REJECTED,
                                  "csv: a row has a member that the first row does not have");
}

static int add_csv(struct buf *out, const struct json_doc *doc, struct err *err)
{
    bool list = json_type(doc, JSON_ROOT) == JSON_ARRAY;
    int head = list ? json_first(doc, JSON_ROOT) : JSON_ROOT;
    int result = 0;
    struct buf text;
    buf_init(&text, out->max);
    for (int row = head; row != JSON_NONE && result == 0;
         row = list ? json_next(doc, JSON_ROOT, row) : JSON_NONE) {
        if (json_type(doc, row) != JSON_OBJECT) {
            result = err_set(err, ERR_REJECTED, "csv: neither an object nor a list of objects");
        } else if (row == head) {
            result = add_row(out, doc, head, JSON_NONE, &text, err);
        }
        if (result == 0) {
            result = add_row(out, doc, head, row, &text, err);
        }
    }
    buf_done(&text);
    return result;
}

static int add_document(struct buf *out, enum json_format format, const struct json_doc *doc,
                        struct err *err)
{
    switch (format) {
    case JSON_FORMAT_ENV:
        return add_env(out, doc, err);
    case JSON_FORMAT_CSV:
        return add_csv(out, doc, err);
    case JSON_FORMAT_YAML:
        yaml_write(out, doc);
        return 0;
    case JSON_FORMAT_STRING:
        add_plain(out, doc, JSON_ROOT);
        break;
    default:
        add_json(out, doc, JSON_ROOT);
    }
    buf_add_char(out, '\n');
    return 0;
}

int json_format_text(struct buf *text, enum json_format format, struct err *err)
{
    struct json_doc doc;
    struct buf json = *text;
    buf_init(text, json.max);
    int result = json_parse(&doc, buf_str(&json), json.len, err);
    if (result == 0) {
        result = add_document(text, format, &doc, err);
    }
    json_done(&doc);
    buf_done(&json);
    return result != 0 ? -1 : buf_check(text, err);
}
