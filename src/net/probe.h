/* SPDX-License-Identifier: MIT */
/*
 * One GET without a body, over plain HTTP, to a server of this machine: for `duplojit healthcheck`,
 * which containers run every few seconds. It needs no TLS library, no name server and no token.
 */
#ifndef NET_PROBE_H
#define NET_PROBE_H

#include <stdint.h>

struct address;
struct err;

enum { PROBE_TEXT_SIZE = 512 };

/* Fills in the status and the beginning of the body. ERR_UNAVAILABLE if no response arrives before
 * the deadline (base/clock.h). */
int probe_get(const struct address *address, const char *path, int64_t deadline_ms, int *status,
              char text[PROBE_TEXT_SIZE], struct err *err) __attribute__((warn_unused_result));

#endif
