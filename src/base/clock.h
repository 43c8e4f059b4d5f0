/* SPDX-License-Identifier: MIT */
/*
 * Time: three clocks, deadlines, and RFC 3339 in UTC.
 * Code that judges the age of something takes the time as an argument, so that tests can choose it;
 * its caller reads the clock.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-01-02T03:04:05Z" and its NUL. */
enum { CLOCK_RFC3339_SIZE = 21 };

/* The last second of the year 9999, after which there is no RFC 3339 time. */
#define CLOCK_LAST_S INT64_C(253402300799)

/* Seconds since 1970, UTC. This clock can be set, and so can step. */
int64_t clock_wall_s(void);

/* Milliseconds of a clock that never steps; only differences mean something. Deadlines are values
 * of this clock. */
int64_t clock_mono_ms(void);

/* The same, but the clock runs on while the machine sleeps, as the lifetime of credentials does. */
int64_t clock_boot_ms(void);

/* Milliseconds until the deadline; 0 after it. */
int64_t clock_left_ms(int64_t deadline_ms);

/* Sleeps for ms milliseconds, or until the deadline if that comes first: false then. */
bool clock_sleep_ms(int64_t ms, int64_t deadline_ms);

/* Writes whole seconds with Z. False for times before 1970 or after 9999; out is unchanged then. */
bool clock_format_rfc3339(int64_t time_s, char out[CLOCK_RFC3339_SIZE]);

/* Reads a date and time with any offset; a fraction of a second is dropped. False, with *time_s
 * unchanged, if text is not an RFC 3339 time from 1970 to 9999. */
bool clock_parse_rfc3339(const char *text, int64_t *time_s);

/* "1 h 30 min", "15 min", "45 s", "0 s": parts that are 0 are left out. duration_s is not negative.
 */
enum { CLOCK_DURATION_SIZE = 48 };
void clock_format_duration(int64_t duration_s, char out[CLOCK_DURATION_SIZE]);

#endif
