/* SPDX-License-Identifier: MIT */
/* Mode and owner of files, the directories above them, and the names in a directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"

const struct fs_attributes fs_private = {.mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};

bool fs_attributes_of(const char *path, struct fs_attributes *out)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return false;
    }
    out->mode = info.st_mode & 07777;
    out->owner = info.st_uid;
    out->group = info.st_gid;
    return true;
}

/* The owner first, because chown clears the set-id bits. Some file systems have one fixed mode
 * (FAT, SMB, FUSE): fchmod fails there even for the mode that the file has. */
int fs_apply_attributes(int fd, const struct fs_attributes *attr)
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
    if (fchmod(fd, attr->mode) == 0) {
        return 0;
    }
    bool unsupported = errno == EPERM || errno == ENOTSUP || errno == ENOSYS;
    return unsupported && (attr->no_secrets || (info.st_mode & 07777) == attr->mode) ? 0 : -1;
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
    result = result == 0 ? fs_apply_attributes(fd, &own) : -1;
    close(fd);
    return result;
}

/* Whether path is the home directory or above it. */
static bool holds_home(const char *path)
{
    const char *home = getenv("HOME");
    while (home != NULL && *path != '\0' && *path == *home) {
        size_t slashes = strspn(path, "/");
        path += slashes > 0 ? slashes : 1;
        slashes = strspn(home, "/");
        home += slashes > 0 ? slashes : 1;
    }
    return home != NULL && *path == '\0' && (*home == '\0' || *home == '/');
}

/* stat before mkdir: on a read-only file system mkdir fails even if the directory exists. */
static int make_dir(const char *path, const struct fs_attributes *attr, struct err *err)
{
    struct stat info;
    if (stat(path, &info) == 0) {
        return 0;
    }
    if (holds_home(path)) {
        return err_set(err, ERR_FILE,
                       "the home directory %s does not exist: create it, or set HOME to another",
                       getenv("HOME"));
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
        return err_set(err, ERR_FILE, "path too long: %.80s...", path);
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

int fs_for_each(const char *dir,
                int (*each)(const char *dir, const char *name, void *context, struct err *err),
                void *context, struct err *err)
{
    DIR *stream = opendir(dir);
    if (stream == NULL) {
        return errno == ENOENT ? 0 : err_set_errno(err, ERR_FILE, "cannot list %s", dir);
    }
    int result = 0;
    struct dirent *item = NULL;
    errno = 0;
    while ((item = readdir(stream)) != NULL) {
        result = each(dir, item->d_name, context, err) != 0 ? -1 : result;
        errno = 0;
    }
    if (errno != 0) {
        result = err_set_errno(err, ERR_FILE, "cannot list %s", dir);
    }
    closedir(stream);
    return result;
}
