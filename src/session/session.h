/* SPDX-License-Identifier: MIT */
/*
 * What the commands share: from the options to a portal, an identity, a cache, and credentials. An
 * open session has read the token; it has not used the network yet.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "broker/broker.h"
#include "broker/cache.h"
#include "broker/identity.h"
#include "cli/args.h"
#include "login/login_identity.h"
#include "net/url.h"
#include "portal/client.h"
#include "portal/portal.h"
#include "session/network.h"
#include "session/session_options.h"

struct err;

enum session_mode {
    SESSION_NORMAL,      /* the token that is given; without one, a login if --interactive is */
    SESSION_SAVED_LOGIN, /* the same, but without --interactive the saved login is used */
    SESSION_ADMIN,       /* the same as normal, but a login is an administrator's */
    SESSION_NEW_LOGIN,   /* a login; tokens that are given do not count */
    SESSION_CHECK,       /* nothing but the values that need no file and no network */
};

struct session {
    const struct args *args;
    struct url_origin host;
    struct url_origin api;
    struct network network;
    struct portal_client client;
    struct portal portal;       /* see session_portal */
    struct cache *cache;        /* for credentials; NULL: none */
    struct cache *logins;       /* for saved logins; NULL: none */
    struct cache cache_storage; /* what both point to */
    struct identity *identity;  /* NULL: none */
    union {
        struct given_token given;
        struct login_identity login;
    } kind; /* what identity points to */
};

/* The options of every command that asks the portal, for its option list. */
#define SESSION_OPTIONS                                                                            \
    OPTION_HOST, OPTION_API_HOST, OPTION_TOKEN_FILE, OPTION_TOKEN, OPTION_INTERACTIVE,             \
        BROWSER_WAIT_OPTIONS, OPTION_OTP, CONTEXT_OPTIONS, OPTION_CA_FILE, OPTION_RESOLVE,         \
        OPTION_TIMEOUT, OPTION_WAIT, COMMON_OPTIONS
#define CONTEXT_OPTIONS OPTION_CONTEXT, OPTION_CONTEXT_FILE
#define CACHE_OPTIONS OPTION_NO_CACHE, OPTION_CACHE_DIR

/* Keeps pointers into itself and to args: it must not be copied. Release with session_close in any
 * case. */
int session_open(struct session *session, const struct args *args, enum session_mode mode,
                 struct err *err) __attribute__((warn_unused_result));
void session_close(struct session *session);

/* session_open and session_close with SESSION_CHECK: a profile's options must work later. */
int session_check(const struct args *args, struct err *err) __attribute__((warn_unused_result));

/* The portal, ready for calls; opens the identity, which may ask a person. Valid until the next
 * call of a function here. NULL with err set. */
const struct portal *session_portal(struct session *session, struct err *err);

/* Credentials or access, from the broker; see broker_get. */
int session_issued(struct session *session, const struct scope *scope, int64_t want_left_s,
                   const struct issued *issued, int64_t *left_s, struct err *err)
    __attribute__((warn_unused_result));

/* AWS credentials. */
int session_credentials(struct session *session, const struct scope *scope,
                        struct aws_credentials *creds, struct err *err)
    __attribute__((warn_unused_result));

/* The same with more than want_left_s seconds left (see broker/broker.h). *left_s is how many they
 * have. */
int session_lasting_credentials(struct session *session, const struct scope *scope,
                                int64_t want_left_s, struct aws_credentials *creds, int64_t *left_s,
                                struct err *err) __attribute__((warn_unused_result));

/* The ID of a scope's tenant; "" for a scope without one. */
int session_tenant_id(struct session *session, const struct scope *scope, char id[PORTAL_ID_SIZE],
                      struct err *err) __attribute__((warn_unused_result));

/* Asks the person for a new login. For SESSION_NEW_LOGIN. */
int session_log_in(struct session *session, struct err *err) __attribute__((warn_unused_result));

/* After a call that failed with err: true if it can be repeated, because there is a new token now.
 * False: err says why not. */
bool session_renew(struct session *session, struct err *err);

/* Reads a token file or a saved login again, which may have changed since. */
int session_reload(struct session *session, struct err *err) __attribute__((warn_unused_result));

/* Removes the cached credentials of this scope: the next ones are new. */
void session_forget(struct session *session, const struct scope *scope);

#endif
