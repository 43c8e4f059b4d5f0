/* SPDX-License-Identifier: MIT */
#include "serve/metrics.h"

#include <inttypes.h>

#include "base/buf.h"
#include "net/server.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"

/* One metric of every profile. Profile names need no escaping: ini_check_name has accepted them. */
struct metric {
    const char *name;
    const char *type;
    const char *help;
    int64_t (*value)(const struct profile_set *profile_set, int profile, int64_t now_ms);
};

static int64_t expiration(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    const struct profile_credentials *set = profile_set_get(profile_set, profile, now_ms);
    return set != NULL ? set->expiration_s : 0;
}

static int64_t left(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    const struct profile_credentials *set = profile_set_get(profile_set, profile, now_ms);
    return set != NULL ? (set->expires_ms - now_ms) / 1000 : 0;
}

static int64_t ready(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    return profile_set_ready(profile_set, profile, now_ms) ? 1 : 0;
}

static int64_t renewals(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    (void)now_ms;
    return (int64_t)profile_set->profiles[profile].renewals;
}

static int64_t failures(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    (void)now_ms;
    return (int64_t)profile_set->profiles[profile].renewal_failures;
}

static const struct metric metrics[] = {
    {"duplojit_credentials_expiration_timestamp_seconds", "gauge",
     "When the credentials expire (0: no credentials).", expiration},
    {"duplojit_credentials_left_seconds", "gauge", "How long the credentials are still valid.",
     left},
    {"duplojit_ready", "gauge", "1 while a profile has valid credentials and its file is written.",
     ready},
    {"duplojit_renewals_total", "counter", "Renewals that brought credentials.", renewals},
    {"duplojit_renewal_failures_total", "counter", "Renewals that failed.", failures},
};

void metrics_add_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_add_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_add_number(struct buf *out, const char *name, const char *type, const char *help,
                        uint64_t value)
{
    metrics_add_head(out, name, type, help);
    buf_add_fmt(out, "%s %" PRIu64 "\n", name, value);
}

void metrics_add(struct buf *out, const struct profile_set *profile_set,
                 const struct server_counters *counters, int64_t now_ms)
{
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        const struct metric *metric = &metrics[i];
        metrics_add_head(out, metric->name, metric->type, metric->help);
        for (int profile = 0; profile < profile_set->list->count; profile++) {
            buf_add_fmt(out, "%s{profile=\"%s\"} %" PRId64 "\n", metric->name,
                        profile_set_name(profile_set, profile),
                        metric->value(profile_set, profile, now_ms));
        }
    }
    metrics_add_number(out, "duplojit_connections", "gauge", "Open connections.",
                       (uint64_t)counters->connections);
    metrics_add_number(out, "duplojit_connections_total", "counter", "Connections accepted.",
                       counters->accepted);
    metrics_add_number(out, "duplojit_connections_evicted_total", "counter",
                       "Connections closed because they sent no request in time, or to make room.",
                       counters->evicted);
    metrics_add_number(out, "duplojit_requests_total", "counter", "Requests.", counters->requests);
}
