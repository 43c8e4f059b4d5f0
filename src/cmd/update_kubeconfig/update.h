/* SPDX-License-Identifier: MIT */
/* The parts of update-kubeconfig: the wanted entries, the files that have them, and what is
 * printed. */
#ifndef CMD_UPDATE_KUBECONFIG_UPDATE_H
#define CMD_UPDATE_KUBECONFIG_UPDATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/output_value.h"
#include "kube/exec_credential.h"
#include "kube/kube_access.h"
#include "kube/kubeconfig_file.h"

struct args;
struct err;

enum { KUBE_ENTRY_NAME_SIZE = 200 };

/* One run. */
struct kube_update {
    const struct args *args;
    struct output_value message;          /* how the result is printed */
    bool removes;                         /* --remove */
    bool uses;                            /* --use */
    bool embeds;                          /* --embed-token */
    struct exec_info version;             /* of the exec plugin */
    struct kube_access access;            /* to the cluster; empty for --remove */
    struct buf words;                     /* of the exec plugin, each with its NUL */
    char namespace[KUBE_ENTRY_NAME_SIZE]; /* "": none */
    /* The names of the entries; for --remove, "" for one that stays because others use it. */
    char names[KUBECONFIG_LISTS][KUBE_ENTRY_NAME_SIZE];
    struct kubeconfig_files files;
    bool has[KUBECONFIG_FILES_MAX][KUBECONFIG_LISTS]; /* the entries that each file has */
    bool is_current[KUBECONFIG_FILES_MAX];            /* its current-context is the context */
};

/* Reads all files, and fills in which entries they have. For --remove also finds the cluster and
 * the user of the context. Returns 0, or -1 with ERR_FILE if kubectl would reject one of the files,
 * or ERR_REJECTED if there is no context to remove. */
int kube_update_scan(struct kube_update *update, struct err *err)
    __attribute__((warn_unused_result));

/* Appends what a file must have, for kubeconfig_edit: an entry belongs to the first file that has
 * it, a new one and current-context to the default file. Appends nothing if there is nothing. */
void kube_update_add_wanted(const struct kube_update *update, int file, struct buf *out);

/* The same for a new file with all entries. */
void kube_update_add_all(const struct kube_update *update, struct buf *out);

/* Prints the change of one file as a diff, or a new file. Secrets in a diff are masked. */
int kube_update_print_diff(const char *path, const char *wanted, struct err *err)
    __attribute__((warn_unused_result));
int kube_update_print_new(const char *wanted, struct err *err) __attribute__((warn_unused_result));

#endif
