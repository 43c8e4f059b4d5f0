/* SPDX-License-Identifier: MIT */
/*
 * Replacing a file. Usually a new file is renamed over the old one. A file that must stay the same
 * file is written in place: a mount point, because rename fails there, a file with hard links, and
 * a file in a directory that cannot be written.
 *
 * An in-place write is made safe by a complete copy of the new content, the pending file, beside
 * the file or in the spare directory. It exists from before the first change until after the last.
 * A killed run leaves the file unchanged, or as the beginning of the pending file. fs_recover
 * completes the latter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"

enum { IN_PLACE_MAX = 64 << 20 };

static const char temporary_suffix[] = "new";
static const char pending_suffix[] = "pending";

/* Succeeds on a file system that cannot sync. */
static int sync_fd(int fd)
{
    bool unsupported = fsync(fd) != 0;
    return unsupported && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS ? -1 : 0;
}

static int sync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int result = sync_fd(fd);
    close(fd);
    return result;
}

static int write_temporary(const char *path, const void *data, size_t len,
                           const struct fs_attributes *attr, struct err *err)
{
    unlink(path); /* left by a run that was killed */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return err_set_errno(err, ERR_FILE, "cannot create %s", path);
    }
    int result = 0;
    if (fs_apply_attributes(fd, attr) != 0) {
        result = err_set_errno(err, ERR_FILE, "cannot set the mode and owner of %s", path);
    } else {
        result = fs_write_fd(fd, path, data, len, err);
    }
    if (result == 0 && sync_fd(fd) != 0) {
        result = err_set_errno(err, ERR_FILE, "cannot write %s", path);
    }
    if (close(fd) != 0 && result == 0) {
        result = err_set_errno(err, ERR_FILE, "cannot write %s", path);
    }
    if (result != 0) {
        unlink(path);
    }
    return result;
}

/* Writes a temporary file and renames it over path. *fixed: the rename failed because path is a
 * mount point or on another device. */
static int rename_over(const char *path, const void *data, size_t len,
                       const struct fs_attributes *attr, bool *fixed, struct err *err)
{
    char temporary[PATH_MAX];
    char dir[PATH_MAX];
    *fixed = false;
    if (fs_companion(path, temporary_suffix, temporary, err) != 0 ||
        fs_dirname(path, dir, err) != 0 || write_temporary(temporary, data, len, attr, err) != 0) {
        return -1;
    }
    if (rename(temporary, path) != 0) {
        *fixed = errno == EBUSY || errno == EXDEV;
        err_set_errno(err, ERR_FILE, "cannot replace %s", path);
        unlink(temporary);
        return -1;
    }
    if (sync_dir(dir) != 0) {
        return err_set_errno(err, ERR_FILE, "replaced %s, but cannot sync the directory %s", path,
                             dir);
    }
    return 0;
}

/* Makes data the whole content of an open file. The first sync is for a power cut: without it, the
 * new bytes could reach the disk among the old ones, and is_torn recognizes no mix of both. */
static int overwrite(int fd, const char *path, const void *data, size_t len, struct err *err)
{
    if (ftruncate(fd, 0) != 0 || sync_fd(fd) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        return err_set_errno(err, ERR_FILE, "cannot write %s", path);
    }
    if (fs_write_fd(fd, path, data, len, err) != 0) {
        return -1;
    }
    return sync_fd(fd) != 0 ? err_set_errno(err, ERR_FILE, "cannot write %s", path) : 0;
}

/* overwrite; if that fails, the file gets its old content back. *complete is false if that failed,
 * too: then the file is empty, and only the pending file has its content. */
static int overwrite_or_undo(int fd, const char *path, const void *data, size_t len,
                             const struct buf *old, bool *complete, struct err *err)
{
    struct err ignored;
    int result = overwrite(fd, path, data, len, err);
    *complete = result == 0 || overwrite(fd, path, buf_str(old), old->len, &ignored) == 0;
    if (!*complete && ftruncate(fd, 0) != 0) {
        return err_wrap(err, "the content of %s is lost", path);
    }
    return result;
}

/* The content of a file must not reach another user, unless the caller names that user. */
static int check_owner(int fd, const char *path, const struct fs_attributes *attr, struct err *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return err_set_errno(err, ERR_FILE, "cannot read %s", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return err_set(err, ERR_FILE, "%s is not a regular file", path);
    }
    return attr->owner == (uid_t)-1 && info.st_uid != geteuid()
               ? err_set(err, ERR_FILE,
                         "%s can only be written in place, and belongs to user %u: mount its "
                         "directory instead",
                         path, info.st_uid)
               : 0;
}

/* The temporary file becomes the pending file only when it is complete and synced. */
static int write_pending(const char *path, const char *spare_dir, const void *data, size_t len,
                         char pending[PATH_MAX], struct err *err)
{
    bool fixed = false;
    if (fs_companion_or_spare(path, spare_dir, pending_suffix, pending, err) != 0) {
        return -1;
    }
    int result = rename_over(pending, data, len, &fs_private, &fixed, err);
    if (result != 0) {
        unlink(pending); /* else the next run could complete a change that has failed */
    }
    return result;
}

static int write_in_place(int fd, const char *path, const void *data, size_t len,
                          const struct fs_attributes *attr, struct err *err)
{
    char pending[PATH_MAX];
    struct buf old;
    bool complete = true;
    buf_init(&old, IN_PLACE_MAX);
    int result = check_owner(fd, path, attr, err);
    if (result == 0) {
        result = fs_read_fd(fd, path, &old, err);
    }
    if (result == 0) {
        result = write_pending(path, attr->spare_dir, data, len, pending, err);
    }
    if (result == 0) {
        result = fs_apply_attributes(fd, attr) != 0
                     ? err_set_errno(err, ERR_FILE, "cannot set the mode and owner of %s", path)
                     : overwrite_or_undo(fd, path, data, len, &old, &complete, err);
        if (complete) {
            unlink(pending);
        } else {
            err_wrap(err, "the content of %s is saved in %s", path, pending);
        }
    }
    buf_done(&old);
    return result;
}

static bool is_safe_dir(const char *path)
{
    char dir[PATH_MAX];
    struct stat info;
    struct err ignored;
    return fs_dirname(path, dir, &ignored) == 0 && stat(dir, &info) == 0 &&
           (info.st_uid == geteuid() || info.st_uid == 0) &&
           (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Whether a file is written in place because it has hard links, or may have some. In a directory
 * that other users can write, one of them may have created the link, to a file that must not
 * change.
 */
static bool keeps_links(const char *path, const struct fs_attributes *attr)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        return errno != ENOENT;
    }
    if (!S_ISREG(info.st_mode) || info.st_nlink < 2) {
        return false;
    }
    bool ours = attr->owner != (uid_t)-1 || info.st_uid == geteuid();
    bool kept = ours && is_safe_dir(path);
    log_warn("%s has %u hard links: %s", path, (unsigned int)info.st_nlink,
             kept ? "writing it in place, so all of them change"
                  : "the others keep the old content");
    return kept;
}

static int open_fixed(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 ? fd : err_set_errno(err, ERR_FILE, "cannot write %s in place", path);
}

static int replace(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
                   struct err *err)
{
    bool fixed = fs_needs_spare(path, attr->spare_dir) && access(path, F_OK) == 0;
    if (fs_check_replaceable(path, err) != 0) {
        return -1;
    }
    fixed = keeps_links(path, attr) || fixed;
    if (!fixed) {
        int result = rename_over(path, data, len, attr, &fixed, err);
        if (!fixed) {
            return result;
        }
    }
    int fd = open_fixed(path, err);
    if (fd < 0) {
        return -1;
    }
    int result = write_in_place(fd, path, data, len, attr, err);
    close(fd);
    return result;
}

void fs_block_signals(sigset_t *before)
{
    static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
        sigaddset(&blocked, ending[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, before);
}

int fs_replace(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
               struct err *err)
{
    sigset_t before;
    fs_block_signals(&before);
    int result = replace(path, data, len, attr, err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}

/* Whether an in-place write was interrupted: the file holds the beginning of the new content. NULs
 * are bytes that a power cut kept from the disk. */
static bool is_torn(const struct buf *now, const struct buf *pending)
{
    bool torn = now->len <= pending->len;
    bool differs = now->len < pending->len;
    for (size_t i = 0; torn && i < now->len; i++) {
        torn = now->data[i] == pending->data[i] || now->data[i] == '\0';
        differs = differs || now->data[i] != pending->data[i];
    }
    return torn && differs;
}

static int complete_write(const char *path, const struct buf *pending, struct err *err)
{
    struct buf now;
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? 0 : err_set_errno(err, ERR_FILE, "cannot open %s", path);
    }
    buf_init(&now, IN_PLACE_MAX);
    int result = fs_read_fd(fd, path, &now, err);
    if (result == 0 && is_torn(&now, pending)) {
        log_warn("%s was not written completely by an interrupted run: completing it", path);
        result = overwrite(fd, path, buf_str(pending), pending->len, err);
    }
    buf_done(&now);
    close(fd);
    return result;
}

bool fs_is_pending(const char *path, const char *spare_dir)
{
    char name[PATH_MAX];
    struct err ignored;
    return fs_companion_or_spare(path, spare_dir, pending_suffix, name, &ignored) == 0 &&
           access(name, F_OK) == 0;
}

int fs_recover(const char *path, const char *spare_dir, struct err *err)
{
    char name[PATH_MAX];
    struct buf pending;
    bool found = false;
    if (fs_companion(path, temporary_suffix, name, err) != 0) {
        return -1;
    }
    unlink(name); /* left by a run that could not remove it */
    if (fs_companion_or_spare(path, spare_dir, pending_suffix, name, err) != 0) {
        return -1;
    }
    buf_init(&pending, IN_PLACE_MAX);
    int result = fs_read_private(name, &pending, &found, err);
    if (result == 0 && found) {
        result = complete_write(path, &pending, err);
        if (result == 0) {
            unlink(name);
        }
    }
    buf_done(&pending);
    return result;
}
