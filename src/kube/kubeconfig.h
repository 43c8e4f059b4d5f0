/* SPDX-License-Identifier: MIT */
/*
 * kubeconfig files: what kubectl accepts, and edits that change an entry and no other byte. Works
 * on texts; reads and writes no file.
 */
#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "yaml/yaml_tree.h"

struct buf;
struct err;

enum { KUBECONFIG_MAX = 4 << 20 }; /* bytes of a file */

enum kubeconfig_list {
    KUBECONFIG_CLUSTERS,
    KUBECONFIG_USERS,
    KUBECONFIG_CONTEXTS,
    KUBECONFIG_LISTS
};

/* The name of a list, "clusters", and the key of its entries' values, "cluster". */
extern const char *const kubeconfig_lists[KUBECONFIG_LISTS];
extern const char *const kubeconfig_keys[KUBECONFIG_LISTS];

/* Whether a field of a cluster or user is removed if it is not wanted: kubectl would use it beside
 * the wanted ones, or complain. */
bool kubeconfig_is_ours(const char *name);

/* Parses a file. Returns 0, or -1 with ERR_FILE and the line of what kubectl rejects, or of what
 * cannot be edited: a second document, or << beside the names. Release the tree in any case. */
int kubeconfig_parse(struct yaml_tree *tree, const char *text, size_t len, struct err *err)
    __attribute__((warn_unused_result));

/* The entry with this name, a mapping with "name", or NULL. name must not be NULL. */
const struct yaml_node *kubeconfig_find(const struct yaml_tree *tree, enum kubeconfig_list list,
                                        const char *name);

/*
 * Brings a file to a wanted state, which is JSON with the form of a kubeconfig:
 * {"clusters": [{"name": "n", "cluster": {...}}], ..., "current-context": "n"}. An entry that has
 * only a name is removed. Fields of an entry that are not wanted stay, except for credentials of
 * users and the ways to verify a cluster's certificate. An empty file also gets apiVersion and
 * kind. Does nothing if the file has the state already. Returns 0, or -1 with ERR_FILE as
 * kubeconfig_parse does; text must not be used then.
 */
int kubeconfig_edit(struct buf *text, const char *wanted, struct err *err)
    __attribute__((warn_unused_result));

#endif
