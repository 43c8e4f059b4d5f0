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
    static const char words[] = "true\0false\0yes\0no\0on\0off\0y\0n\0null\0";
    const char *word = words;
    while (*word != '\0' && !text_equal_nocase(text, word)) {
        word += strlen(word) + 1;
    }
    return *word != '\0';
}

/* Numbers, dates and indicators do not begin with a letter, so a plain string does. */
static bool is_plain(const char *text)
{
    char last = text[0];
    for (const char *at = text; *at != '\0'; at++) {
        last = *at;
        if ((at[0] == ':' && at[1] == ' ') || (at[0] == ' ' && at[1] == '#')) {
            return false;
        }
    }
    return (isalpha((unsigned char)text[0]) || text[0] == '_' || text[0] == '/') && last != ':' &&
           last != ' ' && !is_reserved(text);
}

static bool is_printable(uint32_t code)
{
    return code >= 0x20 && code < 0x7f;
}

static void add_double_quoted(struct buf *out, const char *text)
{
    static const char escaped[] = "\n\t\r\"\\";
    static const char letters[] = "ntr\"\\";
    buf_add_char(out, '"');
    while (*text != '\0') {
        uint32_t code = 0;
        const char *escape = strchr(escaped, *text);
        text += utf8_decode(text, strlen(text), &code);
        if (escape != NULL) {
            buf_add_fmt(out, "\\%c", letters[escape - escaped]);
        } else if (is_printable(code)) {
            buf_add_char(out, (char)code);
        } else {
            buf_add_fmt(out, code > 0xFFFF ? "\\U%08X" : "\\u%04X", (unsigned)code);
        }
    }
    buf_add_char(out, '"');
}

static void add_string(struct buf *out, const char *text)
{
    const char *end = text;
    while (is_printable((unsigned char)*end)) {
        end++;
    }
    if (*end != '\0') {
        add_double_quoted(out, text);
    } else if (is_plain(text)) {
        buf_add_str(out, text);
    } else {
        buf_add_quoted(out, '\'', text);
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
    enum json_type type = json_type(doc, node);
    bool object = type == JSON_OBJECT;
    int child = object ? json_first_key(doc, node) : json_first(doc, node);
    if (child == JSON_NONE && type >= JSON_ARRAY) {
        buf_add_str(out, object ? "{}" : "[]");
    } else if (child == JSON_NONE) {
        add_scalar(out, doc, node);
    }
    while (child != JSON_NONE) {
        if (object) {
            add_key(out, doc, child, indent);
            yaml_write_member(out, doc, child + 1, indent);
            child = json_next_key(doc, node, child);
        } else {
            buf_add_str(out, "- ");
            yaml_write_node(out, doc, child, indent + 2);
            child = json_next(doc, node, child);
        }
        if (child != JSON_NONE) {
            add_line(out, indent);
        }
    }
}

void yaml_write(struct buf *out, const struct json_doc *doc)
{
    yaml_write_node(out, doc, JSON_ROOT, 0);
    buf_add_char(out, '\n');
}
