/* SPDX-License-Identifier: MIT */
#include "cli/mask_diff.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/diff.h"
#include "base/err.h"
#include "base/fs.h"
#include "cli/mask.h"
#include "cli/options.h"

enum { OUTPUT_MAX = 16 << 20 };

int mask_print_diff(const char *path, const struct buf *before, const struct buf *after,
                    struct err *err)
{
    struct buf masked[2];
    struct buf out;
    int result = 0;
    buf_init(&masked[0], OUTPUT_MAX);
    buf_init(&masked[1], OUTPUT_MAX);
    buf_init(&out, OUTPUT_MAX);
    mask_secrets(&masked[0], buf_str(before), before->len, options, OPTION_COUNT);
    mask_secrets(&masked[1], buf_str(after), after->len, options, OPTION_COUNT);
    if (buf_check(&masked[0], err) != 0 || buf_check(&masked[1], err) != 0) {
        result = -1;
    } else {
        const struct diff_side sides[] = {
            {path, buf_str(&masked[0]), masked[0].len},
            {path, buf_str(&masked[1]), masked[1].len},
        };
        result = diff_unified(&sides[0], &sides[1], &out, err);
    }
    if (result == 0) {
        result = fs_write_fd(STDOUT_FILENO, "standard output", out.data, out.len, err);
    }
    buf_done(&masked[0]);
    buf_done(&masked[1]);
    buf_done(&out);
    return result;
}
