/* SPDX-License-Identifier: MIT */
/* The metrics of an endpoint, as Prometheus reads them. */
#include "rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/server.h"
#include "serve/metrics.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"

enum { NOW_MS = 5000000, EXPIRATION_S = 1767323045 };

static uint32_t no_random(void)
{
    return 0;
}

/* "good" has credentials for an hour, 10 s of which have passed; "bad" has failed twice. */
static void fill(struct profile_set *set)
{
    static struct profile_list list;
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct err err;
    const struct aws_credentials creds = {.access_key_id = "ASIA-secret",
                                          .secret_access_key = "secret",
                                          .session_token = "session",
                                          .expiration_s = EXPIRATION_S,
                                          .lifetime_s = 3600};
    profile_list_done(&list);
    assert_int_equal(profile_list_add(&list, "good", &scope, &err), 0);
    assert_int_equal(profile_list_add(&list, "bad", &scope, &err), 0);
    assert_int_equal(profile_set_init(set, &list, no_random, &err), 0);
    assert_true(profile_set_succeed(set, 0, &creds, 3600, NOW_MS - 10000, 0));
    err_set(&err, ERR_UNAVAILABLE, "no answer");
    profile_set_fail(set, 1, &err, NOW_MS);
    profile_set_fail(set, 1, &err, NOW_MS);
}

static void lists_profiles_and_counters(void **state)
{
    static const char *const lines[] = {
        "# TYPE duplojit_credentials_left_seconds gauge\n",
        "duplojit_credentials_expiration_timestamp_seconds{profile=\"good\"} 1767323045\n",
        "duplojit_credentials_expiration_timestamp_seconds{profile=\"bad\"} 0\n",
        "duplojit_credentials_left_seconds{profile=\"good\"} 3590\n",
        "duplojit_credentials_left_seconds{profile=\"bad\"} 0\n",
        "duplojit_ready{profile=\"good\"} 1\n",
        "duplojit_ready{profile=\"bad\"} 0\n",
        "duplojit_renewals_total{profile=\"good\"} 1\n",
        "duplojit_renewal_failures_total{profile=\"bad\"} 2\n",
        "duplojit_connections 3\n",
        "duplojit_connections_total 40\n",
        "duplojit_connections_evicted_total 5\n",
        "duplojit_requests_total 60\n",
    };
    const struct server_counters counters = {
        .connections = 3, .accepted = 40, .requests = 60, .evicted = 5};
    struct profile_set set;
    struct buf out;
    (void)state;
    fill(&set);
    buf_init(&out, 1 << 20);
    metrics_add(&out, &set, &counters, NOW_MS);
    for (size_t i = 0; i < ROWS(lines); i++) {
        row_has(lines[i], buf_str(&out), lines[i]);
    }
    row_lacks("no secret", buf_str(&out), "secret");
    row_lacks("no key", buf_str(&out), "ASIA");
    buf_done(&out);
    profile_set_done(&set);
}

/* Each metric has a HELP and a TYPE line before its values, and none twice. */
static void has_one_head_per_metric(void **state)
{
    const struct server_counters counters = {0};
    struct profile_set set;
    struct buf out;
    int helps = 0;
    int types = 0;
    (void)state;
    fill(&set);
    buf_init(&out, 1 << 20);
    metrics_add(&out, &set, &counters, NOW_MS);
    for (const char *at = buf_str(&out); *at != '\0'; at = strchr(at, '\n') + 1) {
        helps += strncmp(at, "# HELP duplojit_", 16) == 0;
        types += strncmp(at, "# TYPE duplojit_", 16) == 0;
        row_true(at, at[0] == '#' || strncmp(at, "duplojit_", 9) == 0);
    }
    assert_int_equal(helps, 9);
    assert_int_equal(types, 9);
    buf_done(&out);
    profile_set_done(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_profiles_and_counters),
        cmocka_unit_test(has_one_head_per_metric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
