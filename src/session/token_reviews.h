/* SPDX-License-Identifier: MIT */
/*
 * Reviews tokens at the API server of the cluster that this process runs in, with the service
 * account of its pod. The files of the service account are read for each client that is started,
 * because the kubelet replaces them.
 */
#ifndef SESSION_TOKEN_REVIEWS_H
#define SESSION_TOKEN_REVIEWS_H

#include <limits.h>
#include <stdint.h>

#include "net/url.h"

struct err;
struct http;
struct token_review;

/* The directory with the files token and ca.crt. */
#define TOKEN_REVIEWS_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

struct token_reviews {
    struct url_origin server;
    const char *dir;
    const char *audience; /* that the tokens must be for */
    int64_t timeout_ms;   /* of one review */
    struct http *http;    /* NULL until the first review */
    char ca_file[PATH_MAX];
};

/* Sets the server. host and port are the values of KUBERNETES_SERVICE_HOST and
 * KUBERNETES_SERVICE_PORT, which the kubelet sets in every pod. ERR_USAGE if they are missing or
 * invalid. */
int token_reviews_set_server(struct token_reviews *reviews, const char *host, const char *port,
                             struct err *err) __attribute__((warn_unused_result));

/*
 * Reviews a token; context is a struct token_reviews. For serve/review_pool.h: it starts the HTTP
 * client, so the process must not fork afterwards. ERR_REFUSED if the API server rejects this
 * process's own token or denies it reviews, ERR_FILE for the files of the service account,
 * ERR_UNAVAILABLE for everything else.
 */
int token_reviews_send(void *context, const char *token, struct token_review *review,
                       struct err *err) __attribute__((warn_unused_result));

/* Closes the connection. */
void token_reviews_done(struct token_reviews *reviews);

#endif
