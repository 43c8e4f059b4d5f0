/* SPDX-License-Identifier: MIT */
/*
 * The user whose credentials are wanted, as a source of the portal's token. There are two kinds: a
 * token that was given (below), and a login through the browser (login/login_identity.h).
 */
#ifndef BROKER_IDENTITY_H
#define BROKER_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct identity;

enum {
    IDENTITY_TOKEN_MAX = 16 << 10, /* bytes; a JWT of a busy user has 2,000 */
    IDENTITY_OTP_SIZE = 66,        /* an MFA code and its NUL, with room for a newline */
};

enum identity_source {
    IDENTITY_FILE,
    IDENTITY_STDIN,
    IDENTITY_ARGUMENT, /* the command line */
    IDENTITY_ENVIRONMENT,
    IDENTITY_LOGIN,
    IDENTITY_ADMIN_LOGIN,
};

/* What separates this user's credentials from all others in the cache. */
struct identity_key {
    const char *kind;
    const char *value;
};

/* The operations of one kind; call them through the functions below. */
struct identity_ops {
    int (*open)(struct identity *identity, int64_t deadline_ms, struct err *err);
    const char *(*token)(const struct identity *identity);
    const char *(*otp)(const struct identity *identity);
    bool (*cache_key)(struct identity *identity, struct identity_key *key);
    bool (*renew)(struct identity *identity, struct err *err);
    int (*reload)(struct identity *identity, struct err *err);
    void (*done)(struct identity *identity);
};

/* The common part, the first member of each kind. */
struct identity {
    const struct identity_ops *ops;
    enum identity_source source;
    bool for_admin; /* an administrator's access is needed; set it before the first use */
    bool may_ask;   /* a missing token is asked for in the browser */
    char otp[IDENTITY_OTP_SIZE]; /* the MFA code that was given, or "" */
};

/* Makes a token available, if need be by a call of the portal, which ends at deadline_ms
 * (base/clock.h; INT64_MAX: no limit), or by asking the person, who may take minutes. A given token
 * is always available. */
static inline int identity_open(struct identity *identity, int64_t deadline_ms, struct err *err)
{
    return identity->ops->open(identity, deadline_ms, err);
}

/* The token, once it is available. Valid until the next open, renew or reload. */
static inline const char *identity_token(const struct identity *identity)
{
    return identity->ops->token(identity);
}

/* The MFA code to send with the token, or NULL. Valid as long as the token. */
static inline const char *identity_otp(const struct identity *identity)
{
    return identity->ops->otp(identity);
}

/* False while nothing is known about the user. Valid as long as the token. */
static inline bool identity_cache_key(struct identity *identity, struct identity_key *key)
{
    return identity->ops->cache_key(identity, key);
}

/* After a call that failed with err: true if it can be repeated with a new token. False: err says
 * why not. */
static inline bool identity_renew(struct identity *identity, struct err *err)
{
    return identity->ops->renew(identity, err);
}

/* Reads again what may have changed since: a token file, a saved login. The token stays as it is
 * if that fails. */
static inline int identity_reload(struct identity *identity, struct err *err)
{
    return identity->ops->reload(identity, err);
}

/* Wipes and releases. Accepts NULL. */
static inline void identity_done(struct identity *identity)
{
    if (identity != NULL) {
        identity->ops->done(identity);
    }
}

/* A token that was given. */
enum { GIVEN_TOKEN_STORAGE = 3072 };
struct given_token {
    struct identity identity;
    const char *file; /* of IDENTITY_FILE; borrowed */
    struct buf token;
    char storage[GIVEN_TOKEN_STORAGE]; /* holds the token unless it is longer: no heap */
};

/* Reads the token: from the file named value, from standard input (value is ignored), else value is
 * the token. A token that is empty, or has blanks, control characters or other bytes than ASCII, is
 * ERR_USAGE; a file that cannot be read, or is too long, ERR_FILE. Release with identity_done in
 * any case. */
int given_token_load(struct given_token *given, enum identity_source source, const char *value,
                     struct err *err) __attribute__((warn_unused_result));

#endif
