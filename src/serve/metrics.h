/* SPDX-License-Identifier: MIT */
/*
 * What /metrics says, in Prometheus's text format. Names and numbers only: it needs no token.
 */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdint.h>

struct buf;
struct profile_set;
struct server_counters;

void metrics_add(struct buf *out, const struct profile_set *profile_set,
                 const struct server_counters *counters, int64_t now_ms);

#endif
