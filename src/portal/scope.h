/* SPDX-License-Identifier: MIT */
/*
 * What credentials are for: one tenant, the portal's administrators, or Duplo operations; of AWS,
 * or of the Kubernetes cluster of a tenant or a plan.
 */
#ifndef PORTAL_SCOPE_H
#define PORTAL_SCOPE_H

#include <stdbool.h>

struct err;

enum { SCOPE_NAME_SIZE = 128, SCOPE_KEY_SIZE = 160, SCOPE_TEXT_SIZE = 160 };

enum scope_kind {
    SCOPE_TENANT_NAME,
    SCOPE_TENANT_ID,
    SCOPE_ADMIN,
    SCOPE_DUPLO_OPS,
    SCOPE_PLAN, /* of Kubernetes only; needs an administrator's token */
};

struct scope {
    enum scope_kind kind;
    char tenant[SCOPE_NAME_SIZE]; /* a name or a UUID, in lower case; a plan's name; else "". With
                                   * SCOPE_ADMIN a tenant whose region is wanted, or "". */
    bool kubernetes;              /* access to a cluster instead of AWS credentials */
};

/* A tenant by name, in any case; blanks around it do not count. A text of 32 characters or more is
 * an ID, as in the public clients, and must be a UUID. ERR_USAGE for an empty name, and for control
 * characters, blanks and slashes in it. After an error, scope is undefined. */
int scope_set_tenant(struct scope *scope, const char *name_or_id, struct err *err)
    __attribute__((warn_unused_result));

/* Blanks around the ID do not count. ERR_USAGE if it is not a UUID. */
int scope_set_tenant_id(struct scope *scope, const char *id, struct err *err)
    __attribute__((warn_unused_result));

/* ERR_USAGE as for a tenant's name; a plan's name keeps its case. */
int scope_set_plan(struct scope *scope, const char *name, struct err *err)
    __attribute__((warn_unused_result));

/* Reads "tenant:NAME", "tenant-id:ID", "admin" or "duplo-ops". ERR_USAGE for anything else. */
int scope_parse(struct scope *scope, const char *text, struct err *err)
    __attribute__((warn_unused_result));

/* The text that scope_parse reads, "kubernetes:" and that text, "kubernetes:plan:NAME",
 * or "admin:NAME" for a region. The cache identifies entries by it: it must never change. */
void scope_key(const struct scope *scope, char out[SCOPE_KEY_SIZE]);

/* Whether key, from scope_key, is of Kubernetes. */
bool scope_key_is_kubernetes(const char *key);

/* "tenant dev01", "tenant 1f0e...", "administrator", "administrator, region of dev01",
 * "duplo-ops", "Kubernetes, tenant dev01", "Kubernetes, plan p": for messages and lists. */
void scope_describe(const struct scope *scope, char out[SCOPE_TEXT_SIZE]);

/* The description of the scope that key is the key of; key itself if it is not one. */
void scope_describe_key(const char *key, char out[SCOPE_TEXT_SIZE]);

/* Whether it is a tenant's. The others need an administrator's token. */
bool scope_is_tenant(const struct scope *scope);

#endif
