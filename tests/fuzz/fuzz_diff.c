/* SPDX-License-Identifier: MIT */
/* Diffs: the input is two texts apart by a line "%%". The diff of the first and the second, applied
 * to the first, gives the second. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/diff.h"

/* Reads a decimal number at *at. */
static size_t read_number(const char **at)
{
    size_t number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        number = 10 * number + (size_t)(**at - '0');
    }
    return number;
}

static size_t line_len(const char *at, const char *end)
{
    const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    return newline != NULL ? (size_t)(newline - at) + 1 : (size_t)(end - at);
}

/* Copies lines of the old text up to a line number, counted from 1. */
static void copy_until(struct buf *out, struct fuzz_input *old, size_t *line, size_t until)
{
    for (; *line < until && old->len > 0; (*line)++) {
        size_t len = line_len(old->at, old->at + old->len);
        buf_add(out, old->at, len);
        old->at += len;
        old->len -= len;
    }
}

/* A line of the diff, without the newline that the diff adds if the text has none. */
static void apply_line(struct buf *out, struct fuzz_input *old, size_t *line, const char *at,
                       size_t len, const char *end)
{
    size_t kept = at + len < end && at[len] == '\\' ? len - 2 : len - 1;
    if (*at != '+') {
        FUZZ_CHECK(kept <= old->len && memcmp(old->at, at + 1, kept) == 0);
        old->at += kept;
        old->len -= kept;
        (*line)++;
    }
    if (*at != '-') {
        buf_add(out, at + 1, kept);
    }
}

static void apply(struct buf *out, struct fuzz_input old, const struct buf *diff)
{
    const char *end = diff->data + diff->len;
    const char *at = diff->data;
    size_t line = 1;
    for (int header = 0; header < 2; header++) {
        at += line_len(at, end);
    }
    while (at < end) {
        size_t len = line_len(at, end);
        if (*at == '@') {
            const char *number = at + strlen("@@ -");
            size_t start = read_number(&number);
            size_t count = 1;
            if (*number == ',') {
                number++;
                count = read_number(&number);
            }
            copy_until(out, &old, &line, start + (count == 0 ? 1 : 0));
        } else if (*at != '\\') {
            FUZZ_CHECK(*at == ' ' || *at == '+' || *at == '-');
            apply_line(out, &old, &line, at, len, end);
        }
        at += len;
    }
    copy_until(out, &old, &line, SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    struct err err = {0};
    struct buf diff;
    struct buf result;
    struct diff_side from = {.name = "a"};
    struct diff_side to = {.name = "b"};
    char *old = fuzz_part(&input, &from.len);
    char *new = fuzz_part(&input, &to.len);
    from.text = old;
    to.text = new;
    buf_init(&diff, 1 << 24);
    buf_init(&result, 1 << 24);
    FUZZ_CHECK(diff_unified(&from, &to, &diff, &err) == 0);
    bool same = from.len == to.len && memcmp(old, new, to.len) == 0;
    FUZZ_CHECK(same == (diff.len == 0));
    if (!same) {
        apply(&result, (struct fuzz_input){old, from.len}, &diff);
        FUZZ_CHECK(result.len == to.len && memcmp(buf_str(&result), new, to.len) == 0);
    }
    buf_done(&diff);
    buf_done(&result);
    free(old);
    free(new);
    return 0;
}
