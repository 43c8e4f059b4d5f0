/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/base64.h>

#include "base/buf.h"

void fuzz_check(bool holds, const char *file, int line, const char *condition)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
        abort();
    }
}

struct fuzz_input fuzz_begin(const uint8_t *data, size_t len)
{
    return (struct fuzz_input){(const char *)data, len};
}

static void skip(struct fuzz_input *input, size_t len)
{
    input->at += len;
    input->len -= len;
}

void fuzz_line(struct fuzz_input *input, char *out, size_t size)
{
    const char *end = input->len > 0 ? memchr(input->at, '\n', input->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - input->at) : input->len;
    size_t copied = len < size ? len : size - 1;
    if (copied > 0) {
        memcpy(out, input->at, copied);
    }
    out[copied] = '\0';
    skip(input, len + (end != NULL ? 1 : 0));
}

char *fuzz_part(struct fuzz_input *input, size_t *len)
{
    static const char mark[] = "\n%%\n";
    size_t mark_len = sizeof(mark) - 1;
    const char *end = input->len > 0 ? memmem(input->at, input->len, mark, mark_len) : NULL;
    size_t part_len = end != NULL ? (size_t)(end - input->at) + 1 : input->len;
    char *part = malloc(part_len + 1);
    if (part == NULL) {
        abort();
    }
    if (part_len > 0) {
        memcpy(part, input->at, part_len);
    }
    part[part_len] = '\0';
    if (len != NULL) {
        *len = part_len;
    }
    skip(input, end != NULL ? part_len + mark_len - 1 : part_len);
    return part;
}

char *fuzz_copy(const char *data, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        abort();
    }
    if (len > 0) {
        memcpy(copy, data, len);
    }
    return copy;
}

bool fuzz_same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

void fuzz_check_err(const struct err *err)
{
    FUZZ_CHECK(err->kind > ERR_INTERNAL && err->kind <= ERR_CANCELLED);
    FUZZ_CHECK(err->text[0] != '\0');
    for (const char *at = err->text; *at != '\0'; at++) {
        FUZZ_CHECK((unsigned char)*at >= ' ' && *at != 0x7f);
    }
}

void fuzz_encode_jwt(struct buf *token, const char *payload, size_t len)
{
    unsigned char *room = malloc(2 * len + 8);
    size_t written = 0;
    FUZZ_CHECK(room != NULL && mbedtls_base64_encode(room, 2 * len + 8, &written,
                                                     (const unsigned char *)payload, len) == 0);
    buf_add_str(token, "e30.");
    for (size_t i = 0; i < written && room[i] != '='; i++) {
        buf_add_char(token, room[i] == '+' ? '-' : room[i] == '/' ? '_' : (char)room[i]);
    }
    buf_add_str(token, ".c2ln");
    free(room);
}
