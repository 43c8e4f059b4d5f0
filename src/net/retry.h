/* SPDX-License-Identifier: MIT */
/* Whether to retry a request, how often, and after which pause. It reads no clock and no random
 * numbers: they are arguments. */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Few attempts: about a name that does not exist, a user must not wait long for the message. */
enum { RETRY_ATTEMPTS = 5, RETRY_FIRST_MS = 100, RETRY_MAX_MS = 5000 };

struct retry {
    int64_t deadline_ms; /* clock_mono_ms */
    bool patient;        /* waits for a portal that is down: any number of attempts, any 5xx */
    int attempts;        /* so far */
};

/* Whether the next attempt may get another status: after 429, 502, 503 and 504, or if patient after
 * any status from 500 on. may_be_missing: a 500 may mean that the endpoint does not exist. */
bool retry_status(const struct retry *retry, int status, bool may_be_missing);

/*
 * Counts an attempt. Returns the pause before the next one in milliseconds: exponential with jitter
 * (random is any number), or retry_after_s if the server sent it (-1 if not). Returns -1 if there
 * is no next attempt: the attempts are used up, or the pause would end after the deadline.
 */
int64_t retry_pause_ms(struct retry *retry, int64_t now_ms, int64_t retry_after_s, uint32_t random);

#endif
