/* SPDX-License-Identifier: MIT */
#include "kube/kubeconfig_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"

enum { LOCK_WAIT_MS = 10000, LOCK_RETRY_MS = 50 };

static int add_path(struct kubeconfig_files *files, const char *path, struct err *err)
{
    if (files->count == KUBECONFIG_FILES_MAX) {
        return err_set(err, ERR_FILE, "KUBECONFIG has more than %d files", KUBECONFIG_FILES_MAX);
    }
    if (fs_absolute(path, files->paths[files->count], err) != 0) {
        return -1;
    }
    for (int i = 0; i < files->count; i++) {
        if (strcmp(files->paths[i], files->paths[files->count]) == 0) {
            return 0;
        }
    }
    files->count++;
    return 0;
}

int kubeconfig_files_find(struct kubeconfig_files *files, const char *list, const char *home,
                          struct err *err)
{
    char path[PATH_MAX];
    files->count = 0;
    while (list != NULL && *list != '\0') {
        size_t len = strcspn(list, ":");
        if (len >= sizeof(path)) {
            return err_set(err, ERR_FILE, "KUBECONFIG: path too long: %.80s...", list);
        }
        memcpy(path, list, len);
        path[len] = '\0';
        if (len > 0 && add_path(files, path, err) != 0) {
            return -1;
        }
        list += len + (list[len] == ':' ? 1 : 0);
    }
    if (files->count > 0) {
        return 0;
    }
    if (home == NULL) {
        return err_set(err, ERR_FILE,
                       "HOME is not set, so ~/.kube/config cannot be found. Set "
                       "KUBECONFIG");
    }
    if (fs_check_home(home, err) != 0) {
        return -1;
    }
    int len = snprintf(path, sizeof(path), "%s/.kube/config", home);
    return len < 0 || (size_t)len >= sizeof(path)
               ? err_set(err, ERR_FILE, "path too long: %.80s...", home)
               : add_path(files, path, err);
}

int kubeconfig_files_default(const struct kubeconfig_files *files)
{
    for (int i = 0; i < files->count; i++) {
        if (access(files->paths[i], F_OK) == 0) {
            return i;
        }
    }
    return files->count - 1;
}

int kubeconfig_file_read(const char *path, struct buf *text, struct err *err)
{
    bool found = false;
    buf_clear(text);
    return fs_check_replaceable(path, err) != 0 || fs_recover_target(path, NULL, err) != 0
               ? -1
               : fs_read(path, text, &found, err);
}

/*
 * Takes the lock of kubectl, with all signals blocked: kubectl never removes a lock that it finds.
 * kubectl writes a file in place, so a reader without the lock can get a part. lock is "" in a
 * directory that is read-only: kubectl cannot change the file either. unmasked gets the signals
 * that were blocked before.
 */
static int lock_kubectl(const char *path, char lock[PATH_MAX], sigset_t *unmasked, struct err *err)
{
    sigset_t all;
    int64_t deadline_ms = clock_mono_ms() + LOCK_WAIT_MS;
    int len = snprintf(lock, PATH_MAX, "%s.lock", path);
    if (len < 0 || len >= PATH_MAX) {
        return err_set(err, ERR_FILE, "path too long: %.80s...", path);
    }
    sigfillset(&all);
    for (;;) {
        sigprocmask(SIG_BLOCK, &all, unmasked);
        int fd = open(lock, O_CREAT | O_EXCL | O_CLOEXEC, 0);
        if (fd >= 0) {
            close(fd);
            return 0;
        }
        if (errno == EROFS || errno == EACCES) {
            lock[0] = '\0';
            return 0;
        }
        int failure = errno;
        sigprocmask(SIG_SETMASK, unmasked, NULL);
        errno = failure;
        if (failure != EEXIST) {
            return err_set_errno(err, ERR_FILE, "cannot create %s", lock);
        }
        if (!clock_sleep_ms(LOCK_RETRY_MS, deadline_ms)) {
            return err_set(err, ERR_UNAVAILABLE,
                           "%s exists: kubectl is changing the file, or was killed while it did. "
                           "If no kubectl runs, remove it",
                           lock);
        }
    }
}

static void unlock_kubectl(const char *lock, const sigset_t *unmasked)
{
    if (lock[0] != '\0') {
        unlink(lock);
    }
    sigprocmask(SIG_SETMASK, unmasked, NULL);
}

static int apply(const struct file_edit *edit, struct buf *text, struct err *err)
{
    return kubeconfig_edit(text, edit->wanted, err);
}

struct file_edit kubeconfig_file_edit(const char *wanted)
{
    return (struct file_edit){KUBECONFIG_MAX, apply, wanted};
}

int kubeconfig_file_update(const char *path, const char *wanted, bool *written, struct err *err)
{
    const struct file_edit edit = kubeconfig_file_edit(wanted);
    struct fs_lock lock;
    char target[PATH_MAX];
    char kubectl_lock[PATH_MAX];
    sigset_t unmasked;
    *written = false;
    int result = fs_lock_target(&lock, path, &fs_private, target, err);
    if (result == 0 && (result = lock_kubectl(path, kubectl_lock, &unmasked, err)) == 0) {
        result = file_edit_write(target, &edit, &fs_private, written, err);
        unlock_kubectl(kubectl_lock, &unmasked);
    }
    fs_lock_release(&lock);
    return result;
}
