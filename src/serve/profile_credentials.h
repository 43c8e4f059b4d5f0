/* SPDX-License-Identifier: MIT */
/* The credentials of one profile, in the form in which they are served. */
#ifndef SERVE_PROFILE_CREDENTIALS_H
#define SERVE_PROFILE_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "base/buf.h"

struct err;

struct profile_credentials {
    int64_t expiration_s; /* since 1970, by the portal's clock */
    int64_t lifetime_ms;  /* from issue to expiration */
    int64_t expires_ms;   /* by the clock of the profile set */
    int64_t updated_s;    /* since 1970: when the portal issued them */
    char region[AWS_REGION_SIZE];
    struct buf fields; /* as aws_format_add_endpoint writes them, for many responses */
};

/* NULL with ERR_INTERNAL if memory is exhausted. The caller sets expires_ms and updated_s, and
 * releases it with profile_credentials_drop. */
struct profile_credentials *profile_credentials_new(const struct aws_credentials *creds,
                                                    struct err *err);

/* Wipes and frees them, and sets the pointer to NULL. Accepts NULL in it. */
void profile_credentials_drop(struct profile_credentials **creds);

/* Makes creds the latest, and owns them. Of older ones that expire later, the longest-lived are
 * kept. */
void profile_credentials_replace(struct profile_credentials **latest,
                                 struct profile_credentials **longest,
                                 struct profile_credentials *creds);

/* False for NULL. */
bool profile_credentials_are_valid(const struct profile_credentials *creds, int64_t now_ms);

#endif
