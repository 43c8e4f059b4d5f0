/* SPDX-License-Identifier: MIT */
#include "aws/credentials_file.h"

#include <string.h>

#include "aws/credentials.h"
#include "aws/ini.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"

enum { FILE_MAX = 8 << 20, LOCK_PATIENCE_MS = 30000 };

/* One call: where, and the file as it is and as it shall be. */
struct put {
    const char *profile;
    const struct aws_credentials *creds;
    char path[PATH_MAX]; /* where links lead */
    struct buf before;
    struct buf after;
};

/* put->before becomes put->after. */
static int edit(struct put *put, struct err *err)
{
    char expires[CLOCK_RFC3339_SIZE];
    struct ini_doc doc = {0};
    if (!clock_format_rfc3339(put->creds->expiration_s, expires)) {
        return err_set(err, ERR_INTERNAL, "the expiration is no date");
    }
    const struct ini_edit edits[] = {
        {"aws_access_key_id", put->creds->access_key_id},
        {"aws_secret_access_key", put->creds->secret_access_key},
        {"aws_session_token", put->creds->session_token},
        {"aws_security_token", NULL},
        {"x_security_token_expires", expires},
    };
    int result = ini_parse(&doc, INI_CREDENTIALS, buf_str(&put->before), put->before.len, err);
    if (result == 0) {
        result =
            ini_edit(&doc, put->profile, edits, sizeof(edits) / sizeof(edits[0]), &put->after, err);
    }
    ini_done(&doc);
    return result;
}

/* Whether the file has to be written, and with what attributes. */
static bool differs(const struct put *put, struct fs_attributes *wanted)
{
    struct fs_attributes now;
    if (!fs_attributes_of(put->path, &now)) {
        return true;
    }
    wanted->owner = wanted->owner == (uid_t)-1 ? now.owner : wanted->owner;
    wanted->group = wanted->group == (gid_t)-1 ? now.group : wanted->group;
    return wanted->mode != now.mode || wanted->owner != now.owner || wanted->group != now.group ||
           put->before.len != put->after.len ||
           memcmp(buf_str(&put->before), buf_str(&put->after), put->after.len) != 0;
}

/* Reads, edits and replaces under the lock: what another instance wrote since is kept. */
static int put_locked(struct put *put, const struct fs_attributes *attr, bool *written,
                      struct err *err)
{
    struct fs_attributes wanted = *attr;
    bool found = false;
    if (fs_read(put->path, &put->before, &found, err) != 0) {
        return -1;
    }
    if (edit(put, err) != 0) {
        return err_wrap(err, "%s", put->path);
    }
    *written = differs(put, &wanted);
    return *written ? fs_replace(put->path, put->after.data, put->after.len, &wanted, err) : 0;
}

int credentials_file_put(const char *path, const char *profile, const struct aws_credentials *creds,
                         const struct fs_attributes *attr, bool *written, struct err *err)
{
    struct put put = {.profile = profile, .creds = creds};
    struct fs_lock lock = {.fd = -1};
    char dir[PATH_MAX];
    *written = false;
    buf_init(&put.before, FILE_MAX);
    buf_init(&put.after, FILE_MAX);
    int result = -1;
    if (fs_follow(path, put.path, err) == 0 && fs_dirname(put.path, dir, err) == 0 &&
        fs_make_dirs(dir, err) == 0) {
        result = fs_lock_take(&lock, put.path, clock_mono_ms() + LOCK_PATIENCE_MS, err);
        if (result != 0) {
            err->kind = ERR_FILE;
        }
    }
    if (result == 0) {
        result = put_locked(&put, attr, written, err);
    }
    fs_lock_release(&lock);
    buf_done(&put.before);
    buf_done(&put.after);
    return result;
}
