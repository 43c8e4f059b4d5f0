/* SPDX-License-Identifier: MIT */
/* All child processes of an endpoint, for its loop: renewals and, of an agent, reviews of tokens.
 */
#ifndef SERVE_CHILDREN_H
#define SERVE_CHILDREN_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "serve/renewal_pool.h"
#include "serve/review_pool.h"

enum { CHILDREN_FDS = RENEWAL_POOL_SIZE + REVIEW_POOL_SIZE };

struct children {
    struct renewal_pool *renewals;
    struct review_pool *reviews; /* NULL: no agent */
};

/* Starts those that are due at now_ms (clock_boot_ms) and have room. */
void children_start(const struct children *children, int64_t now_ms);

/* Reads what they have reported; does not block. True if requests that wait can be answered. */
bool children_step(const struct children *children);

/* Sets what to poll. */
void children_poll(const struct children *children, struct pollfd fds[CHILDREN_FDS]);

/* Milliseconds until one is due to start or out of time; INT32_MAX for longer. */
int children_timeout_ms(const struct children *children, int64_t now_ms);

/* Call it with each child that waitpid returns. False if it is not one of these. */
bool children_reap(const struct children *children, pid_t pid);

/* Sends a signal to each and drops what it would report; see renewal_pool_stop. */
void children_stop(const struct children *children, int number);

/* Whether a child that was not reaped exists, or one has something to report. */
bool children_are_running(const struct children *children);

#endif
