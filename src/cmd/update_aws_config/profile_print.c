/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "cli/mask_diff.h"
#include "cmd/update_aws_config/update.h"

static int write_out(const struct buf *text, struct err *err)
{
    return buf_check(text, err) != 0
               ? -1
               : fs_write_fd(STDOUT_FILENO, "standard output", text->data, text->len, err);
}

static int print_file_diff(const char *path, enum ini_kind kind,
                           const struct shared_file_edit *edit, struct err *err)
{
    struct buf before;
    struct buf after;
    struct ini_doc doc;
    bool changed = false;
    buf_init(&before, SHARED_FILE_MAX);
    buf_init(&after, SHARED_FILE_MAX);
    int result = shared_file_read(path, kind, edit->profile, &before, &doc, err);
    ini_done(&doc);
    if (result == 0) {
        buf_add(&after, buf_str(&before), before.len);
        result = buf_check(&after, err);
    }
    if (result == 0) {
        result = shared_file_edit(path, kind, edit, 1, &after, &changed, err);
    }
    if (result == 0) {
        result = mask_print_diff(path, &before, &after, err);
    }
    buf_done(&before);
    buf_done(&after);
    return result;
}

int update_print_diff(const struct update *update, struct err *err)
{
    if (print_file_diff(update->file, INI_CONFIG, &update->edit, err) != 0) {
        return -1;
    }
    return update->credentials_edit.count > 0
               ? print_file_diff(update->credentials, INI_CREDENTIALS, &update->credentials_edit,
                                 err)
               : 0;
}

int update_print_section(const struct update *update, struct err *err)
{
    struct buf text;
    bool changed = false;
    buf_init(&text, SHARED_FILE_MAX);
    int result = shared_file_edit("", INI_CONFIG, &update->edit, 1, &text, &changed, err);
    if (result == 0) {
        result = write_out(&text, err);
    }
    buf_done(&text);
    return result;
}
