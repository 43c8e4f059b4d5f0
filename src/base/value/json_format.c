/* SPDX-License-Identifier: MIT */
#include "base/value/json_format.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
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

/* Keys are copied as they are written, with their escapes. */
static void write_json(struct json_writer *writer, const struct json_doc *doc, int node)
{
    size_t len = 0;
    const char *text = json_raw(doc, node, &len);
    switch (json_type(doc, node)) {
    case JSON_OBJECT:
        json_begin_object(writer);
        for (int key = json_first_key(doc, node); key != JSON_NONE;
             key = json_next_key(doc, node, key)) {
            text = json_raw(doc, key, &len);
            json_write_raw(writer, text, len);
            buf_add_str(writer->out, ": ");
            writer->comma = false;
            write_json(writer, doc, key + 1);
        }
        json_end_object(writer);
        break;
    case JSON_ARRAY:
        json_begin_array(writer);
        for (int item = json_first(doc, node); item != JSON_NONE;
             item = json_next(doc, node, item)) {
            write_json(writer, doc, item);
        }
        json_end_array(writer);
        break;
    default:
        json_write_raw(writer, text, len);
    }
}

static void add_json(struct buf *out, const struct json_doc *doc, int node)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    writer.spaced = true;
    write_json(&writer, doc, node);
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
    if (!buf_failed(out) && !is_variable_name(out->data + start, out->len - start)) {
        return err_set(err, ERR_REJECTED, "env: \"%.60s\" is not a variable's name",
                       out->data + start);
    }
    if (is_nested(doc, key + 1)) {
        return err_set(err, ERR_REJECTED, "env: \"%.60s\" is a list or an object",
                       buf_str(out) + start);
    }
    size_t value = out->len + 1;
    buf_add_char(out, '=');
    add_plain(out, doc, key + 1);
    if (!buf_failed(out) && text_has_control(out->data + value, out->len - value)) {
        out->data[value - 1] = '\0';
        return err_set(err, ERR_REJECTED, "env: the value of \"%.60s\" has a control character",
                       out->data + start);
    }
    buf_add_char(out, '\n');
    return buf_check(out, err);
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

/* Quoted if it has to be: a row of one empty cell would be an empty line. */
static void add_cell(struct buf *out, const char *text, bool alone)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0' && !(alone && text[0] == '\0')) {
        buf_add_str(out, text);
        return;
    }
    buf_add_char(out, '"');
    for (; *text != '\0'; text++) {
        buf_add_str(out, *text == '"' ? "\"" : "");
        buf_add_char(out, *text);
    }
    buf_add_char(out, '"');
}

static int count_keys(const struct json_doc *doc, int object)
{
    int count = 0;
    for (int key = json_first_key(doc, object); key != JSON_NONE;
         key = json_next_key(doc, object, key)) {
        count++;
    }
    return count;
}

/* Replaces the name in text by the value of the row's member of that name. */
static int find_cell(struct buf *text, const struct json_doc *doc, int row, int *found,
                     struct err *err)
{
    int node = JSON_NONE;
    if (json_member(doc, row, buf_str(text), &node, err) != 0) {
        return -1;
    }
    buf_clear(text);
    if (node != JSON_NONE) {
        add_plain(text, doc, node);
        ++*found;
    }
    return 0;
}

/* A row with the columns of head, or their names if row is JSON_NONE. text is scratch. */
static int add_row(struct buf *out, const struct json_doc *doc, int head, int row, struct buf *text,
                   struct err *err)
{
    int columns = count_keys(doc, head);
    int found = 0;
    for (int key = json_first_key(doc, head); key != JSON_NONE;
         key = json_next_key(doc, head, key)) {
        buf_add_str(out, key == head + 1 ? "" : ",");
        buf_clear(text);
        json_add_text(doc, key, text);
        if ((row != JSON_NONE && find_cell(text, doc, row, &found, err) != 0) ||
            buf_check(text, err) != 0) {
            return -1;
        }
        add_cell(out, buf_str(text), columns == 1);
    }
    buf_add_str(out, "\r\n");
    if (row != JSON_NONE && found < count_keys(doc, row)) {
        return err_set(err, ERR_REJECTED,
                       "csv: a row has a member that the first row does not have");
    }
    return 0;
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

int json_format_add(struct buf *out, enum json_format format, const struct json_doc *doc,
                    struct err *err)
{
    int result = 0;
    switch (format) {
    case JSON_FORMAT_ENV:
        result = add_env(out, doc, err);
        break;
    case JSON_FORMAT_CSV:
        result = add_csv(out, doc, err);
        break;
    case JSON_FORMAT_YAML:
        yaml_write(out, doc);
        break;
    case JSON_FORMAT_STRING:
        add_plain(out, doc, JSON_ROOT);
        buf_add_char(out, '\n');
        break;
    default:
        add_json(out, doc, JSON_ROOT);
        buf_add_char(out, '\n');
    }
    return result != 0 ? result : buf_check(out, err);
}
