/* SPDX-License-Identifier: MIT */
/*
 * The one growable buffer. Whoever reads a file, a socket or builds a text uses it.
 * Every buffer wipes the memory it leaves, so nobody has to know which ones held a secret.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct err;

/* data is NUL-terminated behind len whenever it is not NULL; len never exceeds max. */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    char *storage; /* the caller's, or NULL; data points there until it needs more */
};

/* Bytes a buffer may hold at most are given here and never change. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);

/* The same, and the content lies in the caller's storage while it fits into size bytes with its
 * NUL. A run that answers from the cache needs no more: starting the heap costs it 40 us of 240. */
void buf_init_in(struct buf *buf, char *storage, size_t size, size_t max);

/* Wipes and releases. Accepts NULL, a zeroed struct and a second call. */
void buf_done(struct buf *buf);

/* Wipes the content and keeps the memory. */
void buf_clear(struct buf *buf);

/* Each returns 0, or -1 with ERR_INTERNAL when memory runs out or max would be exceeded; the
 * content is unchanged then. */
int buf_add(struct buf *buf, const void *data, size_t len, struct err *err)
    __attribute__((warn_unused_result));
int buf_add_str(struct buf *buf, const char *str, struct err *err)
    __attribute__((warn_unused_result));
/* count texts, one behind the other: where printf would be slow. */
int buf_add_parts(struct buf *buf, const char *const *parts, size_t count, struct err *err)
    __attribute__((warn_unused_result));
int buf_add_fmt(struct buf *buf, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4), warn_unused_result));
int buf_add_vfmt(struct buf *buf, struct err *err, const char *format, va_list args)
    __attribute__((format(printf, 3, 0), warn_unused_result));

/* The content as a string: "" where nothing was ever added. Lives until the next change. */
const char *buf_str(const struct buf *buf);

/* Room for len more bytes behind data + len, for reading straight into the buffer; the caller adds
 * what it used to len and terminates. NULL as above. */
char *buf_reserve(struct buf *buf, size_t len, struct err *err);

#endif
