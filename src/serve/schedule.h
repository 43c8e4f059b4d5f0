/* SPDX-License-Identifier: MIT */
/* When to renew credentials, and when to retry after a failure. Pure: the caller passes the times
 * and the random numbers in. */
#ifndef SERVE_SCHEDULE_H
#define SERVE_SCHEDULE_H

#include <stdint.h>

enum { SCHEDULE_RETRY_FIRST_MS = 1000, SCHEDULE_RETRY_MAX_MS = 30000 };

/*
 * How long credentials are still valid when their renewal starts: 20 minutes, or half of the
 * lifetime if that is less (SDKs refresh 15 minutes before the expiration); plus a margin for the
 * renewal itself, and a random part of a tenth of the lifetime, so that many endpoints that started
 * together do not renew together. In milliseconds; random is any number.
 */
int64_t schedule_renew_left_ms(int64_t lifetime_ms, uint32_t random);

/*
 * The same for many endpoints that may have started together, and must not call the portal
 * together: at a random time of the second third of the lifetime, in what is left of it. Then the
 * rate of all renewals is at most 1.5 times the mean. With less than a third left: in the first
 * half of left_ms.
 */
int64_t schedule_spread_left_ms(int64_t lifetime_ms, int64_t left_ms, uint32_t random);

/* The pause after a response that allows the next request in retry_after_s seconds: those, 10
 * minutes at most, and a random part of half as much. */
int64_t schedule_hold_ms(int64_t retry_after_s, uint32_t random);

/*
 * The pause before the next attempt after this many failures in a row (1 or more): 1 s, doubled
 * with each failure up to 30 s, half of it random. While credentials are valid for left_ms more (0:
 * there are none), at least eight more attempts fit into that time, but the pause is never shorter
 * than half a second.
 */
int64_t schedule_retry_ms(int failures, int64_t left_ms, uint32_t random);

#endif
