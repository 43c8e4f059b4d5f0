/* SPDX-License-Identifier: MIT */
/* The unified diff of two texts. A secret in a text is also in the diff: mask it first. */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include <stddef.h>

#include "base/buf.h"

struct err;

/* One of the two texts, and its name in the header of the diff. */
struct diff_side {
    const char *name;
    const char *text;
    size_t len;
};

/*
 * Appends the diff to out in the format of patch(1), with three lines of context; appends nothing
 * if the texts are equal. Lines end with LF; a CR before it belongs to the line. The diff is the
 * shortest one, unless that needs too much memory (3 MiB besides the tables of lines) or time: then
 * everything between the first and the last change is one replaced block. ERR_INTERNAL if memory
 * runs out or out is full.
 */
int diff_unified(const struct diff_side *from, const struct diff_side *to, struct buf *out,
                 struct err *err) __attribute__((warn_unused_result));

#endif
