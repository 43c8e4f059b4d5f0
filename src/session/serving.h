/* SPDX-License-Identifier: MIT */
/*
 * From the command line to an endpoint: which profiles, where to listen, and how a renewal gets its
 * credentials. `serve` and `exec --endpoint` share it.
 */
#ifndef SESSION_SERVING_H
#define SESSION_SERVING_H

#include "base/fs.h"
#include "net/address.h"
#include "serve/endpoint.h"
#include "serve/profile_set.h"
#include "session/session.h"

enum { SERVING_ADDRESSES_MAX = 8 };

struct serving {
    struct session session;
    struct scope scopes[PROFILE_SET_PROFILES_MAX];
    char names[PROFILE_SET_PROFILES_MAX][PROFILE_SET_NAME_SIZE];
    const char *name_list[PROFILE_SET_PROFILES_MAX];
    struct address addresses[SERVING_ADDRESSES_MAX];
    const char *file; /* to keep fresh, or NULL */
    struct fs_attributes file_attributes;
    struct endpoint_config config; /* addresses, profiles and work are filled in */
};

/* Reads the options and the portal's token; with --interactive, a person is asked for it, else
 * nobody is asked. addresses_default is where to listen when --listen does not say. NULL with err
 * set. */
struct serving *serving_new(const struct args *args, const char *addresses_default,
                            struct err *err);
void serving_free(struct serving *serving);

/* Each renewal writes into this credentials file, too, with serving->file_attributes. */
void serving_also_write(struct serving *serving, const char *file);

/* Waits for credentials of the first profile, as `aws` would; the caller wipes first->creds. In
 * another process, see serve/renewal.h. */
int serving_fetch_first(struct serving *serving, struct renewal_report *first, struct err *err)
    __attribute__((warn_unused_result));

/* serving_login.c, for serving.c: with --interactive, a login that the portal takes; from then on
 * nobody is asked. */
int serving_log_in(struct serving *serving, struct err *err) __attribute__((warn_unused_result));

#endif
