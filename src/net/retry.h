/* SPDX-License-Identifier: MIT */
/*
 * When to try again: how often, how long to pause, what to tell. Pure but for the random numbers;
 * the HTTP client asks it after each attempt.
 */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* Without --wait a name that does not exist should not take long to be told. */
enum { RETRY_ATTEMPTS = 5, RETRY_FIRST_MS = 100, RETRY_MAX_MS = 5000 };

struct retry {
    int64_t deadline_ms;
    bool patient; /* --wait: no limit on attempts, and any 5xx may pass */
    int attempts; /* done so far */
};

/* Whether the next attempt may get another status. */
bool retry_status(const struct retry *retry, int status, bool may_be_missing);

/*
 * Counts an attempt. Returns the pause before the next one in milliseconds: exponential with jitter
 * (random is any number), or retry_after_s if the server sent it (-1 if not). Returns -1 if there
 * is no next attempt: the attempts are used up, or the pause would end after the deadline.
 */
int64_t retry_pause_ms(struct retry *retry, int64_t now_ms, int64_t retry_after_s, uint32_t random);

#endif
