/* SPDX-License-Identifier: MIT */
#include "net/pem_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int pem_file_open(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0 ||
                    info.st_size > PEM_FILE_MAX)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void pem_file_start(struct pem_file *file, int fd)
{
    file->fd = fd;
    file->at = 0;
    file->len = 0;
    file->text[0] = '\0';
    file->rest = file->text;
}

/* Moves what has not been searched to the front and reads more. Returns the number of bytes read; 0
 * at the end of the file, -1 for an error. */
static ssize_t read_piece(struct pem_file *file)
{
    size_t kept = file->len - (size_t)(file->rest - file->text);
    if (kept == PEM_PIECE) {
        kept /= 2; /* no certificate ends within a piece: it begins with something else */
    }
    memmove(file->text, file->text + file->len - kept, kept);
    ssize_t got = pread(file->fd, file->text + kept, PEM_PIECE - kept, file->at);
    file->len = kept + (got > 0 ? (size_t)got : 0);
    file->at += got > 0 ? got : 0;
    file->text[file->len] = '\0';
    file->rest = file->text;
    return got;
}

ssize_t pem_file_next(struct pem_file *file, const unsigned char *subject, size_t subject_len,
                      unsigned char der[PEM_CERTIFICATE_MAX])
{
    size_t found = 0;
    ssize_t got = 1;
    while ((found = pem_bundle_next(&file->rest, subject, subject_len, der)) == 0 &&
           (got = read_piece(file)) > 0) {
    }
    return found > 0 ? (ssize_t)found : got;
}
