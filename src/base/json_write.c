/* SPDX-License-Identifier: MIT */
#include "base/json_write.h"

#include <string.h>

#include "base/buf.h"

void json_writer_init(struct json_writer *writer, struct buf *out)
{
    *writer = (struct json_writer){.out = out};
}

static void break_line(struct json_writer *writer)
{
    if (writer->breaks) {
        buf_add_fmt(writer->out, "\n%*s", writer->indent, "");
    }
    writer->breaks = false;
}

/* What comes between the token before and a key or a value; after a key that is nothing. */
static void separate(struct json_writer *writer)
{
    if (writer->comma) {
        buf_add_str(writer->out, writer->spaced && !writer->breaks ? ", " : ",");
    }
    break_line(writer);
    writer->comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
    separate(writer);
    buf_add_char(writer->out, bracket);
    writer->comma = false;
}

static void end(struct json_writer *writer, char bracket)
{
    break_line(writer);
    buf_add_char(writer->out, bracket);
    writer->comma = true;
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
    end(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
    end(writer, ']');
}

/* In stretches between the characters that are escaped: the portal's texts have few of those. */
static void add_string(struct buf *out, const char *text)
{
    buf_add_char(out, '"');
    for (const char *start = text;; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        buf_add(out, start, (size_t)(text - start));
        if (c == '\0') {
            break;
        }
        buf_add_fmt(out, c < 0x20 ? "\\u%04x" : "\\%c", (unsigned)c);
        start = text + 1;
    }
    buf_add_char(out, '"');
}

void json_write_key(struct json_writer *writer, const char *name)
{
    separate(writer);
    add_string(writer->out, name);
    buf_add_str(writer->out, writer->spaced ? ": " : ":");
    writer->comma = false;
}

void json_write_string(struct json_writer *writer, const char *text)
{
    separate(writer);
    add_string(writer->out, text);
}

void json_write_raw(struct json_writer *writer, const char *json, size_t len)
{
    separate(writer);
    buf_add(writer->out, json, len);
}

void json_write_int(struct json_writer *writer, int64_t value)
{
    separate(writer);
    buf_add_fmt(writer->out, "%lld", (long long)value);
}

void json_write_bool(struct json_writer *writer, bool value)
{
    const char *word = value ? "true" : "false";
    json_write_raw(writer, word, strlen(word));
}

void json_write_null(struct json_writer *writer)
{
    json_write_raw(writer, "null", 4);
}

void json_put_string(struct json_writer *writer, const char *name, const char *text)
{
    json_write_key(writer, name);
    json_write_string(writer, text);
}

void json_put_int(struct json_writer *writer, const char *name, int64_t value)
{
    json_write_key(writer, name);
    json_write_int(writer, value);
}

void json_put_bool(struct json_writer *writer, const char *name, bool value)
{
    json_write_key(writer, name);
    json_write_bool(writer, value);
}

void json_write_line(struct json_writer *writer, int indent)
{
    writer->breaks = true;
    writer->indent = indent;
}
