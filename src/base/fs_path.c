/* SPDX-License-Identifier: MIT */
/* Paths: their parts, and the symbolic links in them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/percent.h"
#include "base/text.h"

enum { LINKS_MAX = 40 };

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

bool fs_needs_spare(const char *path, const char *spare_dir)
{
    char dir[PATH_MAX];
    struct err ignored;
    return spare_dir != NULL && fs_dirname(path, dir, &ignored) == 0 && access(dir, W_OK) != 0 &&
           (errno == EACCES || errno == EROFS || errno == EPERM);
}

int fs_companion_or_spare(const char *path, const char *spare_dir, const char *suffix,
                          char out[PATH_MAX], struct err *err)
{
    char name[NAME_MAX + 1] = "";
    if (!fs_needs_spare(path, spare_dir)) {
        return fs_companion(path, suffix, out, err);
    }
    if (!percent_append(name, sizeof(name), path)) {
        return too_long(path, err);
    }
    int len = snprintf(out, PATH_MAX, "%s/%s.duplojit-%s", spare_dir, name, suffix);
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

int fs_check_home(const char *home, struct err *err)
{
    return home != NULL && home[0] == '/' ? 0
           : home == NULL                 ? err_set(err, ERR_FILE, "HOME is not set")
                                          : err_set(err, ERR_FILE, "HOME is not an absolute path");
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

/* The kernel's rule protected_symlinks, which can be switched off, and which does not apply to a
 * program that reads a link itself: in a sticky directory that every user can write, only links of
 * this user and of the directory's owner count. */
static int check_link(const char *path, const struct stat *link, struct err *err)
{
    const mode_t shared = S_ISVTX | S_IWOTH;
    char dir[PATH_MAX];
    struct stat info;
    if (fs_dirname(path, dir, err) != 0) {
        return -1;
    }
    return stat(dir, &info) == 0 && (info.st_mode & shared) == shared &&
                   link->st_uid != geteuid() && link->st_uid != info.st_uid
               ? err_set(err, ERR_FILE,
                         "%s is a symbolic link of user %u in a directory that every user can "
                         "write: not followed. Remove it, or use another directory",
                         path, link->st_uid)
               : 0;
}

static int check_links(const char *path, int *links_left, struct err *err);

/* Checks the target of a link, after the link itself. */
static int check_target(const char *path, const struct stat *link, int *links_left, struct err *err)
{
    char next[PATH_MAX];
    char target[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof(target) - 1);
    if (check_link(path, link, err) != 0 || len < 0) {
        return len < 0 ? 0 : -1;
    }
    if (--*links_left < 0) {
        return -1; /* fs_follow names the path that the user knows */
    }
    target[len] = '\0';
    memcpy(next, path, strlen(path) + 1);
    return follow_once(next, target, err) != 0 ? -1 : check_links(next, links_left, err);
}

/* Checks all links of a path, not only the last component. */
static int check_links(const char *path, int *links_left, struct err *err)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    for (size_t i = 1; i <= len; i++) {
        struct stat info;
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (lstat(part, &info) != 0) {
            return 0; /* missing: nothing to follow */
        }
        if (S_ISLNK(info.st_mode) && check_target(part, &info, links_left, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int fs_follow(const char *path, char out[PATH_MAX], struct err *err)
{
    if (!text_copy(out, PATH_MAX, path)) {
        return too_long(path, err);
    }
    int links_left = LINKS_MAX;
    if (check_links(out, &links_left, err) != 0) {
        return links_left < 0 ? err_set(err, ERR_FILE, "too many symbolic links at %s", path) : -1;
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
