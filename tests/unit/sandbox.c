/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rows.h"

static char directory[512];

int sandbox_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    snprintf(directory, sizeof(directory), "%s/duplojit-unit.XXXXXX",
             base != NULL && base[0] == '/' ? base : "/tmp");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

int sandbox_teardown(void **state)
{
    (void)state;
    return nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *sandbox_path(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%s%s%s", directory, name[0] != '\0' ? "/" : "", name);
    return path;
}

void sandbox_write(const char *path, const void *data, size_t len, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    row_true(path, fd >= 0);
    row_true(path, write(fd, data, len) == (ssize_t)len);
    row_int(path, fchmod(fd, mode), 0);
    close(fd);
}

void sandbox_write_text(const char *path, const char *text)
{
    sandbox_write(path, text, strlen(text), 0600);
}

char *sandbox_read(const char *path, size_t *len)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    row_true(path, fd >= 0);
    row_int(path, fstat(fd, &info), 0);
    *len = (size_t)info.st_size;
    char *text = malloc(*len + 1);
    row_true(path, text != NULL);
    row_true(path, read(fd, text, *len) == (ssize_t)*len);
    text[*len] = '\0';
    close(fd);
    return text;
}

mode_t sandbox_mode(const char *path)
{
    struct stat info;
    row_int(path, stat(path, &info), 0);
    return info.st_mode & 07777;
}

int sandbox_count(const char *path)
{
    int count = 0;
    DIR *stream = opendir(path);
    row_true(path, stream != NULL);
    for (struct dirent *item = readdir(stream); item != NULL; item = readdir(stream)) {
        count += strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0 ? 1 : 0;
    }
    closedir(stream);
    return count;
}

int sandbox_feed_stdin(const char *text)
{
    int ends[2];
    int before = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return before;
}

void sandbox_restore_stdin(int before)
{
    if (before >= 0) {
        dup2(before, STDIN_FILENO);
        close(before);
    } else {
        close(STDIN_FILENO);
    }
}
