/* SPDX-License-Identifier: MIT */
/*
 * What is asked for: one tenant's credentials, an administrator's, or Duplo operations'.
 */
#ifndef BROKER_SCOPE_H
#define BROKER_SCOPE_H

enum { SCOPE_NAME_SIZE = 128, SCOPE_TEXT_SIZE = 160 };

enum scope_kind { SCOPE_TENANT_NAME, SCOPE_TENANT_ID, SCOPE_ADMIN, SCOPE_DUPLO_OPS };

struct err;

struct scope {
    enum scope_kind kind;
    char tenant[SCOPE_NAME_SIZE]; /* a name in lower case, or a UUID in lower case; else "" */
};

/* A tenant by name; what has 32 characters or more is an ID, as in the public clients, and must be
 * a UUID then. ERR_USAGE for an empty name, control characters or a slash. */
int scope_set_tenant(struct scope *scope, const char *name_or_id, struct err *err)
    __attribute__((warn_unused_result));

/* ERR_USAGE where id is not a UUID. */
int scope_set_tenant_id(struct scope *scope, const char *id, struct err *err)
    __attribute__((warn_unused_result));

/* "tenant dev01", "tenant 1f0e...", "administrator", "duplo-ops": for messages and as the cache's
 * word for it. */
void scope_describe(const struct scope *scope, char out[SCOPE_TEXT_SIZE]);

#endif
