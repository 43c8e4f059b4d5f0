/* SPDX-License-Identifier: MIT */
/*
 * The protocol between kubectl (client-go) and a credential plugin: the variable
 * KUBERNETES_EXEC_INFO says what is wanted, and the plugin prints an ExecCredential.
 * Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
#ifndef KUBE_EXEC_CREDENTIAL_H
#define KUBE_EXEC_CREDENTIAL_H

#include <stdbool.h>

struct buf;
struct err;
struct kube_access;

enum { EXEC_API_VERSION_SIZE = 64 };

struct exec_info {
    char api_version[EXEC_API_VERSION_SIZE]; /* of the answer: client-go refuses another one */
    bool may_ask; /* whether a person can be asked; true if kubectl did not say */
};

/* Reads the value of KUBERNETES_EXEC_INFO; NULL if it is not set: then the version is v1beta1.
 * ERR_USAGE if it is not an ExecCredential, or of a version other than v1 and v1beta1. */
int exec_info_read(const char *text, struct exec_info *info, struct err *err)
    __attribute__((warn_unused_result));

/* Sets the version by its short name, "v1" or "v1beta1", or its full name with
 * "client.authentication.k8s.io/" in front. ERR_USAGE for another one. */
int exec_info_set_version(struct exec_info *info, const char *version, struct err *err)
    __attribute__((warn_unused_result));

/* Appends the ExecCredential, with the cluster in its spec as duplo-jit and duploctl print it. */
void exec_credential_write(struct buf *out, const struct exec_info *info,
                           const struct kube_access *access);

#endif
