/* SPDX-License-Identifier: MIT */
/*
 * Short-lived AWS credentials, as issued by the portal, and the checks of their values.
 * The sizes include the NUL. They keep a credential_process response below 8 KiB, the most that old
 * SDKs read.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include <stdint.h>

struct err;

enum {
    AWS_ACCESS_KEY_SIZE = 129,
    AWS_SECRET_SIZE = 257,
    AWS_SESSION_TOKEN_SIZE = 6145, /* AWS documents no limit; usual are 400 to 1,500 bytes */
    AWS_REGION_SIZE = 65,
    AWS_LIFETIME_MAX_S = 7 * 86400, /* AWS allows 12 hours; much more is a mistake of the portal */
};

struct aws_credentials {
    int64_t expiration_s;         /* seconds since 1970, by the portal's clock */
    int64_t lifetime_s;           /* seconds from issue to expiration */
    int64_t sent_ms;              /* clock_boot_ms before the request to the portal */
    char region[AWS_REGION_SIZE]; /* may be empty */
    char access_key_id[AWS_ACCESS_KEY_SIZE];
    char secret_access_key[AWS_SECRET_SIZE];
    char session_token[AWS_SESSION_TOKEN_SIZE];
};

/* Whether every value is present (the region may be empty) and consists of letters, digits and
 * "+/=_-.:,@%", so that no format needs to quote it. Returns 0, or -1 with ERR_UNAVAILABLE, which
 * names the field and never quotes its value. */
int aws_credentials_check(const struct aws_credentials *creds, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the region consists of letters, digits and '-', as in us-gov-west-1, and fits
 * AWS_REGION_SIZE. Returns 0, or -1 with ERR_USAGE. */
int aws_region_check(const char *region, struct err *err) __attribute__((warn_unused_result));

void aws_credentials_wipe(struct aws_credentials *creds);

#endif
