/* SPDX-License-Identifier: MIT */
/*
 * A lock file that is removed after use. That is safe because a process that gets the lock checks
 * that its file is still the one at that path, and starts again if it is not.
 * flock(2) ends with the process, so a killed run leaves a file but no lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"

enum { POLL_FIRST_MS = 1, POLL_MAX_MS = 20, TARGET_TIMEOUT_MS = 30000 };

static bool still_at_name(const struct fs_lock *lock)
{
    struct stat held;
    struct stat named;
    return fstat(lock->fd, &held) == 0 && lstat(lock->path, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/* 1: taken; 0: another process holds it; -1: failed, see errno. The file is empty, and readable by
 * all, so that one left by another user (sudo) can be locked and removed. */
static int try_once(struct fs_lock *lock)
{
    lock->fd = open(lock->path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (lock->fd < 0) {
        return -1;
    }
    int failed = flock(lock->fd, LOCK_EX | LOCK_NB);
    if (failed == 0 && still_at_name(lock)) {
        return 1;
    }
    int saved = errno;
    close(lock->fd);
    lock->fd = -1;
    errno = saved;
    return failed == 0 || saved == EWOULDBLOCK || saved == EINTR ? 0 : -1;
}

int fs_lock_take(struct fs_lock *lock, const char *path, int64_t deadline_ms, struct err *err)
{
    lock->fd = -1;
    if (fs_companion(path, "lock", lock->path, err) != 0) {
        return -1;
    }
    int64_t pause_ms = POLL_FIRST_MS;
    for (;;) {
        int taken = try_once(lock);
        if (taken > 0) {
            return 0;
        }
        if (taken < 0) {
            return err_set_errno(err, ERR_FILE, "cannot lock %s", lock->path);
        }
        if (!clock_sleep_ms(pause_ms, deadline_ms)) {
            return err_set(err, ERR_UNAVAILABLE, "another process holds %s: timed out", lock->path);
        }
        pause_ms = pause_ms * 2 > POLL_MAX_MS ? POLL_MAX_MS : pause_ms * 2;
    }
}

void fs_lock_release(struct fs_lock *lock)
{
    if (lock->fd >= 0) {
        unlink(lock->path);
        close(lock->fd);
        lock->fd = -1;
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
    if (fs_lock_take(lock, target, clock_mono_ms() + TARGET_TIMEOUT_MS, err) != 0) {
        err->kind = ERR_FILE;
        return -1;
    }
    return 0;
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

void fs_lock_sweep(const char *path)
{
    struct fs_lock lock = {.fd = -1};
    char temporary[PATH_MAX];
    struct err ignored;
    if (fs_companion(path, "lock", lock.path, &ignored) != 0 ||
        fs_companion(path, "new", temporary, &ignored) != 0) {
        return;
    }
    lock.fd = open(lock.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool held = lock.fd < 0 ? errno != ENOENT : flock(lock.fd, LOCK_EX | LOCK_NB) != 0;
    if (!held) {
        unlink(temporary);
    }
    if (!held && still_at_name(&lock)) {
        unlink(lock.path);
    }
    if (lock.fd >= 0) {
        close(lock.fd);
    }
}
