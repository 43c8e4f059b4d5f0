/* SPDX-License-Identifier: MIT */
/*
 * Runs queries and output formats for tests/e2e/test_query.py and tests/e2e/test_output.py, which
 * compare them with other programs. A test program, never installed. A request is a format (a number
 * of enum json_format), a query and a JSON text, a response the kind of the error and the output or
 * the message. Each number and each text is followed by a NUL.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/value/json_format.h"
#include "base/value/json_query.h"

enum { MAX = 16 << 20 };

/* False at the end of the input. */
static bool read_text(struct buf *text)
{
    int c = getchar();
    buf_clear(text);
    while (c != EOF && c != '\0') {
        buf_add_char(text, (char)c);
        c = getchar();
    }
    if (buf_failed(text)) {
        exit(1);
    }
    return c != EOF;
}

/* Replaces text by the result of the query. */
static int run_query(const struct buf *query_text, struct buf *text, struct err *err)
{
    static struct json_query query;
    struct json_doc doc = {0};
    struct buf out;
    buf_init(&out, MAX);
    int result = json_query_parse(&query, buf_str(query_text), err);
    if (result == 0) {
        result = json_parse(&doc, buf_str(text), text->len, err);
    }
    if (result == 0) {
        result = json_query_run(&query, &doc, &out, err);
    }
    json_done(&doc);
    buf_done(text);
    *text = out;
    return result;
}

static int run(enum json_format format, const struct buf *query, struct buf *text, struct buf *out,
               struct err *err)
{
    struct json_doc doc = {0};
    int result = query->len > 0 ? run_query(query, text, err) : 0;
    if (result == 0) {
        result = json_parse(&doc, buf_str(text), text->len, err);
    }
    if (result == 0) {
        result = json_format_add(out, format, &doc, err);
    }
    json_done(&doc);
    return result;
}

int main(void)
{
    struct buf format;
    struct buf query;
    struct buf text;
    struct buf out;
    buf_init(&format, MAX);
    buf_init(&query, MAX);
    buf_init(&text, MAX);
    buf_init(&out, MAX);
    while (read_text(&format) && read_text(&query) && read_text(&text)) {
        struct err err = {0};
        buf_clear(&out);
        run((enum json_format)(buf_str(&format)[0] - '0'), &query, &text, &out, &err);
        printf("%d", err.kind);
        putchar('\0');
        fputs(err.kind != ERR_NONE ? err.text : buf_str(&out), stdout);
        putchar('\0');
        fflush(stdout);
    }
    buf_done(&format);
    buf_done(&query);
    buf_done(&text);
    buf_done(&out);
    return 0;
}
