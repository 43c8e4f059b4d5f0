/* SPDX-License-Identifier: MIT */
#include "cli/mask_diff.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/diff.h"
#include "base/err.h"
#include "base/file_edit.h"
#include "base/fs.h"
#include "base/log.h"
#include "cli/mask.h"
#include "cli/options.h"

enum { OUTPUT_MAX = 16 << 20 };

/* Replaces a text by the masked one. */
static int mask_options(struct buf *text, struct err *err)
{
    struct buf masked;
    buf_init(&masked, OUTPUT_MAX);
    mask_secrets(&masked, buf_str(text), text->len, options, OPTION_COUNT);
    buf_done(text);
    *text = masked;
    return buf_check(text, err);
}

static int print_diff(const char *path, const struct buf *before, const struct buf *after,
                      struct err *err)
{
    const struct diff_side from = {path, buf_str(before), before->len};
    const struct diff_side to = {path, buf_str(after), after->len};
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    int result = diff_unified(&from, &to, &out, err);
    if (result == 0) {
        result = fs_write_fd(STDOUT_FILENO, "standard output", out.data, out.len, err);
    }
    buf_done(&out);
    return result;
}

int mask_print_edit(const char *path, const struct file_edit *edit,
                    int (*mask)(struct buf *text, struct err *err), struct err *err)
{
    struct buf before;
    struct buf after;
    int result = file_edit_preview(path, edit, &before, &after, err);
    bool changes = result == 0 && !buf_equal(&before, &after);
    if (changes && mask != NULL && (mask(&before, err) != 0 || mask(&after, err) != 0)) {
        result = -1;
    } else if (changes) {
        result = mask_options(&before, err) != 0 || mask_options(&after, err) != 0 ||
                         print_diff(path, &before, &after, err) != 0
                     ? -1
                     : 0;
    }
    if (result == 0 && changes && buf_equal(&before, &after)) {
        log_note("%s: only a secret would change, which is not shown", path);
    }
    buf_done(&before);
    buf_done(&after);
    return result;
}
