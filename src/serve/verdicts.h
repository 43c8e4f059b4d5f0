/* SPDX-License-Identifier: MIT */
/*
 * What is known about the tokens of pods: which service account the API server has said they are
 * of, which it rejects, and which must be reviewed. It reviews nothing and reads no clock: times
 * are passed in, in milliseconds of a clock that also counts while the machine sleeps
 * (clock_boot_ms), and in seconds since 1970 for expirations.
 *
 * - A verdict counts for VERDICTS_KEEP_MS, an accepted one never past the token's expiration. There
 *   is at most one answer of the API server per token in that time: a verdict that counts is never
 *   dropped to make room, and concurrent requests with one token wait for one review.
 * - New tokens are limited: in all, for the API server, and per client address, for other clients.
 *   A token that was accepted before does not count for the limit in all.
 * - After a review that failed, none begins for one second, then two, at most ten.
 */
#ifndef SERVE_VERDICTS_H
#define SERVE_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kube/token_review.h"

struct address;
struct err;

enum {
    VERDICTS_DEFAULT = 4096, /* more than VERDICTS_BURST, and VERDICTS_PER_S in VERDICTS_KEEP_MS */
    VERDICTS_MAX = 65535,
    VERDICTS_KEEP_MS = 60000,
    VERDICTS_PENDING_MAX = 256, /* reviews that have not ended */
    VERDICTS_PER_S = 50,        /* reviews of new tokens */
    VERDICTS_BURST = 1000,
    VERDICTS_CLIENT_PER_S = 5, /* reviews for one address: of all pods, if they share the node's */
    VERDICTS_CLIENT_BURST = 100,
    VERDICTS_CLIENTS = 256, /* addresses that are remembered */
    VERDICTS_SHARE = 4,     /* of a batch: tokens of one address before those of others */
};

enum verdict {
    VERDICT_ACCEPTED,
    VERDICT_WAIT, /* ask again after a review has ended */
    VERDICT_NO_TOKEN,
    VERDICT_MALFORMED,
    VERDICT_EXPIRED,
    VERDICT_OTHER_AUDIENCE,
    VERDICT_REJECTED, /* by the API server */
    VERDICT_TOO_MANY,
    VERDICT_UNAVAILABLE, /* the API server */
    VERDICT_COUNT,
};

/* A few words: "wrong audience". For messages and metrics. */
const char *verdict_text(enum verdict verdict);

struct verdict_entry {
    unsigned char digest[32]; /* SHA-256 of the token */
    int64_t until_ms;         /* INT64_MAX while the review is pending */
    int64_t exp_s;            /* when the token expires */
    char *text;     /* pending: the token; accepted: namespace, name and pod, each with its NUL */
    uint16_t next;  /* of the same bucket, plus 1; 0: the last */
    uint8_t client; /* pending: whose budget pays */
    uint8_t state;  /* enum verdict: ACCEPTED, WAIT, REJECTED or UNAVAILABLE */
    bool known;     /* the API server's last answer accepted it */
    bool told;      /* verdicts_ask has returned the verdict */
};

struct verdict_client {
    unsigned char address[16]; /* of IPv6, or IPv4 mapped into it */
    int64_t budget_ms;         /* when all its budget will be there again */
    int pending;
};

struct verdicts {
    const char *audience;
    struct verdict_entry *entries;
    uint16_t *buckets; /* the first entry of each, plus 1 */
    int capacity;
    int next_free;                        /* where to look first for an entry to use */
    uint16_t queue[VERDICTS_PENDING_MAX]; /* entries whose review has not begun */
    int queued;
    int pending; /* those, and the ones whose review has begun */
    struct verdict_client clients[VERDICTS_CLIENTS];
    int64_t budget_ms; /* as of a client, for all */
    int64_t retry_ms;  /* no review begins before */
    int failures;      /* that set retry_ms, in a row */
    uint64_t answered; /* reviews, for /metrics */
    uint64_t accepted; /* of these */
    uint64_t failed;
};

/* audience is borrowed. capacity is at most VERDICTS_MAX. Release it with verdicts_done in any
 * case. 0, or -1 with ERR_INTERNAL. */
int verdicts_init(struct verdicts *verdicts, const char *audience, int capacity, struct err *err)
    __attribute__((warn_unused_result));

/* Wipes the tokens. Accepts a zeroed struct. */
void verdicts_done(struct verdicts *verdicts);

struct verdict_request {
    const char *token;            /* NULL: none */
    const struct address *client; /* of the connection */
    int64_t now_ms;
    int64_t now_s;
};

struct verdict_answer {
    struct service_account account; /* if VERDICT_ACCEPTED */
    bool is_new;                    /* this verdict about the token has not been returned before */
};

/* What is known about a client's token. If VERDICT_WAIT, a review is due, or one that is under way
 * must end first. */
enum verdict verdicts_ask(struct verdicts *verdicts, const struct verdict_request *request,
                          struct verdict_answer *answer);

/* The verdicts count as new again: something else that decides has changed. */
void verdicts_renew(struct verdicts *verdicts);

/* How many tokens have a verdict that accepts them. */
int verdicts_count_accepted(const struct verdicts *verdicts, int64_t now_ms);

/* Takes the tokens whose review is due: the oldest, at most VERDICTS_SHARE of each address, and
 * then the oldest of the others. Returns how many, at most max. Call verdicts_enter for each. */
int verdicts_take(struct verdicts *verdicts, uint16_t *batch, int max);

/* A token that was taken, until verdicts_enter. */
const char *verdicts_token(const struct verdicts *verdicts, int at);

/* The review of a token that was taken has ended, with the API server's answer, or NULL if it
 * failed. Wipes the token. */
void verdicts_enter(struct verdicts *verdicts, int at, const struct token_review *review,
                    int64_t now_ms);

#endif
