/* SPDX-License-Identifier: MIT */
/* kubeconfig files on disk: which ones kubectl reads, and how one is changed while kubectl and
 * other programs may change it. */
#ifndef KUBE_KUBECONFIG_FILE_H
#define KUBE_KUBECONFIG_FILE_H

#include <limits.h>
#include <stdbool.h>

#include "base/file_edit.h"
#include "kube/kubeconfig.h"

enum { KUBECONFIG_FILES_MAX = 16 };

/* The files that kubectl reads together; of two entries with one name it uses that of the first. */
struct kubeconfig_files {
    char paths[KUBECONFIG_FILES_MAX][PATH_MAX]; /* absolute */
    int count;
};

/* The files of a list such as that in KUBECONFIG, else ~/.kube/config. list and home may be NULL.
 * ERR_FILE if home is needed but unusable, or if there are more files than the maximum. */
int kubeconfig_files_find(struct kubeconfig_files *files, const char *list, const char *home,
                          struct err *err) __attribute__((warn_unused_result));

/* The file for a new entry: the first one that exists, else the last of the list. */
int kubeconfig_files_default(const struct kubeconfig_files *files);

/* Reads a file, after completing an interrupted write; a missing one is empty. text has room for
 * KUBECONFIG_MAX bytes. */
int kubeconfig_file_read(const char *path, struct buf *text, struct err *err)
    __attribute__((warn_unused_result));

/* kubeconfig_edit as a change of a file; wanted is borrowed. */
struct file_edit kubeconfig_file_edit(const char *wanted);

/*
 * Applies kubeconfig_edit to a file and replaces it as a whole, under this program's lock and that
 * of kubectl (PATH.lock). Links are followed; a missing file and its directory (0700) are created.
 * Only its owner can read the file then. *written is false if nothing had to change. Returns 0, or
 * -1 with ERR_FILE, or ERR_UNAVAILABLE if another process holds a lock for too long.
 */
int kubeconfig_file_update(const char *path, const char *wanted, bool *written, struct err *err)
    __attribute__((warn_unused_result));

#endif
