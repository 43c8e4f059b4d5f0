/* SPDX-License-Identifier: MIT */
#include "aws/variable_lines.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"

/* Whether standard output was redirected to that file. */
static bool is_standard_output(int fd)
{
    struct stat file;
    struct stat out;
    return fstat(fd, &file) == 0 && fstat(STDOUT_FILENO, &out) == 0 && file.st_ino == out.st_ino &&
           file.st_dev == out.st_dev;
}

/* Ends the last line of a regular file that text is appended to: the first variable would become
 * part of it. Does nothing if the file cannot be read. */
static int end_last_line(int fd, const char *name, struct err *err)
{
    struct stat info;
    char path[32];
    char last = '\n';
    int flags = fcntl(fd, F_GETFL);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0 || flags < 0 ||
        ((flags & O_APPEND) == 0 && lseek(fd, 0, SEEK_CUR) != info.st_size)) {
        return 0;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    if (reader < 0) {
        return 0;
    }
    ssize_t got = pread(reader, &last, 1, info.st_size - 1);
    close(reader);
    return got == 1 && last != '\n' ? fs_write_fd(fd, name, "\n", 1, err) : 0;
}

int variable_lines_append(int fd, const char *name, const struct buf *lines, struct err *err)
{
    return end_last_line(fd, name, err) != 0 ? -1
                                             : fs_write_fd(fd, name, lines->data, lines->len, err);
}

int variable_lines_write_github(const char *path, const struct buf *masks, const struct buf *lines,
                                struct err *err)
{
    int file = STDOUT_FILENO;
    int console = STDOUT_FILENO;
    if (path != NULL) {
        file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0) {
            return err_set_errno(err, ERR_FILE, "cannot open %s (GITHUB_ENV)", path);
        }
        console = is_standard_output(file) ? STDERR_FILENO : STDOUT_FILENO;
    }
    int result = fs_write_fd(console, "the masks", masks->data, masks->len, err);
    if (result == 0) {
        result = variable_lines_append(file, path != NULL ? path : "standard output", lines, err);
    }
    if (file != STDOUT_FILENO) {
        close(file);
    }
    return result;
}
