/* SPDX-License-Identifier: MIT */
/*
 * Session tokens of the EC2 instance metadata service, version 2: short-lived, for whoever asks,
 * and checked without a table, because they carry their end and a keyed hash of it. A client proves
 * with one that it can send a PUT and a header of its own, which a web page or a stray proxy
 * cannot.
 */
#ifndef SERVE_IMDS_H
#define SERVE_IMDS_H

#include <stdbool.h>
#include <stdint.h>

struct err;

enum { IMDS_KEY_SIZE = 32, IMDS_TOKEN_SIZE = 65, IMDS_TTL_MAX_S = 21600 };

/* A new key with each process: tokens end with it. */
struct imds {
    unsigned char key[IMDS_KEY_SIZE];
};

int imds_init(struct imds *imds, struct err *err) __attribute__((warn_unused_result));

/* now_ms is any clock that both calls share. False where the library fails. */
bool imds_make_token(const struct imds *imds, int64_t now_ms, int64_t ttl_s,
                     char out[IMDS_TOKEN_SIZE]);
bool imds_check_token(const struct imds *imds, int64_t now_ms, const char *token);

#endif
