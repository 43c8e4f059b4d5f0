/* SPDX-License-Identifier: MIT */
/*
 * One GET over plain HTTP to a numeric address, small enough for a check that containers run every
 * few seconds: without TLS, name server and token.
 */
#ifndef NET_PROBE_H
#define NET_PROBE_H

#include <stdint.h>

struct address;
struct err;

enum { PROBE_TEXT_SIZE = 512 };

/* Fills in the status and the beginning of the body. ERR_UNAVAILABLE if no response arrives before
 * the deadline (clock_mono_ms). */
int probe_get(const struct address *address, const char *path, int64_t deadline_ms, int *status,
              char text[PROBE_TEXT_SIZE], struct err *err) __attribute__((warn_unused_result));

#endif
