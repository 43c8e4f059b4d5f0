/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { BUF_FIRST_CAP = 256 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_init_in(struct buf *buf, char *storage, size_t size, size_t max)
{
    *buf = (struct buf){.data = storage, .cap = size, .max = max, .storage = storage};
    storage[0] = '\0';
}

void buf_done(struct buf *buf)
{
    if (buf == NULL) {
        return;
    }
    if (buf->data != NULL) {
        /* The caller's storage was only ever written up to len, or up to a longer content that
         * buf_clear has wiped. */
        explicit_bzero(buf->data, buf->data == buf->storage ? buf->len : buf->cap);
    }
    if (buf->data != buf->storage) {
        free(buf->data);
    }
    *buf = (struct buf){.max = buf->max};
}

void buf_clear(struct buf *buf)
{
    if (buf->data != NULL) {
        explicit_bzero(buf->data, buf->cap);
    }
    buf->len = 0;
}

/* Not realloc: it could leave a copy behind that nobody wipes. */
static int grow(struct buf *buf, size_t need, struct err *err)
{
    size_t cap = buf->cap == 0 ? BUF_FIRST_CAP : buf->cap;
    while (cap < need) {
        cap *= 2;
    }
    char *data = malloc(cap);
    if (data == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%zu bytes)", cap);
    }
    size_t len = buf->len;
    if (len > 0) {
        memcpy(data, buf->data, len);
    }
    data[len] = '\0';
    buf_done(buf);
    buf->data = data;
    buf->len = len;
    buf->cap = cap;
    return 0;
}

char *buf_reserve(struct buf *buf, size_t len, struct err *err)
{
    if (len > buf->max - buf->len) {
        err_set(err, ERR_INTERNAL, "larger than the limit of %zu bytes", buf->max);
        return NULL;
    }
    size_t need = buf->len + len + 1;
    if (need > buf->cap && grow(buf, need, err) != 0) {
        return NULL;
    }
    return buf->data + buf->len;
}

int buf_add(struct buf *buf, const void *data, size_t len, struct err *err)
{
    char *room = buf_reserve(buf, len, err);
    if (room == NULL) {
        return -1;
    }
    if (len > 0) {
        memcpy(room, data, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_add_str(struct buf *buf, const char *str, struct err *err)
{
    return buf_add(buf, str, strlen(str), err);
}

int buf_add_parts(struct buf *buf, const char *const *parts, size_t count, struct err *err)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = buf_add_str(buf, parts[i], err);
    }
    return result;
}

int buf_add_vfmt(struct buf *buf, struct err *err, const char *format, va_list args)
{
    va_list first;
    size_t spare = buf->data == NULL ? 0 : buf->cap - buf->len;
    va_copy(first, args);
    int len = vsnprintf(spare > 0 ? buf->data + buf->len : NULL, spare, format, first);
    va_end(first);
    if (len < 0) {
        return err_set(err, ERR_INTERNAL, "cannot format a text");
    }
    if ((size_t)len < spare && (size_t)len <= buf->max - buf->len) {
        buf->len += (size_t)len;
        return 0;
    }
    if (spare > 0) {
        buf->data[buf->len] = '\0';
    }
    char *room = buf_reserve(buf, (size_t)len, err);
    if (room == NULL) {
        return -1;
    }
    vsnprintf(room, (size_t)len + 1, format, args);
    buf->len += (size_t)len;
    return 0;
}

int buf_add_fmt(struct buf *buf, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = buf_add_vfmt(buf, err, format, args);
    va_end(args);
    return result;
}

const char *buf_str(const struct buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}
