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

static int run(enum json_format format, const struct buf *query, struct buf *text, struct err *err)
{
    if (query->len > 0 && (json_query_check(buf_str(query), err) != 0 ||
                           json_query_run(buf_str(query), text, err) != 0)) {
        return -1;
    }
    return json_format_text(text, format, err);
}

int main(void)
{
    struct buf format;
    struct buf query;
    struct buf text;
    buf_init(&format, MAX);
    buf_init(&query, MAX);
    buf_init(&text, MAX);
    while (read_text(&format) && read_text(&query) && read_text(&text)) {
        struct err err = {0};
        run((enum json_format)(buf_str(&format)[0] - '0'), &query, &text, &err);
        printf("%d", err.kind);
        putchar('\0');
        fputs(err.kind != ERR_NONE ? err.text : buf_str(&text), stdout);
        putchar('\0');
        fflush(stdout);
    }
    buf_done(&format);
    buf_done(&query);
    buf_done(&text);
    return 0;
}
