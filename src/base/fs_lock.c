/* SPDX-License-Identifier: MIT */
/*
 * A lock file that is removed after use. That is safe because a process that gets the lock checks
 * that its file is still the one at that path, and starts again if it is not.
 * flock(2) ends with the process, so a killed run leaves a file but no lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"

enum { POLL_FIRST_MS = 1, POLL_MAX_MS = 20, TARGET_TIMEOUT_MS = 30000, STALE_S = 3600 };

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

static bool still_at_name(const struct fs_lock *lock)
{
    struct stat held;
    struct stat named;
    return fstat(lock->fd, &held) == 0 && lstat(lock->path, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/* Some file systems have no locks: NFS without a lock daemon, Lustre, some of FUSE. */
static bool has_no_locks(int error)
{
    return error == ENOSYS || error == ENOLCK || error == ENOTSUP;
}

/* The file is empty, and readable by all regardless of the umask, so that one left by another user
 * (sudo) can be locked and removed. */
static void open_to_all(const struct fs_lock *lock)
{
    struct stat info;
    if (fstat(lock->fd, &info) == 0 && (info.st_mode & 0444) != 0444 && info.st_uid == geteuid()) {
        (void)!fchmod(lock->fd, 0644);
    }
}

/* 1: taken; 0: another process holds it; -1: failed, see errno. */
static int try_once(struct fs_lock *lock)
{
    lock->fd = open(lock->path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (lock->fd < 0) {
        return -1;
    }
    open_to_all(lock);
    int failed = flock(lock->fd, LOCK_EX | LOCK_NB);
    if (failed == 0 && still_at_name(lock)) {
        return 1;
    }
    int saved = errno;
    if (failed != 0 && has_no_locks(saved)) {
        log_warn_once("cannot lock %s (%s): runs at the same time may undo each other's changes",
                      lock->path, strerror(saved));
        return 1;
    }
    close(lock->fd);
    lock->fd = -1;
    errno = saved;
    return failed == 0 || saved == EWOULDBLOCK || saved == EINTR ? 0 : -1;
}

/* Removes the lock file of another user that cannot be opened, if it is older than any lock is
 * held. */
static bool remove_stale(const struct fs_lock *lock)
{
    struct stat info;
    int saved = errno;
    bool removed = saved == EACCES && lstat(lock->path, &info) == 0 && info.st_uid != geteuid() &&
                   clock_wall_s() - info.st_mtime > STALE_S && unlink(lock->path) == 0;
    errno = saved;
    return removed;
}

static bool is_mount_point(const char *path)
{
    struct statx info;
    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &info) == 0 &&
           (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* Uses errno. */
static int explain_failure(const struct fs_lock *lock, const char *path, struct err *err)
{
    struct stat info;
    err_set_errno(err, ERR_FILE, "cannot lock %s", lock->path);
    if (lstat(lock->path, &info) == 0 && (info.st_uid != geteuid() || S_ISLNK(info.st_mode))) {
        return err_set(err, ERR_FILE,
                       "cannot lock %s: the lock file %s belongs to user %u. Remove it if no "
                       "other run is active",
                       path, lock->path, info.st_uid);
    }
    return is_mount_point(path)
               ? err_wrap(err, "%s is a mount point: mount its directory instead", path)
               : -1;
}

void fs_lock_release(struct fs_lock *lock)
{
    if (lock->fd >= 0) {
        unlink(lock->path);
        close(lock->fd);
        lock->fd = -1;
        if (lock->blocks_signals) {
            sigprocmask(SIG_SETMASK, &lock->unblocked, NULL);
        }
    }
}

static int recover(struct fs_lock *lock, const char *path, const char *spare_dir, struct err *err)
{
    if (fs_recover(path, spare_dir, err) != 0) {
        fs_lock_release(lock);
        return -1;
    }
    return 0;
}

static int take(struct fs_lock *lock, const char *path, const char *spare_dir, int64_t deadline_ms,
                struct err *err)
{
    lock->fd = -1;
    lock->blocks_signals = false;
    if (fs_companion_or_spare(path, spare_dir, "lock", lock->path, err) != 0) {
        return -1;
    }
    int64_t pause_ms = POLL_FIRST_MS;
    for (;;) {
        int taken = try_once(lock);
        if (taken > 0) {
            return recover(lock, path, spare_dir, err);
        }
        if (taken < 0 && !remove_stale(lock)) {
            return explain_failure(lock, path, err);
        }
        if (!clock_sleep_ms(pause_ms, deadline_ms)) {
            return err_set(err, ERR_UNAVAILABLE, "another process holds %s: timed out", lock->path);
        }
        pause_ms = pause_ms * 2 > POLL_MAX_MS ? POLL_MAX_MS : pause_ms * 2;
    }
}

int fs_lock_take(struct fs_lock *lock, const char *path, int64_t deadline_ms, struct err *err)
{
    return take(lock, path, NULL, deadline_ms, err);
}

/* Only a warning: volumes of containers are often open to all. */
static void report_open_dir(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH &&
        info.st_uid != geteuid()) {
        log_warn("every user can write the directory %s of user %u, and replace files there", path,
                 info.st_uid);
    }
}

int fs_lock_target(struct fs_lock *lock, const char *path, const struct fs_attributes *attr,
                   char target[PATH_MAX], struct err *err)
{
    char dir[PATH_MAX];
    lock->fd = -1;
    if (fs_follow(path, target, err) != 0 || fs_dirname(target, dir, err) != 0 ||
        fs_make_dirs(dir, attr, err) != 0) {
        return -1;
    }
    report_open_dir(dir);
    const char *spare_dir = attr != NULL ? attr->spare_dir : NULL;
    if (fs_needs_spare(target, spare_dir) && fs_make_dirs(spare_dir, NULL, err) != 0) {
        return err_wrap(err, "%s cannot be written", dir);
    }
    if (take(lock, target, spare_dir, clock_mono_ms() + TARGET_TIMEOUT_MS, err) != 0) {
        err->kind = err->kind == ERR_UNAVAILABLE ? ERR_FILE : err->kind;
        return -1;
    }
    lock->blocks_signals = true;
    fs_block_signals(&lock->unblocked);
    return 0;
}

void fs_tidy(const char *path, int64_t deadline_ms)
{
    struct fs_lock lock;
    struct err ignored;
    char target[PATH_MAX];
    char temporary[PATH_MAX];
    if (fs_follow(path, target, &ignored) != 0 ||
        fs_companion(target, "new", temporary, &ignored) != 0 ||
        fs_lock_take(&lock, target, deadline_ms, &ignored) != 0) {
        return;
    }
    unlink(temporary);
    fs_lock_release(&lock);
}

int fs_recover_target(const char *path, const char *spare_dir, struct err *err)
{
    struct fs_lock lock;
    char target[PATH_MAX];
    if (fs_follow(path, target, err) != 0) {
        return -1;
    }
    if (!fs_is_pending(target, spare_dir)) {
        return 0;
    }
    int result = take(&lock, target, spare_dir, clock_mono_ms() + TARGET_TIMEOUT_MS, err);
    fs_lock_release(&lock);
    return result;
}

int fs_put(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
           struct err *err)
{
    struct fs_lock lock;
    char target[PATH_MAX];
    int result = fs_lock_target(&lock, path, attr, target, err);
    if (result == 0) {
        result = fs_replace(target, data, len, attr, err);
    }
    fs_lock_release(&lock);
    return result;
}

static int remove_file(const char *path, struct err *err)
{
    return unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR
               ? 0
               : err_set_errno(err, ERR_FILE, "cannot remove %s", path);
}

int fs_lock_sweep(const char *path, struct err *err)
{
    struct fs_lock lock = {.fd = -1};
    char temporary[PATH_MAX];
    char pending[PATH_MAX];
    if (fs_companion(path, "lock", lock.path, err) != 0 ||
        fs_companion(path, "new", temporary, err) != 0 ||
        fs_companion(path, "pending", pending, err) != 0) {
        return -1;
    }
    lock.fd = open(lock.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool held = lock.fd >= 0 && flock(lock.fd, LOCK_EX | LOCK_NB) != 0 && !has_no_locks(errno);
    int result = 0;
    if (!held) {
        result = remove_file(temporary, err) != 0 || remove_file(pending, err) != 0 ||
                         remove_file(lock.path, err) != 0
                     ? -1
                     : 0;
    }
    if (lock.fd >= 0) {
        close(lock.fd);
    }
    return result;
}
