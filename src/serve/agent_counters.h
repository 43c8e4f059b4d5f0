/* SPDX-License-Identifier: MIT */
/* What an agent counts since its start, for /metrics. */
#ifndef SERVE_AGENT_COUNTERS_H
#define SERVE_AGENT_COUNTERS_H

#include <stdint.h>

#include "serve/verdicts.h"

enum agent_refusal {
    /* Before these: the values of enum verdict. */
    AGENT_DENIED = VERDICT_COUNT, /* by the policy */
    AGENT_TOO_MANY_SCOPES,
    AGENT_REFUSALS
};

enum { AGENT_BUCKETS = 8 };

struct agent_counters {
    uint64_t hits; /* requests that a remembered verdict answered */
    uint64_t refusals[AGENT_REFUSALS];
    uint64_t unlogged;                     /* refusals without a line in the log */
    uint64_t durations[AGENT_BUCKETS + 1]; /* by the first bucket that holds it, or none */
    uint64_t duration_sum_ms;
};

/* Why a request was refused: "wrong audience", "denied by the policy". */
const char *agent_refusal_text(int refusal);

void agent_counters_add_duration(struct agent_counters *counters, int64_t duration_ms);

struct buf;

/* Appends the counters in Prometheus's text format 0.0.4. */
void agent_counters_add_metrics(const struct agent_counters *counters, struct buf *out);

#endif
