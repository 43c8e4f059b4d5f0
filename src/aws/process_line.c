/* SPDX-License-Identifier: MIT */
#include "aws/process_line.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/* What no shell and no shlex gives a meaning to, anywhere in a word. */
static const char plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";

/* Single quotes; one inside becomes '\''. */
static int add_quoted(struct buf *out, const char *word, struct err *err)
{
    if (buf_add_str(out, "'", err) != 0) {
        return -1;
    }
    for (; *word != '\0'; word++) {
        int failed = *word == '\'' ? buf_add_str(out, "'\\''", err) : buf_add(out, word, 1, err);
        if (failed) {
            return -1;
        }
    }
    return buf_add_str(out, "'", err);
}

int aws_process_line_add(struct buf *out, const char *word, struct err *err)
{
    if (text_has_control(word, strlen(word))) {
        return err_set(err, ERR_USAGE, "control characters cannot stand in a config file");
    }
    if (out->len > 0 && buf_add_str(out, " ", err) != 0) {
        return -1;
    }
    bool bare = word[0] != '\0' && word[strspn(word, plain)] == '\0';
    return bare ? buf_add_str(out, word, err) : add_quoted(out, word, err);
}
