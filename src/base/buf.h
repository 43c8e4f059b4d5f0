/* SPDX-License-Identifier: MIT */
/*
 * The growable buffer for texts that are built, and for bytes read from files and sockets.
 *
 * Appending never reports an error: the first failure (memory, or more than max bytes) sticks, the
 * buffer keeps what it held before, and later appends do nothing. The code that uses the result
 * calls buf_check once.
 *
 * Every buffer wipes the memory it gives back, because any of them may have held a secret.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum buf_failure { BUF_FINE, BUF_TOO_LARGE, BUF_NO_MEMORY, BUF_NO_FORMAT };

/* Unless data is NULL, data[len] is a NUL. len never exceeds max. */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    char *storage; /* the caller's, or NULL; data points there until the content outgrows it */
    enum buf_failure failure; /* sticks until buf_clear or buf_done */
};

/* An empty buffer that holds at most max bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);

/* The same, and the content is kept in storage while it fits into size bytes with its NUL. A run
 * that finds its credentials in the cache needs no heap that way; starting the heap costs such a
 * run 40 us of 240. */
void buf_init_in(struct buf *buf, char *storage, size_t size, size_t max);

/* Wipes and releases the content, and forgets a failure. Accepts NULL, a zeroed struct and a second
 * call. */
void buf_done(struct buf *buf);

/* Wipes the content, keeps the memory, and forgets a failure. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_str(struct buf *buf, const char *str);
void buf_add_char(struct buf *buf, char c);
void buf_add_fmt(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text between two quotes; each quote inside is doubled. */
void buf_add_quoted(struct buf *buf, char quote, const char *text);

/* Whether an append has failed. */
bool buf_failed(const struct buf *buf);

/* Whether two texts are the same. */
bool buf_equal(const struct buf *a, const struct buf *b);

/* 0, or -1 with ERR_INTERNAL after an append has failed. */
int buf_check(const struct buf *buf, struct err *err) __attribute__((warn_unused_result));

/* The content as a string, "" for an empty buffer. Valid until the next change. */
const char *buf_str(const struct buf *buf);

/* Room for len more bytes at data + len, for reading straight into the buffer; the caller adds to
 * len what it used, and terminates the content. NULL with ERR_INTERNAL if there is no room, or an
 * append has failed. */
char *buf_reserve(struct buf *buf, size_t len, struct err *err);

#endif
