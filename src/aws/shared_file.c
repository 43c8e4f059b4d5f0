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

static int edit_profile(enum ini_kind kind, const struct shared_file_edit *edit,
                        const struct buf *before, struct buf *after, struct err *err)
{
    struct ini_doc doc;
    int result = ini_parse(&doc, kind, buf_str(before), before->len, err);
    if (result == 0) {
        result = ini_edit(&doc, edit->profile, edit->edits, edit->count, after, err);
    }
    ini_done(&doc);
    return result;
}

static bool is_same_text(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

static void warn_of_faults(const char *path, enum ini_kind kind, const struct buf *text)
{
    struct err fault;
    struct ini_doc doc;
    if (ini_parse(&doc, kind, buf_str(text), text->len, &fault) != 0 ||
        ini_check(&doc, &fault) != 0) {
        log_warn("%s: %s", path, fault.text);
    }
    ini_done(&doc);
}

int shared_file_edit(const char *path, enum ini_kind kind, const struct shared_file_edit *edits,
                     size_t count, struct buf *text, bool *changed, struct err *err)
{
    struct buf after;
    int result = 0;
    *changed = false;
    buf_init(&after, SHARED_FILE_MAX);
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = edit_profile(kind, &edits[i], text, &after, err);
        if (result == 0) {
            struct buf before = *text;
            *changed = *changed || !is_same_text(&before, &after);
            *text = after;
            after = before;
        }
    }
    buf_done(&after);
    if (result != 0) {
        return err_wrap(err, "%s", path);
    }
    warn_of_faults(path, kind, text);
    return 0;
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

/* Reads the file under the lock, so that changes by other processes are kept. */
static int update_locked(const char *path, enum ini_kind kind, const struct shared_file_edit *edits,
                         size_t count, struct fs_attributes wanted, bool *written, struct err *err)
{
    struct buf text;
    bool found = false;
    bool changed = false;
    buf_init(&text, SHARED_FILE_MAX);
    int result = fs_check_replaceable(path, err);
    if (result == 0) {
        result = check_owner(path, kind, &wanted, err);
    }
    if (result == 0) {
        result = fs_read(path, &text, &found, err);
    }
    if (result == 0) {
        result = shared_file_edit(path, kind, edits, count, &text, &changed, err);
    }
    if (result == 0) {
        *written = attributes_differ(path, &wanted) || changed;
        result = *written ? fs_replace(path, text.data, text.len, &wanted, err) : 0;
    }
    buf_done(&text);
    return result;
}

int shared_file_update(const char *path, enum ini_kind kind, const struct shared_file_edit *edits,
                       size_t count, const struct fs_attributes *attr, bool *written,
                       struct err *err)
{
    struct fs_lock lock;
    char target[PATH_MAX];
    *written = false;
    int result = fs_lock_target(&lock, path, attr, target, err);
    if (result == 0) {
        result = update_locked(target, kind, edits, count, *attr, written, err);
    }
    fs_lock_release(&lock);
    return result;
}
