/* SPDX-License-Identifier: MIT */
/* Tokens of service accounts, as a kubelet projects them into pods. Their signature is not valid.
 */
#ifndef UNIT_POD_TOKEN_H
#define UNIT_POD_TOKEN_H

#include <stdint.h>

enum { POD_TOKEN_SIZE = 8192 };

/* A JWT with this payload. */
void pod_token_encode(const char *payload, char token[POD_TOKEN_SIZE]);

/* The token number n of service account app in namespace team, for the audience duplojit. */
void pod_token_make(int n, int64_t exp_s, char token[POD_TOKEN_SIZE]);

#endif
