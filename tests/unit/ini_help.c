/* SPDX-License-Identifier: MIT */
#include "ini_help.h"

#include <stdlib.h>
#include <string.h>

struct ini_doc ini_help_parse(enum ini_kind kind, const char *text, size_t len)
{
    struct ini_doc doc;
    struct err err = {.kind = ERR_NONE};
    if (ini_parse(&doc, kind, text, len, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return doc;
}

char *ini_help_edit(enum ini_kind kind, struct ini_span text, const char *profile,
                    const struct ini_edit *edits, size_t count, size_t *out_len, struct err *err)
{
    struct ini_doc doc = ini_help_parse(kind, text.at, text.len);
    struct buf out;
    char *copy = NULL;
    *err = (struct err){.kind = ERR_NONE};
    *out_len = 0;
    buf_init(&out, INI_HELP_MAX);
    if (ini_edit(&doc, profile, edits, count, &out, err) == 0) {
        copy = malloc(out.len + 1);
        assert_non_null(copy);
        memcpy(copy, buf_str(&out), out.len + 1);
        *out_len = out.len;
    } else {
        assert_int_equal(out.len, 0);
    }
    buf_done(&out);
    ini_done(&doc);
    return copy;
}

char *ini_help_get(enum ini_kind kind, struct ini_span text, const char *profile, const char *key)
{
    struct ini_doc doc = ini_help_parse(kind, text.at, text.len);
    struct err err = {.kind = ERR_NONE};
    struct buf out;
    bool found = false;
    char *value = NULL;
    buf_init(&out, INI_HELP_MAX);
    assert_int_equal(ini_get(&doc, profile, key, &out, &found, &err), 0);
    if (found) {
        value = strdup(buf_str(&out));
    }
    buf_done(&out);
    ini_done(&doc);
    return value;
}

void ini_help_same(const char *name, struct ini_span got, struct ini_span wanted)
{
    if (!ini_span_equal(got, wanted)) {
        fail_msg("%s: got\n%.*s\ninstead of\n%.*s", name, (int)got.len, got.at, (int)wanted.len,
                 wanted.at);
    }
}

struct ini_span ini_help_span(const char *text)
{
    return (struct ini_span){text, strlen(text)};
}
