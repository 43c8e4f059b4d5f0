/* SPDX-License-Identifier: MIT */
/*
 * Files: read with a limit, replace as a whole or not at all, one writer at a time.
 * Whoever touches a file goes through here. It knows nothing of what the files mean.
 * All errors are ERR_FILE with the path in the text unless a declaration says otherwise.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct err;

/* Appends what the file holds. Larger than out->max is an error, and so is a missing file, unless
 * found is given: then that is false and out is left alone. */
int fs_read(const char *path, struct buf *out, bool *found, struct err *err)
    __attribute__((warn_unused_result));

/* As fs_read, from a descriptor that stays open; name stands for it in messages. */
int fs_read_fd(int fd, const char *name, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* Writes everything to a descriptor; name stands for it in messages. */
int fs_write_fd(int fd, const char *name, const void *data, size_t len, struct err *err)
    __attribute__((warn_unused_result));

/* The directory part of a path, "." where it has none. */
int fs_dirname(const char *path, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* The path of a hidden companion in the same directory: DIR/.NAME.duplojit-SUFFIX for DIR/NAME. */
int fs_companion(const char *path, const char *suffix, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* Follows symbolic links of the last component to where a write must go; the end of the chain need
 * not exist. */
int fs_follow(const char *path, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* An absolute path from one that may be relative to the working directory. Resolves no links. */
int fs_absolute(const char *path, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* What a replaced file shall have. An owner or group of -1 is left to the system. */
struct fs_attributes {
    mode_t mode;
    uid_t owner;
    gid_t group;
};

/* Makes a directory and those above it that are missing: 0700, or for a file with these attributes,
 * with its owner and open to whoever may read it. One that is there is left as it is. */
int fs_make_dirs(const char *path, const struct fs_attributes *attr, struct err *err)
    __attribute__((warn_unused_result));

/* What a file has now; false where there is none, and the attributes are left alone then. */
bool fs_attributes_of(const char *path, struct fs_attributes *out);

/* As fs_read, of a regular file (no link to one) that is this user's and nobody else's to read.
 * What is not, is not believed: found is false, as where there is none. */
int fs_read_private(const char *path, struct buf *out, bool *found, struct err *err)
    __attribute__((warn_unused_result));

/* Only a regular file, or nothing, may be replaced: not /dev/null, which root could, nor a pipe, of
 * which even reading would wait forever. */
int fs_check_replaceable(const char *path, struct err *err) __attribute__((warn_unused_result));

/*
 * Writes a temporary file beside path (which must be no link: see fs_follow), syncs it, renames it
 * over path, syncs the directory. Mode and owner are set before the first byte is written. Whoever
 * reads path sees the old file or the new one, whole, whenever the process dies. Call it under
 * fs_lock_take: the temporary name is fixed, so that a killed run's left-over is used up by the
 * next.
 */
int fs_replace(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
               struct err *err) __attribute__((warn_unused_result));

/* fs_replace under the lock, with links followed and missing directories made. */
int fs_put(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
           struct err *err) __attribute__((warn_unused_result));

/* An advisory lock for path among processes of this program: a file beside it, gone after use. */
struct fs_lock {
    int fd; /* -1 when not held */
    char path[PATH_MAX];
};

/* The lock of a file that is about to be replaced: path with links followed, which target gets, and
 * its directory, made for a file with these attributes where it is missing. All errors are
 * ERR_FILE. */
int fs_lock_target(struct fs_lock *lock, const char *path, const struct fs_attributes *attr,
                   char target[PATH_MAX], struct err *err) __attribute__((warn_unused_result));

/* Waits until the deadline (base/clock.h) at most. Past it the error is ERR_UNAVAILABLE. */
int fs_lock_take(struct fs_lock *lock, const char *path, int64_t deadline_ms, struct err *err)
    __attribute__((warn_unused_result));

/* Accepts a lock that is not held. */
void fs_lock_release(struct fs_lock *lock);

/* Removes what a killed run left beside path, its lock file and its temporary file, unless a
 * process holds the lock: then both are in use. */
void fs_lock_sweep(const char *path);

#endif
