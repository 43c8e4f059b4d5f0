/* SPDX-License-Identifier: MIT */
/*
 * A person's login, kept: one per portal and kind, 0600 in the cache's directory, shared by all
 * processes. Of those that need one at once, one asks the person and the others take its result,
 * be it a token or a failure. Sessions ask here; how a person is asked is not its business.
 */
#ifndef LOGIN_SAVED_LOGIN_H
#define LOGIN_SAVED_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "login/callback.h"
#include "net/url.h"
#include "portal/jwt.h"

struct cache;

enum { LOGIN_CACHE_OWNER_ID_SIZE = 33, LOGIN_FAILURE_SIZE = 400, LOGIN_LOSS_SIZE = 400 };

struct login {
    char portal[URL_ORIGIN_SIZE];
    bool admin;
    /* Whose AWS credentials these are in the cache. It stays when the same person logs in again,
     * as far as the tokens tell, and is random: nobody else ever gets it. */
    char cache_owner_id[LOGIN_CACHE_OWNER_ID_SIZE];
    char user[JWT_USER_SIZE];
    struct buf token; /* empty: none */
    char otp[LOGIN_OTP_SIZE];
    int64_t obtained_s;
    int64_t generation;               /* grows with each attempt */
    char failure[LOGIN_FAILURE_SIZE]; /* of the last attempt; "" where it succeeded */
    int64_t failure_kind;             /* enum err_kind */
    char loss[LOGIN_LOSS_SIZE];       /* why it was got and could not be kept; "" where it was */
};

void login_init(struct login *login, const char *portal, bool admin);
void login_done(struct login *login);

/* The one that is kept, if any. Nothing else is read or asked. */
void login_read(const struct cache *cache, struct login *login);

/* A portal and a person, seen from here; tests pass their own. */
struct login_callbacks {
    void *context;
    /* Whether the portal takes the token still. */
    int (*check)(void *context, const struct login *login, bool *good, struct err *err);
    /* Asks the person. ERR_CANCELLED where it came to nothing. */
    int (*ask)(void *context, struct login_grant *grant, struct err *err);
    /* While another process asks its person: now, and every second. 0 ms left: it is over. False:
     * nobody wants to wait any more. */
    bool (*wait)(void *context, int64_t left_ms);
    int64_t timeout_ms; /* how long to wait for another process's answer */
};

/*
 * A login that the portal takes: the one that was read before, else what another process gets
 * meanwhile, else what the person says now. renew asks in any case, unless another process did
 * since login was read. A failure leaves what was kept before. cache NULL: nothing is kept or
 * shared.
 */
int login_get(const struct cache *cache, const struct login_callbacks *callbacks, bool renew,
              struct login *login, struct err *err) __attribute__((warn_unused_result));

/* Removes what is kept of one portal's logins, or of all (portal NULL). *removed counts them. */
int login_forget(const char *dir, const char *portal, int *removed, struct err *err)
    __attribute__((warn_unused_result));

/* login/saved_login_file.c: a login as text, for login.c and tests. */
enum { LOGIN_FILE_MAX = 40 << 10 };
int login_parse(const char *text, size_t len, struct login *login, struct err *err)
    __attribute__((warn_unused_result));
void login_format(struct buf *out, const struct login *login);

#endif
