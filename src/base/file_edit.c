/* SPDX-License-Identifier: MIT */
#include "base/file_edit.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"

int file_edit_preview(const char *path, const struct file_edit *edit, struct buf *before,
                      struct buf *after, struct err *err)
{
    bool found = false;
    buf_init(before, edit->max);
    buf_init(after, edit->max);
    if (fs_check_replaceable(path, err) != 0 || fs_read(path, before, &found, err) != 0) {
        return -1;
    }
    buf_add(after, buf_str(before), before->len);
    if (buf_check(after, err) != 0) {
        return -1;
    }
    return edit->apply(edit, after, err) != 0 ? err_wrap(err, "%s", path) : 0;
}

/* Whether a file is missing or has other attributes than wanted. Sets the owner and group of wanted
 * that are -1 to those of the file. */
static bool attributes_differ(const char *path, struct fs_attributes *wanted)
{
    struct fs_attributes now;
    if (!fs_attributes_of(path, &now)) {
        return true;
    }
    wanted->owner = wanted->owner == (uid_t)-1 ? now.owner : wanted->owner;
    wanted->group = wanted->group == (gid_t)-1 ? now.group : wanted->group;
    return wanted->mode != now.mode || wanted->owner != now.owner || wanted->group != now.group;
}

int file_edit_write(const char *target, const struct file_edit *edit,
                    const struct fs_attributes *attr, bool *written, struct err *err)
{
    struct buf before;
    struct buf after;
    struct fs_attributes wanted = *attr;
    int result = file_edit_preview(target, edit, &before, &after, err);
    if (result == 0) {
        *written = attributes_differ(target, &wanted) || !buf_equal(&before, &after);
        result = *written ? fs_replace(target, after.data, after.len, &wanted, err) : 0;
    }
    buf_done(&before);
    buf_done(&after);
    return result;
}
