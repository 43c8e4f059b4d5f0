/* SPDX-License-Identifier: MIT */
#include "aws/shared_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"

int shared_file_find(enum ini_kind kind, const char *given, const char *home, char out[PATH_MAX],
                     struct err *err)
{
    const char *name = kind == INI_CONFIG ? "config" : "credentials";
    const char *variable = kind == INI_CONFIG ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE";
    bool in_home = given == NULL || strncmp(given, "~/", 2) == 0;
    char path[PATH_MAX];
    struct err why;
    if (in_home && fs_check_home(home, &why) != 0) {
        return err_set(err, ERR_FILE,
                       "%s, so the AWS %s file cannot be found. Give its full path, or set %s",
                       why.text, name, variable);
    }
    int len = given == NULL ? snprintf(path, sizeof(path), "%s/.aws/%s", home, name)
              : in_home     ? snprintf(path, sizeof(path), "%s%s", home, given + 1)
                            : snprintf(path, sizeof(path), "%s", given);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return err_set(err, ERR_FILE, "path too long: %.80s...", given != NULL ? given : home);
    }
    return fs_absolute(path, out, err);
}

int shared_file_read(const char *path, enum ini_kind kind, const char *profile, struct buf *text,
                     struct ini_doc *doc, struct err *err)
{
    bool found = false;
    *doc = (struct ini_doc){.kind = kind};
    buf_clear(text);
    if (fs_read(path, text, &found, err) != 0) {
        return -1;
    }
    return ini_parse(doc, kind, buf_str(text), text->len, err) != 0 ||
                   ini_check_profile(doc, profile, err) != 0
               ? err_wrap(err, "%s", path)
               : 0;
}

static void warn_of_faults(const struct shared_file_change *change, const struct buf *text)
{
    struct err fault;
    struct ini_doc doc;
    if (ini_parse(&doc, change->kind, buf_str(text), text->len, &fault) != 0 ||
        ini_check(&doc, &fault) != 0) {
        log_warn("%s: %s", change->path, fault.text);
    }
    ini_done(&doc);
}

/* Replaces text by the one with the changes of a profile. */
static int edit_profile(enum ini_kind kind, const struct shared_file_edit *edit, struct buf *text,
                        struct err *err)
{
    struct ini_doc doc;
    struct buf after;
    buf_init(&after, text->max);
    int result = ini_parse(&doc, kind, buf_str(text), text->len, err);
    if (result == 0) {
        result = ini_edit(&doc, edit->profile, edit->edits, edit->count, &after, err);
    }
    ini_done(&doc);
    if (result == 0) {
        struct buf before = *text;
        *text = after;
        after = before;
    }
    buf_done(&after);
    return result;
}

int shared_file_apply(const struct file_edit *edit, struct buf *text, struct err *err)
{
    const struct shared_file_change *change = edit->wanted;
    for (size_t i = 0; i < change->count; i++) {
        if (edit_profile(change->kind, &change->edits[i], text, err) != 0) {
            return -1;
        }
    }
    warn_of_faults(change, text);
    return 0;
}

/* The owner of a file is kept and could read the credentials, unless the caller names an owner. */
static int check_owner(const char *path, enum ini_kind kind, const struct fs_attributes *wanted,
                       struct err *err)
{
    struct fs_attributes now;
    return kind == INI_CREDENTIALS && wanted->owner == (uid_t)-1 && fs_attributes_of(path, &now) &&
                   now.owner != geteuid()
               ? err_set(err, ERR_FILE,
                         "%s belongs to user %u, who could read the credentials: remove it, or "
                         "set its owner explicitly",
                         path, now.owner)
               : 0;
}

int shared_file_update(const struct shared_file_change *change, const struct fs_attributes *attr,
                       bool *written, struct err *err)
{
    const struct file_edit edit = SHARED_FILE_EDIT(change);
    struct fs_lock lock;
    char target[PATH_MAX];
    *written = false;
    int result = fs_lock_target(&lock, change->path, attr, target, err);
    if (result == 0 && (result = check_owner(target, change->kind, attr, err)) == 0) {
        result = file_edit_write(target, &edit, attr, written, err);
    }
    fs_lock_release(&lock);
    return result;
}
