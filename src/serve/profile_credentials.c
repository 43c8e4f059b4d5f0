/* SPDX-License-Identifier: MIT */
#include "serve/profile_credentials.h"

#include <stdlib.h>
#include <string.h>

#include "aws/format.h"
#include "base/err.h"

enum { FIELDS_MAX = 8 << 10, MS_PER_S = 1000 };

struct profile_credentials *profile_credentials_new(const struct aws_credentials *creds,
                                                    struct err *err)
{
    struct profile_credentials *made = malloc(sizeof(*made));
    if (made == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory for credentials");
        return NULL;
    }
    *made = (struct profile_credentials){.expiration_s = creds->expiration_s,
                                         .lifetime_ms = creds->lifetime_s * MS_PER_S};
    memcpy(made->region, creds->region, sizeof(made->region));
    buf_init(&made->fields, FIELDS_MAX);
    if (aws_format_add_endpoint(&made->fields, creds, err) != 0) {
        profile_credentials_drop(&made);
    }
    return made;
}

void profile_credentials_drop(struct profile_credentials **creds)
{
    if (*creds != NULL) {
        buf_done(&(*creds)->fields);
        free(*creds);
        *creds = NULL;
    }
}

bool profile_credentials_are_valid(const struct profile_credentials *creds, int64_t now_ms)
{
    return creds != NULL && creds->expires_ms > now_ms;
}

static bool outlives(const struct profile_credentials *creds,
                     const struct profile_credentials *other)
{
    return creds != NULL && (other == NULL || creds->expires_ms > other->expires_ms);
}

void profile_credentials_replace(struct profile_credentials **latest,
                                 struct profile_credentials **longest,
                                 struct profile_credentials *creds)
{
    struct profile_credentials *old = *latest;
    *latest = creds;
    if (outlives(old, *longest)) {
        profile_credentials_drop(longest);
        *longest = old;
    } else {
        profile_credentials_drop(&old);
    }
    if (!outlives(*longest, creds)) {
        profile_credentials_drop(longest);
    }
}
