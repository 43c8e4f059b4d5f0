/* SPDX-License-Identifier: MIT */
/*
 * What a token says about itself, where it is a JWT (RFC 7519): whose it is and until when.
 * For people to read and for hints; nobody verifies the signature, so nothing is decided by it that
 * the portal does not decide again.
 */
#ifndef PORTAL_JWT_H
#define PORTAL_JWT_H

#include <stdbool.h>
#include <stdint.h>

enum { JWT_USER_SIZE = 128 };

struct jwt_claims {
    char user[JWT_USER_SIZE]; /* fit for a terminal; "" where the token does not say */
    int64_t expires_s;        /* 0 where the token does not say */
};

/* False, and empty claims, where the token is no JWT. */
bool jwt_read(const char *token, struct jwt_claims *claims);

#endif
