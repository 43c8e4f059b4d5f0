/* SPDX-License-Identifier: MIT */
#include "aws/credentials_file.h"

#include <string.h>

#include "aws/credentials.h"
#include "aws/ini/ini.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"

enum { FILE_MAX = 8 << 20 };

/* before becomes after, in which one section is different. */
static int edit(const struct credentials_file_entry *entry, const struct buf *before,
                struct buf *after, struct err *err)
{
    char expires[CLOCK_RFC3339_SIZE];
    struct ini_doc doc = {0};
    if (!clock_format_rfc3339(entry->creds->expiration_s, expires)) {
        return err_set(err, ERR_INTERNAL, "the expiration is no date");
    }
    const struct ini_edit edits[] = {
        {"aws_access_key_id", entry->creds->access_key_id},
        {"aws_secret_access_key", entry->creds->secret_access_key},
        {"aws_session_token", entry->creds->session_token},
        {"aws_security_token", NULL},
        {"x_security_token_expires", expires},
    };
    int result = ini_parse(&doc, INI_CREDENTIALS, buf_str(before), before->len, err);
    if (result == 0) {
        result =
            ini_edit(&doc, entry->profile, edits, sizeof(edits) / sizeof(edits[0]), after, err);
    }
    ini_done(&doc);
    return result;
}

/* One section after the other. text is what the file holds, and then what it shall hold; *changed
 * says whether that is another. */
static int edit_all(const struct credentials_file_entry *entries, size_t count, struct buf *text,
                    struct buf *alt_variable, bool *changed, struct err *err)
{
    *changed = false;
    for (size_t i = 0; i < count; i++) {
        if (edit(&entries[i], text, alt_variable, err) != 0) {
            return -1;
        }
        *changed = *changed || text->len != alt_variable->len ||
                   memcmp(buf_str(text), buf_str(alt_variable), text->len) != 0;
        struct buf swapped = *text;
        *text = *alt_variable;
        *alt_variable = swapped;
    }
    return 0;
}

/* Whether a file has other attributes. Those that nobody wants to change become its own. */
static bool differs(const char *path, struct fs_attributes *wanted)
{
    struct fs_attributes now;
    if (!fs_attributes_of(path, &now)) {
        return true;
    }
    wanted->owner = wanted->owner == (uid_t)-1 ? now.owner : wanted->owner;
    wanted->group = wanted->group == (gid_t)-1 ? now.group : wanted->group;
    return wanted->mode != now.mode || wanted->owner != now.owner || wanted->group != now.group;
}

/* Reads, edits and replaces under the lock: what another instance wrote since is kept. */
static int put_locked(const char *path, const struct credentials_file_entry *entries, size_t count,
                      struct fs_attributes wanted, bool *written, struct err *err)
{
    struct buf text;
    struct buf alt_variable;
    bool found = false;
    bool changed = false;
    buf_init(&text, FILE_MAX);
    buf_init(&alt_variable, FILE_MAX);
    int result = fs_check_replaceable(path, err);
    if (result == 0) {
        result = fs_read(path, &text, &found, err);
    }
    if (result == 0 && edit_all(entries, count, &text, &alt_variable, &changed, err) != 0) {
        result = err_wrap(err, "%s", path);
    }
    if (result == 0) {
        *written = differs(path, &wanted) || changed;
        result = *written ? fs_replace(path, text.data, text.len, &wanted, err) : 0;
    }
    buf_done(&text);
    buf_done(&alt_variable);
    return result;
}

int credentials_file_put_all(const char *path, const struct credentials_file_entry *entries,
                             size_t count, const struct fs_attributes *attr, bool *written,
                             struct err *err)
{
    struct fs_lock lock;
    char target[PATH_MAX];
    *written = false;
    int result = fs_lock_target(&lock, path, attr, target, err);
    if (result == 0) {
        result = put_locked(target, entries, count, *attr, written, err);
    }
    fs_lock_release(&lock);
    return result;
}

int credentials_file_put(const char *path, const char *profile, const struct aws_credentials *creds,
                         const struct fs_attributes *attr, bool *written, struct err *err)
{
    const struct credentials_file_entry entry = {profile, creds};
    return credentials_file_put_all(path, &entry, 1, attr, written, err);
}
