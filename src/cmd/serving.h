/* SPDX-License-Identifier: MIT */
/*
 * From the command line to an endpoint: which profiles, where to listen, and how a renewal gets its
 * credentials. `serve` and `exec --endpoint` share it.
 */
#ifndef CMD_SERVING_H
#define CMD_SERVING_H

#include "base/fs.h"
#include "cmd/session.h"
#include "net/address.h"
#include "serve/endpoint.h"
#include "serve/keeper.h"

enum { SERVING_ADDRESSES_MAX = 8 };

/* What the options above a session's are. */
#define SERVING_OPTIONS SCOPE_OPTIONS, OPTION_LISTEN, OPTION_ALLOW_REMOTE

struct serving {
    struct session session;
    struct scope scopes[KEEPER_PROFILES_MAX];
    char names[KEEPER_PROFILES_MAX][KEEPER_NAME_SIZE];
    const char *name_list[KEEPER_PROFILES_MAX];
    struct address addresses[SERVING_ADDRESSES_MAX];
    const char *file; /* to keep fresh, or NULL */
    struct fs_attributes file_attributes;
    struct endpoint_config config; /* addresses, profiles and work are filled in */
};

/* Reads the options and the portal's token; with --interactive, a person is asked for it, else
 * nobody is asked. addresses_default is where to listen when
 * --listen does not say. Release with serving_close in any case. */
int serving_open(struct serving *serving, const struct args *args, const char *addresses_default,
                 struct err *err) __attribute__((warn_unused_result));
void serving_close(struct serving *serving);

/* serving_login.c, for serving.c: with --interactive, a login that the portal takes; from then on
 * nobody is asked. */
int serving_log_in(struct serving *serving, struct err *err) __attribute__((warn_unused_result));

#endif
