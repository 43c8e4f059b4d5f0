/* SPDX-License-Identifier: MIT */
/*
 * When to renew credentials, and when to try again after a failure. Pure: the keeper passes the
 * times and the random numbers in.
 */
#ifndef SERVE_SCHEDULE_H
#define SERVE_SCHEDULE_H

#include <stdint.h>

enum { SCHEDULE_RETRY_FIRST_MS = 1000, SCHEDULE_RETRY_MAX_MS = 30000 };

/*
 * How much may be left when a renewal starts: 20 minutes, or half of the lifetime where that is
 * less, as for the cache (SDKs refresh 15 minutes before the expiration); more by what a renewal
 * may take, and by a random part of a tenth of the lifetime, so that a fleet that started together
 * does not renew in step. All in milliseconds; random is any number.
 */
int64_t schedule_renew_left_ms(int64_t lifetime_ms, uint32_t random);

/*
 * How long to wait after so many failures in a row (1 or more): 1 s, doubled each time, 30 s at
 * most, of which a random half. With credentials that are valid for left_ms (0: none) at least
 * eight more attempts fit into that time; a second is the least.
 */
int64_t schedule_retry_ms(int failures, int64_t left_ms, uint32_t random);

#endif
