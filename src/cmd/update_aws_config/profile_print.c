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

static int print_file_diff(const struct shared_file_change *change, struct err *err)
{
    const struct file_edit edit = SHARED_FILE_EDIT(change);
    return mask_print_edit(change->path, &edit, NULL, err);
}

int update_print_diff(const struct update *update, struct err *err)
{
    const struct shared_file_change config = {update->file, INI_CONFIG, &update->edit, 1};
    const struct shared_file_change credentials = {update->credentials, INI_CREDENTIALS,
                                                   &update->credentials_edit, 1};
    return print_file_diff(&config, err) != 0 ||
                   (credentials.edits->count > 0 && print_file_diff(&credentials, err) != 0)
               ? -1
               : 0;
}

int update_print_section(const struct update *update, struct err *err)
{
    const struct shared_file_change change = {"", INI_CONFIG, &update->edit, 1};
    const struct file_edit edit = SHARED_FILE_EDIT(&change);
    struct buf text;
    buf_init(&text, SHARED_FILE_MAX);
    int result = shared_file_apply(&edit, &text, err);
    if (result == 0) {
        result = write_out(&text, err);
    }
    buf_done(&text);
    return result;
}
