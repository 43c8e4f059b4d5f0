/* SPDX-License-Identifier: MIT */
/*
 * The token of a service account: a check of its syntax, and the format of the TokenReview
 * (authentication.k8s.io/v1), with which the API server says whose token it is. Only the API
 * server's answer is an identity: the token's own claims prove nothing.
 */
#ifndef KUBE_TOKEN_REVIEW_H
#define KUBE_TOKEN_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/service_account.h"

struct buf;
struct err;

/* Bytes of a token; real ones have 1 to 2 KiB. An answer repeats the token. */
enum { TOKEN_LEN_MAX = 4 << 10, TOKEN_ANSWER_MAX = 64 << 10 };

/* The path of the requests (POST) at the API server. */
#define TOKEN_REVIEW_PATH "/apis/authentication.k8s.io/v1/tokenreviews"

enum token_fault { TOKEN_GOOD, TOKEN_MALFORMED, TOKEN_EXPIRED, TOKEN_OTHER_AUDIENCE };

/*
 * Whether it is worth asking the API server about a token: it has the form of a projected token of
 * a service account for this audience, and expires after now_s. *exp_s gets the time when it
 * expires. The token of a Secret has no audience and no expiration: TOKEN_MALFORMED.
 */
enum token_fault token_check(const char *token, const char *audience, int64_t now_s,
                             int64_t *exp_s);

/* The body of the request. */
void token_review_write(struct buf *out, const char *token, const char *audience);

enum { TOKEN_REASON_SIZE = 160 };

struct token_review {
    bool accepted;
    struct service_account account; /* if accepted */
    char reason[TOKEN_REASON_SIZE]; /* the API server's words if it rejects the token, or "" */
};

/* Reads the body of the response. A token that is not of a service account, or not for this
 * audience, is not accepted. ERR_UNAVAILABLE if the body is not a TokenReview. */
int token_review_read(const char *text, size_t len, const char *audience,
                      struct token_review *review, struct err *err)
    __attribute__((warn_unused_result));

#endif
