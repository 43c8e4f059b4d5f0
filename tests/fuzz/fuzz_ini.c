/* SPDX-License-Identifier: MIT */
/* Edits of AWS files: lines for kind, profile, key and value; the rest is the file. The value is
 * read back, the same edit changes nothing more, no other line and no other profile changes, and
 * removing a key that was not there before restores the text. */
#include "fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "aws/ini/ini.h"

struct request {
    enum ini_kind kind;
    char profile[64];
    struct ini_edit edit;
};

static int edit(const struct request *request, const char *value, const char *text, size_t len,
                struct buf *out)
{
    struct ini_edit one = {.key = request->edit.key, .value = value};
    struct ini_doc doc = {0};
    struct err err = {0};
    buf_init(out, 1 << 20);
    int result = ini_parse(&doc, request->kind, text, len, &err);
    result = result == 0 ? ini_edit(&doc, request->profile, &one, 1, out, &err) : -1;
    if (result != 0) {
        fuzz_check_err(&err);
    }
    ini_done(&doc);
    return result;
}

static bool get(const struct ini_doc *doc, const char *profile, const char *key, struct buf *out)
{
    struct err err = {0};
    bool found = false;
    buf_init(out, 1 << 20);
    FUZZ_CHECK(ini_get(doc, profile, key, out, &found, &err) == 0);
    return found;
}

/* The other profiles have the same value for the key. */
static void check_others(const struct request *request, const struct ini_doc *before,
                         const struct ini_doc *after)
{
    char other[256];
    const char *name = NULL;
    size_t at = 0;
    size_t len = 0;
    while (ini_next_profile(before, &at, &name, &len)) {
        struct buf old;
        struct buf new;
        if (len >= sizeof(other) || memchr(name, '\0', len) != NULL) {
            continue;
        }
        memcpy(other, name, len);
        other[len] = '\0';
        if (strcmp(other, request->profile) != 0) {
            bool found = get(before, other, request->edit.key, &old);
            FUZZ_CHECK(get(after, other, request->edit.key, &new) == found);
            FUZZ_CHECK(fuzz_same(&old, &new));
            buf_done(&old);
            buf_done(&new);
        }
    }
}

/* Whether the edit must not change a line: it does not begin with blanks, is no header and has not
 * the key. */
static bool is_fixed(const struct request *request, const char *line, size_t len)
{
    size_t key_len = strlen(request->edit.key);
    if (len == 0 || !isgraph((unsigned char)line[0]) || line[0] == '[') {
        return false;
    }
    for (size_t i = 0; i + key_len <= len; i++) {
        if (strncasecmp(line + i, request->edit.key, key_len) == 0) {
            return false;
        }
    }
    return memchr(line, '\r', len) == NULL;
}

/* The lines that must not change are in the new text, in their order. */
static void check_lines(const struct request *request, const char *text, size_t len,
                        const struct buf *out)
{
    const char *at = buf_str(out);
    const char *end = at + out->len;
    while (len > 0) {
        const char *newline = memchr(text, '\n', len);
        size_t line_len = newline != NULL ? (size_t)(newline - text) : len;
        if (is_fixed(request, text, line_len)) {
            while (at + line_len <= end &&
                   (memcmp(at, text, line_len) != 0 || (at != out->data && at[-1] != '\n'))) {
                at++;
            }
            FUZZ_CHECK(at + line_len <= end);
            at += line_len;
        }
        line_len += newline != NULL ? 1 : 0;
        text += line_len;
        len -= line_len;
    }
}

/* The lines that begin with "[", all in out. */
static void headers_of(const char *text, size_t len, struct buf *out)
{
    buf_init(out, 1 << 20);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '[' && (i == 0 || text[i - 1] == '\n')) {
            const char *end = memchr(text + i, '\n', len - i);
            buf_add(out, text + i, end != NULL ? (size_t)(end - text) - i : len - i);
        }
    }
}

/* Some headers are changed so that all tools read them. */
static bool keeps_headers(const char *text, size_t len, const struct buf *out)
{
    struct buf old;
    struct buf new;
    headers_of(text, len, &old);
    headers_of(buf_str(out), out->len, &new);
    bool keeps = fuzz_same(&old, &new);
    buf_done(&old);
    buf_done(&new);
    return keeps;
}

static void check_edit(const struct request *request, const char *text, size_t len,
                       const struct buf *out)
{
    struct ini_doc before = {0};
    struct ini_doc after = {0};
    struct err err = {0};
    struct buf value;
    struct buf again;
    struct buf removed;
    struct buf unset;
    FUZZ_CHECK(ini_parse(&before, request->kind, text, len, &err) == 0);
    FUZZ_CHECK(ini_parse(&after, request->kind, buf_str(out), out->len, &err) == 0);
    FUZZ_CHECK(get(&after, request->profile, request->edit.key, &value));
    FUZZ_CHECK(strcmp(buf_str(&value), request->edit.value) == 0);
    FUZZ_CHECK(edit(request, request->edit.value, buf_str(out), out->len, &again) == 0);
    FUZZ_CHECK(fuzz_same(&again, out));
    if (len == 0 ||
        text[len - 1] != '\r') { /* with the newline that an edit adds it is a line end */
        check_others(request, &before, &after);
    }
    check_lines(request, text, len, out);
    if (keeps_headers(text, len, out) && len > 0 && text[len - 1] == '\n' &&
        edit(request, NULL, text, len, &unset) == 0) {
        FUZZ_CHECK(edit(request, NULL, buf_str(out), out->len, &removed) == 0);
        if (unset.len == len && memcmp(unset.data, text, len) == 0) {
            FUZZ_CHECK(fuzz_same(&removed, &unset));
        }
        buf_done(&removed);
        buf_done(&unset);
    }
    buf_done(&value);
    buf_done(&again);
    ini_done(&before);
    ini_done(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    struct request request = {.kind = INI_CONFIG};
    struct buf out;
    char kind[16];
    char key[32];
    char value[64];
    fuzz_line(&input, kind, sizeof(kind));
    fuzz_line(&input, request.profile, sizeof(request.profile));
    fuzz_line(&input, key, sizeof(key));
    fuzz_line(&input, value, sizeof(value));
    request.kind = strcmp(kind, "credentials") == 0 ? INI_CREDENTIALS : INI_CONFIG;
    request.edit = (struct ini_edit){.key = key, .value = value};
    char *text = fuzz_copy(input.at, input.len);
    if (edit(&request, value, text, input.len, &out) == 0) {
        check_edit(&request, text, input.len, &out);
    }
    buf_done(&out);
    free(text);
    return 0;
}
