/* SPDX-License-Identifier: MIT */
#include "cli/output.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/args.h"

enum { OUTPUT_MAX = 16 << 20 };

void output_init(struct buf *out)
{
    buf_init(out, OUTPUT_MAX);
}

void output_add_clean(struct buf *out, const char *text)
{
    size_t start = out->len;
    buf_add_str(out, text);
    if (!buf_failed(out)) {
        text_clean(out->data + start);
        out->len = start + strlen(out->data + start);
    }
}

int output_mask(const struct args *args, const char *const *values, struct err *err)
{
    const char *actions = args_environment(args, "GITHUB_ACTIONS");
    struct buf out;
    if (actions == NULL || !text_equal_nocase(actions, "true")) {
        return 0;
    }
    output_init(&out);
    for (; *values != NULL; values++) {
        if ((*values)[0] != '\0') {
            buf_add_str(&out, "::add-mask::");
            output_add_clean(&out, *values);
            buf_add_char(&out, '\n');
        }
    }
    int result = buf_check(&out, err) != 0
                     ? -1
                     : fs_write_fd(STDERR_FILENO, "standard error", buf_str(&out), out.len, err);
    buf_done(&out);
    return result;
}

int output_write(struct buf *out, struct err *err)
{
    int result = buf_check(out, err) != 0
                     ? -1
                     : fs_write_fd(STDOUT_FILENO, "standard output", buf_str(out), out->len, err);
    buf_done(out);
    return result;
}
