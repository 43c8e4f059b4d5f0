/* SPDX-License-Identifier: MIT */
/*
 * A login through the browser, saved: one file per portal and kind, 0600 in the cache's directory,
 * shared by all processes. If several processes need a login at once, one asks the person and the
 * others get its result, a token or a failure.
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

enum {
    SAVED_LOGIN_OWNER_ID_SIZE = 33,
    SAVED_LOGIN_ERROR_SIZE = 400,
    SAVED_LOGIN_FILE_MAX = 40 << 10,
};

struct saved_login {
    char portal[URL_ORIGIN_SIZE];
    bool admin;
    /* Identifies this user's AWS credentials in the cache: a random number that no other user gets.
     * It stays when the same user logs in again, as far as the tokens name the user. */
    char cache_owner_id[SAVED_LOGIN_OWNER_ID_SIZE];
    char user[JWT_USER_SIZE];
    struct buf token; /* empty: no login */
    char otp[LOGIN_OTP_SIZE];
    int64_t obtained_s;
    int64_t generation;                      /* grows with each attempt */
    char failure[SAVED_LOGIN_ERROR_SIZE];    /* of the last attempt; "" if it succeeded */
    int64_t failure_kind;                    /* enum err_kind */
    char save_error[SAVED_LOGIN_ERROR_SIZE]; /* why it could not be saved; "" if it was */
};

void saved_login_init(struct saved_login *login, const char *portal, bool admin);
void saved_login_done(struct saved_login *login);

/* Reads the file. An empty login if there is none that is complete, private, and owned by this
 * user.
 */
void saved_login_read(const struct cache *cache, struct saved_login *login);

/* The calls of the portal and of the person. */
struct saved_login_callbacks {
    void *context;
    /* Whether the portal accepts the token. */
    int (*check)(void *context, const struct saved_login *login, bool *good, struct err *err);
    /* Asks the person. ERR_CANCELLED if the person cancels or does not answer. */
    int (*ask)(void *context, struct login_grant *grant, struct err *err);
    /* Called at once and then every second while another process asks its person; with 0 when that
     * is over. False ends the wait. */
    bool (*wait)(void *context, int64_t left_ms);
    int64_t timeout_ms; /* how long to wait for another process */
};

/*
 * A login that the portal accepts: the one that login holds, else one that another process gets
 * meanwhile, else a new one. force asks the person in any case, unless another process has done so
 * since login was read. After a failure the login before it is still saved. cache NULL: nothing is
 * saved or shared.
 */
int saved_login_get(const struct cache *cache, const struct saved_login_callbacks *callbacks,
                    bool force, struct saved_login *login, struct err *err)
    __attribute__((warn_unused_result));

/* Removes the saved logins to one portal, or to all (portal NULL). *removed counts them. */
int saved_login_forget(const char *dir, const char *portal, int *removed, struct err *err)
    __attribute__((warn_unused_result));

/* The file's text: JSON, which a person can read. -1 for anything that saved_login_format did not
 * write. */
int saved_login_parse(const char *text, size_t len, struct saved_login *login, struct err *err)
    __attribute__((warn_unused_result));
void saved_login_format(struct buf *out, const struct saved_login *login);

#endif
