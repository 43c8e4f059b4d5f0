/* SPDX-License-Identifier: MIT */
/*
 * Reviews of tokens in child processes (serve/worker.h), a limited number at a time: starts one
 * when tokens are due, reads the answers, enters them in the verdicts, and logs failures. A child
 * reviews a batch of tokens, so that they share a connection to the API server.
 */
#ifndef SERVE_REVIEW_POOL_H
#define SERVE_REVIEW_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "kube/token_review.h"
#include "serve/worker.h"

struct verdicts;

enum { REVIEW_POOL_SIZE = 2, REVIEW_BATCH_MAX = 64 };

struct review_work {
    void *context;
    /* Asks the API server about a token; runs in the child. 0, or -1 with err set. */
    int (*review)(void *context, const char *token, struct token_review *review, struct err *err);
    int64_t limit_ms; /* the child is killed after this time without a report */
};

/* What the child sends for each token of its batch, in their order. It ends early after two
 * failures in a row. */
struct review_report {
    int64_t asked_ms; /* clock_boot_ms before the request: the answer is not older */
    struct token_review review;
    struct err err; /* ERR_NONE: review is set */
};

struct review_batch {
    struct worker worker;
    uint16_t entries[REVIEW_BATCH_MAX]; /* of the verdicts */
    int count;
    int entered; /* in the verdicts */
    struct review_report report;
};

/* verdicts and work are borrowed. */
struct review_pool {
    struct verdicts *verdicts;
    const struct review_work *work;
    struct review_batch batches[REVIEW_POOL_SIZE];
    struct err last; /* why the last review failed; ERR_NONE: it did not */
    bool news;       /* a review has ended since the last review_pool_step */
};

void review_pool_init(struct review_pool *pool, struct verdicts *verdicts,
                      const struct review_work *work);

/* Kills the children. Accepts a zeroed struct. */
void review_pool_done(struct review_pool *pool);

/* Starts a child for the tokens whose review is due, if there is room. */
void review_pool_start(struct review_pool *pool);

/* Reads what the children have reported; does not block. True if a review has ended: requests that
 * wait for one can be answered. */
bool review_pool_step(struct review_pool *pool);

/* The descriptor to poll for one of REVIEW_POOL_SIZE children; -1 if it is not running. */
int review_pool_fd(const struct review_pool *pool, int at);

/* Milliseconds until a child is due to start or a running one is out of time; INT32_MAX for longer.
 */
int review_pool_timeout_ms(const struct review_pool *pool);

/* Call it with each child that waitpid returns. False if the pool does not have it. */
bool review_pool_reap(struct review_pool *pool, pid_t pid);

/* Sends a signal to each child and drops what it would report. */
void review_pool_stop(struct review_pool *pool, int number);

/* Whether a child that was not reaped exists, or one has something to report. */
bool review_pool_is_running(const struct review_pool *pool);

#endif
