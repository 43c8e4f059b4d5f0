/* SPDX-License-Identifier: MIT */
/*
 * From options to the floors below: who asks, which portal, which cache, what is wanted.
 * What the commands share; it never calls a command. Opening one reads the token and touches no
 * network; the HTTP client starts with the first question that needs the portal.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>

#include "base/terminal.h"
#include "broker/broker.h"
#include "broker/cache.h"
#include "broker/identity.h"
#include "cli/args.h"
#include "login/browser_wait.h"
#include "net/url.h"
#include "portal/portal.h"
#include "session/session_login.h"

struct err;
struct http;

/* An MFA code and its NUL, with room for a newline. */
enum { SESSION_OTP_SIZE = 66 };

struct session {
    const struct args *args;
    struct identity identity;
    struct url_origin host;
    struct url_origin api;
    struct http *http; /* NULL until it is needed */
    struct portal portal;
    struct cache cache;
    bool has_cache;
    int64_t timeout_ms;
    int64_t wait_ms;
    int64_t want_left_s;             /* see broker/broker.h; 0 unless the owner sets it */
    int64_t left_s;                  /* that the last credentials had, by this machine's clock */
    const char *otp;                 /* of --otp, or NULL */
    char otp_line[SESSION_OTP_SIZE]; /* the one from standard input */

    /* With --interactive and no token: */
    bool interactive;
    bool non_interactive; /* only a login that is kept will do */
    bool as_admin;        /* an administrator's login is needed; set before the first call */
    struct login login;
    bool logged_in;   /* login is good */
    bool renewed;     /* and new, not an earlier one */
    int64_t asked_ms; /* what the person took */
    bool restarted;   /* the client, since the login was wanted */
    bool waits;       /* for another process's login, at this terminal */
    struct terminal waits_at;
};

/* The options of every command that asks the portal, for its option list. */
#define SESSION_OPTIONS                                                                            \
    OPTION_HOST, OPTION_API_HOST, OPTION_TOKEN_FILE, OPTION_TOKEN, OPTION_INTERACTIVE,             \
        BROWSER_WAIT_OPTIONS, OPTION_OTP, OPTION_CA_FILE, OPTION_RESOLVE, OPTION_TIMEOUT,          \
        OPTION_WAIT, OPTION_DEBUG
#define CACHE_OPTIONS OPTION_NO_CACHE, OPTION_CACHE_DIR

/* Release with session_close in any case. */
int session_open(struct session *session, const struct args *args, struct err *err)
    __attribute__((warn_unused_result));
void session_close(struct session *session);

/* The same for a command that is about the login itself: tokens that are given do not count. */
int session_open_person(struct session *session, const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

/* Checks the values on the command line and in variables that need no file and no network to tell
 * whether they are good: what goes into a profile must work later. */
int session_check(const struct args *args, struct err *err) __attribute__((warn_unused_result));

/* The same for a command that only looks: without a token, a login that is kept is used, and nobody
 * is asked for one unless --interactive says so, and may_ask. */
int session_open_known(struct session *session, const struct args *args, bool may_ask,
                       struct err *err) __attribute__((warn_unused_result));

/* The portal, ready for calls; with --interactive this is where a person may be asked. Lives as
 * long as the session. NULL with err set. */
const struct portal *session_portal(struct session *session, struct err *err);

/* Whether the HTTP client would start with the options there are, the CA file among them, without
 * starting it: for those who ask the portal in other processes, see net/http.h. */
int session_check_network(struct session *session, struct err *err)
    __attribute__((warn_unused_result));

/* Credentials, by way of the broker. */
int session_credentials(struct session *session, const struct scope *scope,
                        struct aws_credentials *creds, struct err *err)
    __attribute__((warn_unused_result));

/* The ID of a scope's tenant: given, or the portal's answer for the name. */
int session_tenant_id(struct session *session, const struct scope *scope, char id[PORTAL_ID_SIZE],
                      struct err *err) __attribute__((warn_unused_result));

/* The client starts afresh: its connection was idle while a person thought. */
int session_restart_http(struct session *session, struct err *err)
    __attribute__((warn_unused_result));

/* Asks the person in any case. */
int session_new_login(struct session *session, struct err *err) __attribute__((warn_unused_result));

/* After a call that failed with err: asks the person anew where that may help (an expired login, a
 * used MFA code). True: do it again. False: err says what is wrong. */
bool session_renew_login(struct session *session, struct err *err);
/* Drops what the cache holds for this scope and the session's identity: the next credentials are
 * new. */
void session_forget(struct session *session, const struct scope *scope);

/* The host alone, for those who need no token. */
int session_host(const struct args *args, struct url_origin *host, struct err *err)
    __attribute__((warn_unused_result));

/* session_otp.c, for session.c: whether a code is one, and the code that the options name. */
int session_check_otp(const char *otp, struct err *err) __attribute__((warn_unused_result));
int session_read_otp(struct session *session, struct err *err) __attribute__((warn_unused_result));

/* Whether the options name a token at all. */
bool session_has_token(const struct args *args);

/* Whether --region, where it is given, can be one. */
int session_check_region(const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

/* The cache directory that options and environment say. False where there is none. */
bool session_cache_dir(const struct args *args, char out[PATH_MAX]);

#endif
