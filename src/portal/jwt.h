/* SPDX-License-Identifier: MIT */
/*
 * The claims of a token that is a JWT (RFC 7519): its user and when it expires. The signature is
 * not verified, so they are good for display and hints only; the portal decides.
 */
#ifndef PORTAL_JWT_H
#define PORTAL_JWT_H

#include <stdbool.h>
#include <stdint.h>

enum { JWT_USER_SIZE = 128 };

struct jwt_claims {
    char user[JWT_USER_SIZE]; /* safe for a terminal; "" if the token names none */
    int64_t expires_s;        /* seconds since 1970; 0 if the token does not expire or say */
};

/* Returns false and empty claims if the token is not a JWT. */
bool jwt_read(const char *token, struct jwt_claims *claims);

#endif
