/* SPDX-License-Identifier: MIT */
#include "serve/agent_counters.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/buf.h"
#include "serve/metrics.h"

/* The upper bounds of the histogram's buckets. */
static const int16_t bounds_ms[AGENT_BUCKETS] = {1, 5, 10, 25, 50, 100, 500, 1000};

const char *agent_refusal_text(int refusal)
{
    return refusal == AGENT_DENIED            ? "denied by the policy"
           : refusal == AGENT_TOO_MANY_SCOPES ? "too many scopes in use"
                                              : verdict_text((enum verdict)refusal);
}

void agent_counters_add_duration(struct agent_counters *counters, int64_t duration_ms)
{
    size_t bucket = 0;
    while (bucket < AGENT_BUCKETS && duration_ms > bounds_ms[bucket]) {
        bucket++;
    }
    counters->durations[bucket]++;
    counters->duration_sum_ms += (uint64_t)duration_ms;
}

static void add_durations(const struct agent_counters *counters, struct buf *out)
{
    static const char name[] = "duplojit_request_duration_seconds";
    uint64_t count = 0;
    metrics_add_head(out, name, "histogram", "Time to answer a request for credentials.");
    for (size_t i = 0; i < AGENT_BUCKETS; i++) {
        count += counters->durations[i];
        buf_add_fmt(out, "%s_bucket{le=\"%d.%03d\"} %" PRIu64 "\n", name, bounds_ms[i] / 1000,
                    bounds_ms[i] % 1000, count);
    }
    count += counters->durations[AGENT_BUCKETS];
    buf_add_fmt(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %" PRIu64 ".%03d\n", name, count,
                name, counters->duration_sum_ms / 1000, (int)(counters->duration_sum_ms % 1000));
    buf_add_fmt(out, "%s_count %" PRIu64 "\n", name, count);
}

void agent_counters_add_metrics(const struct agent_counters *counters, struct buf *out)
{
    metrics_add_number(out, "duplojit_agent_verdict_hits_total", "counter",
                       "Requests answered by a verdict in memory.", counters->hits);
    metrics_add_number(out, "duplojit_agent_unlogged_total", "counter",
                       "Refusals without a line in the log, to limit its size.",
                       counters->unlogged);
    metrics_add_head(out, "duplojit_agent_refusals_total", "counter", "Requests refused.");
    for (int i = VERDICT_WAIT; i < AGENT_REFUSALS; i++) {
        buf_add_fmt(out, "duplojit_agent_refusals_total{reason=\"%s\"} %" PRIu64 "\n",
                    agent_refusal_text(i), counters->refusals[i]);
    }
    add_durations(counters, out);
}
