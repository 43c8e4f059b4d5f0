/* SPDX-License-Identifier: MIT */
/* The metrics of an endpoint in Prometheus's text format 0.0.4. They hold profile names and numbers
 * and no secret: /metrics needs no token. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdint.h>

struct buf;
struct profile_set;
struct server_counters;

/* Appends all metrics. now_ms is of the clock of the profile set. A failure sticks in out. */
void metrics_add(struct buf *out, const struct profile_set *profile_set,
                 const struct server_counters *counters, int64_t now_ms);

/* Appends the lines before the values of a metric; metrics_add_number also its only value. */
void metrics_add_head(struct buf *out, const char *name, const char *type, const char *help);
void metrics_add_number(struct buf *out, const char *name, const char *type, const char *help,
                        uint64_t value);

#endif
