/* SPDX-License-Identifier: MIT */
/*
 * --tenant, --tenant-id, --admin and --duplo-ops: what credentials are for. Scopes on the command
 * line override those in the environment, and these the scope of the context.
 */
#ifndef CLI_SCOPE_OPTIONS_H
#define CLI_SCOPE_OPTIONS_H

#include <stdbool.h>

struct args;
struct err;
struct scope;

#define SCOPE_OPTIONS OPTION_TENANT, OPTION_TENANT_ID, OPTION_ADMIN, OPTION_DUPLO_OPS

/* The scope that the options name. *found is false, without an error, if they name none. Two on the
 * command line are ERR_USAGE; in the grammars of other tools the higher one counts. */
int scope_options_find(const struct args *args, struct scope *scope, bool *found, struct err *err)
    __attribute__((warn_unused_result));

/* The tenant that they name, also beside other scopes; an ID comes before a name. */
int scope_options_find_tenant(const struct args *args, struct scope *scope, bool *found,
                              struct err *err) __attribute__((warn_unused_result));

/* As scope_options_find, with ERR_USAGE if they name none. */
int scope_options_read(const struct args *args, struct scope *scope, struct err *err)
    __attribute__((warn_unused_result));

/* All scopes on the command line in their order, else the one in the environment. ERR_USAGE if
 * there is none, or more than max. */
int scope_options_list(const struct args *args, struct scope *scopes, int max, int *count,
                       struct err *err) __attribute__((warn_unused_result));

/* Whether one of the scopes needs an administrator's login. */
int scope_options_need_admin(const struct args *args, bool *admin, struct err *err)
    __attribute__((warn_unused_result));

/* The Kubernetes cluster that --tenant, --tenant-id or --plan names. A plan on the command line
 * comes before everything in the environment, and a tenant there before a plan there. In the
 * grammars of other tools a plan comes before a tenant. ERR_USAGE if there is none, or for two on
 * the command line. */
int scope_options_find_cluster(const struct args *args, struct scope *scope, struct err *err)
    __attribute__((warn_unused_result));

/* ERR_USAGE: no scope is named. Yields -1. */
int scope_options_missing(struct err *err);

#endif
