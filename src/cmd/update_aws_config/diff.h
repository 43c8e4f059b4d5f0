/* SPDX-License-Identifier: MIT */
/*
 * A unified diff of two texts, for commands that show what they would write.
 * update-aws-config --dry-run calls it.
 * It must not know what the texts are; a secret in them is in the diff too.
 */
#ifndef CMD_UPDATE_AWS_CONFIG_DIFF_H
#define CMD_UPDATE_AWS_CONFIG_DIFF_H

#include <stddef.h>

#include "base/buf.h"

struct err;

/* One side of a comparison: the name in the diff's head, and the text. */
struct diff_side {
    const char *name;
    const char *text;
    size_t len;
};

/*
 * Adds the diff to out, in the form that patch(1) takes, with three lines around each change;
 * nothing where the texts are equal. Lines end with LF, a CR before it belongs to the line.
 * The shortest diff is looked for within a bound on memory (under 3 MiB beside the two tables of
 * lines) and time; a text that is changed beyond that shows as one replaced block.
 * Returns 0, or -1 with ERR_INTERNAL (memory, or out's limit).
 */
int diff_unified(const struct diff_side *from, const struct diff_side *to, struct buf *out,
                 struct err *err) __attribute__((warn_unused_result));

#endif
