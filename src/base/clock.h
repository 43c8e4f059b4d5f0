/* SPDX-License-Identifier: MIT */
/*
 * Time: the two clocks, deadlines, and RFC 3339 in UTC.
 * Who judges the age of something takes the time as an argument and leaves the asking to its
 * caller: that is the seam for tests.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "2026-01-02T03:04:05Z" and its NUL. */
enum { CLOCK_RFC3339_SIZE = 21 };

/* Seconds since 1970, UTC. */
int64_t clock_wall_s(void);

/* Milliseconds of a clock that never steps; only differences mean something. A deadline is a value
 * of this clock. */
int64_t clock_mono_ms(void);

/* As clock_mono_ms, but it goes on while the machine sleeps, as the life of credentials does. */
int64_t clock_boot_ms(void);

/* Milliseconds left until the deadline, never negative. */
int64_t clock_left_ms(int64_t deadline_ms);

/* Sleeps, but not beyond the deadline. False when the deadline has come. */
bool clock_sleep_ms(int64_t ms, int64_t deadline_ms);

/* Whole seconds with Z, years 1970 to 9999; false outside them. */
bool clock_format_rfc3339(int64_t time_s, char out[CLOCK_RFC3339_SIZE]);

/* RFC 3339 with any offset and fraction; the fraction is dropped. False when it is none. */
bool clock_parse_rfc3339(const char *text, int64_t *time_s);

#endif
