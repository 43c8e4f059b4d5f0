/* SPDX-License-Identifier: MIT */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

enum { READ_CHUNK = 4096, LINKS_MAX = 40 };

/* Reads once, straight into the buffer; if that is full, a byte read beside it shows whether there
 * is more. Returns the number of bytes, 0 at the end, or -1 with errno (EFBIG: does not fit). */
static ssize_t read_some(int fd, struct buf *out, size_t chunk, struct err *err)
{
    char beyond = 0;
    size_t room = out->max - out->len;
    size_t want = chunk < room ? chunk : room;
    char *at = want > 0 ? buf_reserve(out, want, err) : &beyond;
    ssize_t got = at == NULL ? -1 : read(fd, at, want > 0 ? want : 1);
    if (got > 0 && want == 0) {
        errno = EFBIG;
        return -1;
    }
    if (got > 0) {
        out->len += (size_t)got;
        out->data[out->len] = '\0';
    }
    return got;
}

int fs_read_fd(int fd, const char *name, struct buf *out, struct err *err)
{
    struct stat info;
    bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    /* One byte more than the file has: a short read is its end, without another call. */
    size_t chunk = regular && info.st_size > 0 ? (size_t)info.st_size + 1 : READ_CHUNK;
    for (;;) {
        ssize_t got = read_some(fd, out, chunk, err);
        if (got == 0 || (got > 0 && regular && (size_t)got < chunk && out->len < out->max)) {
            return 0;
        }
        if (got < 0 && errno == EFBIG) {
            return err_set(err, ERR_FILE, "%s is larger than %zu bytes", name, out->max);
        }
        if (got < 0 && errno != EINTR) {
            return err_set_errno(err, ERR_FILE, "cannot read %s", name);
        }
        chunk = READ_CHUNK;
    }
}

int fs_write_fd(int fd, const char *name, const void *data, size_t len, struct err *err)
{
    const char *at = data;
    while (len > 0) {
        ssize_t done = write(fd, at, len);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return err_set_errno(err, ERR_FILE, "cannot write %s", name);
        }
        at += done;
        len -= (size_t)done;
    }
    return 0;
}

int fs_read(const char *path, struct buf *out, bool *found, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (found != NULL) {
        *found = fd >= 0;
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
            return 0;
        }
    }
    if (fd < 0) {
        return err_set_errno(err, ERR_FILE, "cannot open %s", path);
    }
    int result = fs_read_fd(fd, path, out, err);
    close(fd);
    return result;
}

static int too_long(const char *path, struct err *err)
{
    return err_set(err, ERR_FILE, "path too long: %.80s...", path);
}

int fs_dirname(const char *path, char out[PATH_MAX], struct err *err)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return text_copy(out, PATH_MAX, ".") ? 0 : -1;
    }
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    if (len >= PATH_MAX) {
        return too_long(path, err);
    }
    memcpy(out, path, len);
    out[len] = '\0';
    return 0;
}

int fs_companion(const char *path, const char *suffix, char out[PATH_MAX], struct err *err)
{
    char dir[PATH_MAX];
    if (fs_dirname(path, dir, err) != 0) {
        return -1;
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    int len = snprintf(out, PATH_MAX, "%s/.%s.duplojit-%s", dir, name, suffix);
    return len > 0 && len < PATH_MAX ? 0 : too_long(path, err);
}

int fs_absolute(const char *path, char out[PATH_MAX], struct err *err)
{
    if (path[0] == '/') {
        return text_copy(out, PATH_MAX, path) ? 0 : too_long(path, err);
    }
    if (getcwd(out, PATH_MAX) == NULL) {
        return err_set_errno(err, ERR_FILE, "cannot find the working directory");
    }
    size_t used = strlen(out);
    int len = snprintf(out + used, PATH_MAX - used, "/%s", path);
    return len > 0 && (size_t)len < PATH_MAX - used ? 0 : too_long(path, err);
}

/* Replaces the path of a link by its target; a relative target is relative to the link. */
static int follow_once(char path[PATH_MAX], const char *target, struct err *err)
{
    char dir[PATH_MAX];
    char next[PATH_MAX];
    if (fs_dirname(path, dir, err) != 0) {
        return -1;
    }
    int len = target[0] == '/' ? snprintf(next, sizeof(next), "%s", target)
                               : snprintf(next, sizeof(next), "%s/%s", dir, target);
    if (len < 0 || (size_t)len >= sizeof(next)) {
        return too_long(target, err);
    }
    memcpy(path, next, (size_t)len + 1);
    return 0;
}

int fs_follow(const char *path, char out[PATH_MAX], struct err *err)
{
    if (!text_copy(out, PATH_MAX, path)) {
        return too_long(path, err);
    }
    for (int i = 0; i < LINKS_MAX; i++) {
        char target[PATH_MAX];
        ssize_t len = readlink(out, target, sizeof(target) - 1);
        if (len < 0) {
            return 0; /* not a link, or missing */
        }
        target[len] = '\0';
        if (follow_once(out, target, err) != 0) {
            return -1;
        }
    }
    return err_set(err, ERR_FILE, "too many symbolic links at %s", path);
}

bool fs_attributes_of(const char *path, struct fs_attributes *out)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return false;
    }
    *out = (struct fs_attributes){
        .mode = info.st_mode & 07777, .owner = info.st_uid, .group = info.st_gid};
    return true;
}

/* Checks the open file, not the path, which may name another file by then. O_NONBLOCK: opening a
 * pipe must not wait. */
int fs_read_private(const char *path, struct buf *out, bool *found, struct err *err)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    *found = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
             info.st_uid == geteuid() && (info.st_mode & 077) == 0;
    int result = *found ? fs_read_fd(fd, path, out, err) : 0;
    if (fd >= 0) {
        close(fd);
    }
    return result;
}

/* The owner first, because chown clears the set-id bits. */
static int apply_attributes(int fd, const struct fs_attributes *attr)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return -1;
    }
    bool owner_differs = (attr->owner != (uid_t)-1 && attr->owner != info.st_uid) ||
                         (attr->group != (gid_t)-1 && attr->group != info.st_gid);
    if (owner_differs && fchown(fd, attr->owner, attr->group) != 0) {
        return -1;
    }
    return fchmod(fd, attr->mode);
}

/* The mode of a directory above a file: users who may read the file may read and search it. */
static mode_t mode_above(mode_t mode)
{
    return S_IRWXU | (mode & 0044) | (mode & 0044) >> 2;
}

/* Sets mode and owner of a directory that this process has just created. It keeps the set-group-ID
 * bit that it inherits, as on volumes with a group of their own. */
static int share_dir(const char *path, const struct fs_attributes *attr)
{
    struct stat info;
    struct fs_attributes own = *attr;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int result = fstat(fd, &info);
    own.mode = mode_above(attr->mode) | (info.st_mode & S_ISGID);
    result = result == 0 ? apply_attributes(fd, &own) : -1;
    close(fd);
    return result;
}

/* stat before mkdir: on a read-only file system mkdir fails even if the directory exists. */
static int make_dir(const char *path, const struct fs_attributes *attr, struct err *err)
{
    struct stat info;
    if (stat(path, &info) == 0) {
        return 0;
    }
    if (mkdir(path, S_IRWXU) != 0) {
        return errno == EEXIST
                   ? 0
                   : err_set_errno(err, ERR_FILE, "cannot create the directory %s", path);
    }
    return attr == NULL || share_dir(path, attr) == 0
               ? 0
               : err_set_errno(err, ERR_FILE, "cannot set the mode and owner of %s", path);
}

int fs_make_dirs(const char *path, const struct fs_attributes *attr, struct err *err)
{
    char partial[PATH_MAX];
    struct stat info;
    if (path[0] == '\0') {
        return err_set(err, ERR_FILE, "the directory name is empty");
    }
    if (!text_copy(partial, sizeof(partial), path)) {
        return too_long(path, err);
    }
    for (char *slash = strchr(partial + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (make_dir(partial, attr, err) != 0) {
            return -1;
        }
        *slash = '/';
    }
    if (make_dir(partial, attr, err) != 0) {
        return -1;
    }
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return err_set(err, ERR_FILE, "%s is not a directory", path);
    }
    return 0;
}

static int sync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    /* EINVAL: the file system cannot sync directories. */
    int result = fsync(fd) != 0 && errno != EINVAL ? -1 : 0;
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
    if (apply_attributes(fd, attr) != 0) {
        result = err_set_errno(err, ERR_FILE, "cannot set the mode and owner of %s", path);
    } else {
        result = fs_write_fd(fd, path, data, len, err);
    }
    if (result == 0 && fsync(fd) != 0) {
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

int fs_check_replaceable(const char *path, struct err *err)
{
    struct stat info;
    bool other = stat(path, &info) == 0 && !S_ISREG(info.st_mode);
    return other ? err_set(err, ERR_FILE, "%s is not a regular file", path) : 0;
}

int fs_replace(const char *path, const void *data, size_t len, const struct fs_attributes *attr,
               struct err *err)
{
    char temporary[PATH_MAX];
    char dir[PATH_MAX];
    if (fs_check_replaceable(path, err) != 0 || fs_companion(path, "new", temporary, err) != 0 ||
        fs_dirname(path, dir, err) != 0 || write_temporary(temporary, data, len, attr, err) != 0) {
        return -1;
    }
    if (rename(temporary, path) != 0) {
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
