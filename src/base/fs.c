/* SPDX-License-Identifier: MIT */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"

enum { READ_CHUNK = 4096 };

/* Reads once, straight into the buffer; if that is full, a byte read beside it shows whether there
 * is more. Returns the number of bytes, 0 at the end, or -1 with errno (EFBIG: does not fit). */
static ssize_t read_some(int fd, struct buf *out, size_t chunk, struct err *err)
{
    char beyond = 0;
    size_t room = out->max - out->len;
    size_t want = chunk < room ? chunk : room;
    char *at = want > 0 ? buf_reserve(out, want, err) : &beyond;
    if (at == NULL) {
        errno = ENOMEM;
        return -1;
    }
    ssize_t got = read(fd, at, want > 0 ? want : 1);
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
        if (got < 0 && errno == ENOMEM) {
            return err_set(err, ERR_INTERNAL, "out of memory to read %s", name);
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

int fs_check_replaceable(const char *path, struct err *err)
{
    struct stat info;
    bool other = stat(path, &info) == 0 && !S_ISREG(info.st_mode);
    return other ? err_set(err, ERR_FILE, "%s is not a regular file", path) : 0;
}
