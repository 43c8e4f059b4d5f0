/* SPDX-License-Identifier: MIT */
/*
 * Files: read with a limit, replaced whole or not at all, one writer at a time. Knows nothing of
 * what the files mean.
 * Functions that return int return 0, or -1 with ERR_FILE and the path in the text, unless their
 * comment says otherwise.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct err;

/* Appends the file's content to out; a file that does not fit into out->max is an error. A missing
 * file is an error if found is NULL; otherwise *found is false, out is unchanged, and 0 is
 * returned. */
int fs_read(const char *path, struct buf *out, bool *found, struct err *err)
    __attribute__((warn_unused_result));

/* The same from a descriptor, which stays open; messages call it name. */
int fs_read_fd(int fd, const char *name, struct buf *out, struct err *err)
    __attribute__((warn_unused_result));

/* Writes all of data to a descriptor; messages call it name. */
int fs_write_fd(int fd, const char *name, const void *data, size_t len, struct err *err)
    __attribute__((warn_unused_result));

/* The directory part of a path; "." if it has none. */
int fs_dirname(const char *path, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* The path of a hidden file in the same directory: DIR/.NAME.duplojit-SUFFIX for DIR/NAME. */
int fs_companion(const char *path, const char *suffix, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* The same, but SPARE_DIR/ENCODED-PATH.duplojit-SUFFIX if spare_dir is not NULL and the file's
 * directory cannot be written. path is absolute then. */
int fs_companion_or_spare(const char *path, const char *spare_dir, const char *suffix,
                          char out[PATH_MAX], struct err *err) __attribute__((warn_unused_result));

/* Whether fs_companion_or_spare uses spare_dir. */
bool fs_needs_spare(const char *path, const char *spare_dir);

/* Follows symbolic links of the last component to the file that they lead to. That file need not
 * exist. Fails for more than 40 links, and if any component is a link that another user created in
 * a sticky directory that every user can write, as /tmp. */
int fs_follow(const char *path, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* An absolute path; a relative one is relative to the working directory. Follows no links. */
int fs_absolute(const char *path, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* Whether the value of HOME, or NULL, can be used: it must be an absolute path. */
int fs_check_home(const char *home, struct err *err) __attribute__((warn_unused_result));

/* What a written file gets. An owner or group of -1 is left to the system. */
struct fs_attributes {
    mode_t mode;
    uid_t owner;
    gid_t group;
    bool no_secrets; /* the file may keep another mode if the file system cannot set this one */
    /* The directory for the lock and the pending file if the file's own directory cannot be
     * written, so that an existing file can still be written in place. NULL: no such place. */
    const char *spare_dir;
};

/* Mode 0600, and the owner and group that the system chooses. */
extern const struct fs_attributes fs_private;

/* Sets attributes on an open file. -1 with errno. */
int fs_apply_attributes(int fd, const struct fs_attributes *attr)
    __attribute__((warn_unused_result));

/*
 * Calls each for every name in a directory, in no order. A failure of each does not end the loop,
 * so that what can be done is done: 0, or -1 with the last error. A missing directory has no names.
 */
int fs_for_each(const char *dir,
                int (*each)(const char *dir, const char *name, void *context, struct err *err),
                void *context, struct err *err) __attribute__((warn_unused_result));

/*
 * Creates a directory and the missing ones above it. With attr NULL they get mode 0700. Otherwise
 * they get the owner and group of attr, and everyone who may read a file with attr may read and
 * search them. Existing directories stay as they are. Never creates the directory that HOME in the
 * process's environment names, or one above it: a missing home is a wrong HOME or an account that
 * has none.
 */
int fs_make_dirs(const char *path, const struct fs_attributes *attr, struct err *err)
    __attribute__((warn_unused_result));

/* Mode, owner and group that a file has now. False, with *out unchanged, if it cannot be found. */
bool fs_attributes_of(const char *path, struct fs_attributes *out);

/* Reads a regular file that belongs to this user and that no other user may read, write or execute.
 * Any other file (a link too) counts as missing: *found is false and 0 is returned. */
int fs_read_private(const char *path, struct buf *out, bool *found, struct err *err)
    __attribute__((warn_unused_result));

/* Fails unless path is a regular file or missing. Root could replace /dev/null, and reading a pipe
 * could wait forever. */
int fs_check_replaceable(const char *path, struct err *err) __attribute__((warn_unused_result));

/*
 * Writes a temporary file beside path, syncs it, renames it over path, and syncs the directory.
 * Mode and owner are set before the first byte is written. Readers see the old file or the new one,
 * whole, even if the process is killed. Signals that end the process are delivered after the write.
 * path must not be a link (see fs_follow). Call it under
 * fs_lock_take: the temporary name is fixed, so that the next run replaces what a killed run left.
 *
 * A mount point, a file with hard links in a directory that only its owner can write, and a file in
 * a directory that cannot be written (with attr->spare_dir), is written in place instead. Readers
 * may then see a part of the new content. A killed run leaves the old file, or a part that
 * fs_recover completes. An in-place write into a file of another user fails if the owner of attr is
 * -1.
 */
int fs_replace(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
               struct err *err) __attribute__((warn_unused_result));

/* Completes an in-place write to path that was interrupted, and removes a temporary file that a run
 * has left. Call it under the lock. spare_dir as in struct fs_attributes. */
int fs_recover(const char *path, const char *spare_dir, struct err *err)
    __attribute__((warn_unused_result));

/* Whether an interrupted in-place write to path may have to be completed. */
bool fs_is_pending(const char *path, const char *spare_dir);

/* fs_recover under the lock, after following links. A program calls it before it reads a file that
 * it will replace. */
int fs_recover_target(const char *path, const char *spare_dir, struct err *err)
    __attribute__((warn_unused_result));

/* fs_replace under the lock, after following links and creating missing directories. */
int fs_put(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
           struct err *err) __attribute__((warn_unused_result));

/* An advisory lock on path among processes of this program. It is a file beside path, which is
 * removed when the lock is released. */
struct fs_lock {
    int fd;              /* -1 while the lock is not held */
    bool blocks_signals; /* see fs_lock_target */
    sigset_t unblocked;  /* the signal mask before */
    char path[PATH_MAX];
};

/* Waits for the lock until the deadline (a value of clock_mono_ms), then calls fs_recover.
 * ERR_UNAVAILABLE if another process still holds it then. On a file system without locks it prints
 * a warning and succeeds. */
int fs_lock_take(struct fs_lock *lock, const char *path, int64_t deadline_ms, struct err *err)
    __attribute__((warn_unused_result));

/* Takes the lock of a file that is about to be replaced, waiting up to 30 seconds: of target, which
 * becomes path with its links followed. Creates its directory as fs_make_dirs does, and prints a
 * warning if any user can replace files there. Until the lock is released, signals that end the
 * process are blocked: none of them leaves a temporary file or a lock file. */
int fs_lock_target(struct fs_lock *lock, const char *path, const struct fs_attributes *attr,
                   char target[PATH_MAX], struct err *err) __attribute__((warn_unused_result));

/* Blocks SIGTERM, SIGINT, SIGHUP and SIGQUIT. *before gets the signal mask to restore. */
void fs_block_signals(sigset_t *before);

/* Removes what a killed process left beside path, after following links: completes an in-place
 * write, and removes the temporary file and the lock file. Does nothing if another process holds
 * the lock until the deadline (clock_mono_ms). */
void fs_tidy(const char *path, int64_t deadline_ms);

/* Does nothing if the lock is not held. */
void fs_lock_release(struct fs_lock *lock);

/* Removes the lock file, the temporary file and the pending file that a killed run left beside
 * path. Does nothing while a process holds the lock. */
int fs_lock_sweep(const char *path, struct err *err) __attribute__((warn_unused_result));

#endif
