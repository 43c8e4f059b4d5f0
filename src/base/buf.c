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
        /* The caller's storage is written up to len only; buf_clear has wiped a longer content. */
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
    buf->failure = BUF_FINE;
}

/* Not realloc, which could leave a copy that is never wiped. */
static bool grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap == 0 ? BUF_FIRST_CAP : buf->cap;
    while (cap < need) {
        cap *= 2;
    }
    char *data = malloc(cap);
    if (data == NULL) {
        return false;
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
    return true;
}

/* Why there is no room for len more bytes; BUF_FINE after making it. */
static enum buf_failure make_room(struct buf *buf, size_t len)
{
    if (buf->failure != BUF_FINE) {
        return buf->failure;
    }
    if (len > buf->max - buf->len) {
        return BUF_TOO_LARGE;
    }
    size_t need = buf->len + len + 1;
    return need <= buf->cap || grow(buf, need) ? BUF_FINE : BUF_NO_MEMORY;
}

static int report(const struct buf *buf, enum buf_failure failure, struct err *err)
{
    switch (failure) {
    case BUF_TOO_LARGE:
        return err_set(err, ERR_INTERNAL, "larger than the limit of %zu bytes", buf->max);
    case BUF_NO_MEMORY:
        return err_set(err, ERR_INTERNAL, "out of memory");
    case BUF_NO_FORMAT:
        return err_set(err, ERR_INTERNAL, "cannot format a text");
    default:
        return 0;
    }
}

char *buf_reserve(struct buf *buf, size_t len, struct err *err)
{
    return report(buf, make_room(buf, len), err) == 0 ? buf->data + buf->len : NULL;
}

bool buf_failed(const struct buf *buf)
{
    return buf->failure != BUF_FINE;
}

int buf_check(const struct buf *buf, struct err *err)
{
    return report(buf, buf->failure, err);
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    buf->failure = make_room(buf, len);
    if (buf->failure != BUF_FINE) {
        return;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, data, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_str(struct buf *buf, const char *str)
{
    buf_add(buf, str, strlen(str));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_add_quoted(struct buf *buf, char quote, const char *text)
{
    buf_add_char(buf, quote);
    for (; *text != '\0'; text++) {
        buf_add(buf, (const char[]){*text, *text}, *text == quote ? 2 : 1);
    }
    buf_add_char(buf, quote);
}

static __attribute__((format(printf, 2, 0))) void add_vfmt(struct buf *buf, const char *format,
                                                           va_list args)
{
    va_list first;
    size_t room = buf->data == NULL ? 0 : buf->cap - buf->len;
    if (buf_failed(buf)) {
        return;
    }
    va_copy(first, args);
    int len = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, first);
    va_end(first);
    if (len >= 0 && (size_t)len < room && (size_t)len <= buf->max - buf->len) {
        buf->len += (size_t)len;
        return;
    }
    if (room > 0) {
        buf->data[buf->len] = '\0';
    }
    buf->failure = len < 0 ? BUF_NO_FORMAT : make_room(buf, (size_t)len);
    if (buf->failure == BUF_FINE) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
        buf->len += (size_t)len;
    }
}

void buf_add_fmt(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_vfmt(buf, format, args);
    va_end(args);
}

const char *buf_str(const struct buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}

bool buf_equal(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}
