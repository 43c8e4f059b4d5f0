/* SPDX-License-Identifier: MIT */
/*
 * Session tokens of the EC2 instance metadata service, version 2. Any client gets one, and proves
 * with it that it can send a PUT request and a header of its own, which a web page or a stray proxy
 * cannot. A token is its end time and a keyed hash of that time, so none has to be stored.
 */
#ifndef SERVE_IMDS_H
#define SERVE_IMDS_H

#include <stdbool.h>
#include <stdint.h>

struct err;

enum { IMDS_KEY_SIZE = 32, IMDS_TOKEN_SIZE = 65, IMDS_TTL_MAX_S = 21600 };

/* The key of the tokens. */
struct imds {
    unsigned char key[IMDS_KEY_SIZE];
};

/* Makes a random key: tokens of another process are not valid. 0, or -1 with ERR_INTERNAL. */
int imds_init(struct imds *imds, struct err *err) __attribute__((warn_unused_result));

/* A token that is valid for ttl_s seconds from now_ms on: 64 hexadecimal digits. Both functions use
 * the same clock. False if the hash function fails. */
bool imds_make_token(const struct imds *imds, int64_t now_ms, int64_t ttl_s,
                     char out[IMDS_TOKEN_SIZE]);

/* Whether token was made with this key and is valid at now_ms. Any text may be passed. */
bool imds_check_token(const struct imds *imds, int64_t now_ms, const char *token);

#endif
