/* SPDX-License-Identifier: MIT */
/*
 * Short-lived AWS credentials: what the portal hands out, the cache keeps and the formats print.
 * The limits keep a credential_process answer under the 8 KiB that old SDKs read.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

#include <stdint.h>

struct err;

enum {
    AWS_ACCESS_KEY_SIZE = 129,
    AWS_SECRET_SIZE = 257,
    AWS_SESSION_TOKEN_SIZE = 6145, /* AWS documents no limit; seen are 400 to 1,500 */
    AWS_REGION_SIZE = 65,
};

struct aws_credentials {
    int64_t expiration_s;         /* seconds since 1970, by the portal's clock */
    int64_t lifetime_s;           /* seconds from when they were handed out to the expiration */
    char region[AWS_REGION_SIZE]; /* may be empty */
    char access_key_id[AWS_ACCESS_KEY_SIZE];
    char secret_access_key[AWS_SECRET_SIZE];
    char session_token[AWS_SESSION_TOKEN_SIZE];
};

/* Whether every value is there and can be printed in any format without quoting: letters, digits
 * and "+/=_-.:,@%". 0, or -1 with ERR_UNAVAILABLE naming the field, never its value. */
int aws_credentials_check(const struct aws_credentials *creds, struct err *err)
    __attribute__((warn_unused_result));

/* Letters, digits and '-', as in us-gov-west-1; ERR_USAGE for anything else, or what does not fit
 * AWS_REGION_SIZE. */
int aws_region_check(const char *region, struct err *err) __attribute__((warn_unused_result));

void aws_credentials_wipe(struct aws_credentials *creds);

#endif
