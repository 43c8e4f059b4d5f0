/* SPDX-License-Identifier: MIT */
#include "base/value/yaml_write.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"

/* Readers accept a longer key only after "? ". PyYAML changes over at the same length. */
enum { KEY_MAX = 128 };

/* Plain words that readers of YAML 1.1 or 1.2 take for a boolean or null. */
static bool is_reserved(const char *text)
{
    static const char words[][6] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equal_nocase(text, words[i])) {
            return true;
        }
    }
    return false;
}

/* Numbers, dates and indicators do not begin with a letter, so a plain string does. */
static bool is_plain(const char *text)
{
    size_t len = strlen(text);
    return (isalpha((unsigned char)text[0]) || text[0] == '_' || text[0] == '/') &&
           strstr(text, ": ") == NULL && strstr(text, " #") == NULL && text[len - 1] != ':' &&
           text[len - 1] != ' ' && !is_reserved(text);
}

static bool is_printable(const char *text)
{
    while (*text >= 0x20 && *text < 0x7f) {
        text++;
    }
    return *text == '\0';
}

static void add_double_quoted(struct buf *out, const char *text)
{
    buf_add_char(out, '"');
    while (*text != '\0') {
        uint32_t code = 0;
        text += utf8_decode(text, strlen(text), &code);
        if (code == '\n' || code == '\t' || code == '\r') {
            buf_add_fmt(out, "\\%c", code == '\n' ? 'n' : code == '\t' ? 't' : 'r');
        } else if (code == '"' || code == '\\') {
            buf_add_fmt(out, "\\%c", (int)code);
        } else if (code >= 0x20 && code < 0x7f) {
            buf_add_char(out, (char)code);
        } else {
            buf_add_fmt(out,
                        code > 0xFFFF ? "\\U%08X"
                        : code > 0xFF ? "\\u%04X"
                                      : "\\x%02X",
                        (unsigned)code);
        }
    }
    buf_add_char(out, '"');
}

static void add_single_quoted(struct buf *out, const char *text)
{
    buf_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        buf_add_str(out, *text == '\'' ? "'" : "");
        buf_add_char(out, *text);
    }
    buf_add_char(out, '\'');
}

static void add_string(struct buf *out, const char *text)
{
    if (!is_printable(text)) {
        add_double_quoted(out, text);
    } else if (is_plain(text)) {
        buf_add_str(out, text);
    } else {
        add_single_quoted(out, text);
    }
}

/* YAML 1.1 takes 1e5 for a string: its numbers with an exponent have a point and a sign. */
static void add_number(struct buf *out, const char *text)
{
    size_t mantissa = strcspn(text, "eE");
    const char *exponent = text + mantissa;
    buf_add(out, text, mantissa);
    if (*exponent == '\0') {
        return;
    }
    bool point = memchr(text, '.', mantissa) != NULL;
    bool sign = exponent[1] == '-' || exponent[1] == '+';
    buf_add_fmt(out, "%se%s%s", point ? "" : ".0", sign ? "" : "+", exponent + 1);
}

static void add_scalar(struct buf *out, const struct json_doc *doc, int node)
{
    char storage[256];
    struct buf text;
    buf_init_in(&text, storage, sizeof(storage), out->max);
    json_add_text(doc, node, &text);
    if (buf_failed(&text)) {
        out->failure = text.failure;
    }
    enum json_type type = json_type(doc, node);
    (type == JSON_STRING   ? add_string
     : type == JSON_NUMBER ? add_number
                           : buf_add_str)(out, buf_str(&text));
    buf_done(&text);
}

static void add_line(struct buf *out, int indent)
{
    buf_add_fmt(out, "\n%*s", indent, "");
}

static void add_key(struct buf *out, const struct json_doc *doc, int key, int indent)
{
    size_t start = out->len;
    add_scalar(out, doc, key);
    if (out->len - start > KEY_MAX) {
        out->len = start;
        buf_add_str(out, "? ");
        add_scalar(out, doc, key);
        add_line(out, indent);
    }
    buf_add_char(out, ':');
}

void yaml_write_member(struct buf *out, const struct json_doc *doc, int node, int indent)
{
    bool object = json_first_key(doc, node) != JSON_NONE;
    bool list = json_first(doc, node) != JSON_NONE;
    int inner = object ? indent + 2 : indent;
    if (object || list) {
        add_line(out, inner);
    } else {
        buf_add_char(out, ' ');
    }
    yaml_write_node(out, doc, node, inner);
}

void yaml_write_node(struct buf *out, const struct json_doc *doc, int node, int indent)
{
    int first_key = json_first_key(doc, node);
    int first_item = json_first(doc, node);
    for (int key = first_key; key != JSON_NONE; key = json_next_key(doc, node, key)) {
        if (key != first_key) {
            add_line(out, indent);
        }
        add_key(out, doc, key, indent);
        yaml_write_member(out, doc, key + 1, indent);
    }
    for (int item = first_item; item != JSON_NONE; item = json_next(doc, node, item)) {
        if (item != first_item) {
            add_line(out, indent);
        }
        buf_add_str(out, "- ");
        yaml_write_node(out, doc, item, indent + 2);
    }
    if (first_key == JSON_NONE && first_item == JSON_NONE) {
        enum json_type type = json_type(doc, node);
        if (type == JSON_OBJECT || type == JSON_ARRAY) {
            buf_add_str(out, type == JSON_OBJECT ? "{}" : "[]");
        } else {
            add_scalar(out, doc, node);
        }
    }
}

void yaml_write(struct buf *out, const struct json_doc *doc)
{
    yaml_write_node(out, doc, JSON_ROOT, 0);
    buf_add_char(out, '\n');
}
