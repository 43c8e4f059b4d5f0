/* SPDX-License-Identifier: MIT */
/*
 * 1,000 nodes with 20 scopes each that began together and restart together, in simulated time: how
 * many requests the portal gets in its busiest minute, compared with the mean. The profile sets and
 * the freshness of the cache are the real ones; pods refresh their credentials as SDKs do.
 */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "broker/cache_entry.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"

enum {
    NODES = 1000,
    SCOPES = 20, /* of each node */
    PODS = 2,    /* of each scope */
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    STEP = 20 * SECOND,
    STEPS_PER_MINUTE = MINUTE / STEP,
    RESTART_MS = 2 * HOUR, /* after the fleet has begun */
    END_MS = RESTART_MS + 6 * HOUR,
    LIFETIME_S = 3600,
    SDK_LEFT_MS = 15 * MINUTE, /* when SDKs refresh */
    POD_LIFE_MS = 8 * HOUR,    /* pods are replaced by then */
};

struct scope_state {
    int64_t pod_asks_ms[PODS];
    int64_t issued_ms; /* of the credentials in the node's cache; -1: none */
};

struct node {
    struct profile_list list;
    struct profile_set set;
    struct scope_state scopes[SCOPES];
};

struct fleet {
    struct node *nodes;
    bool on_demand;
    int requests[END_MS / STEP];
};

static uint64_t seed;

/* xorshift64* of Marsaglia and Vigna */
static uint32_t roll(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 0x2545f4914f6cdd1dU) >> 32);
}

static void close_node(struct node *node)
{
    profile_set_done(&node->set);
    profile_list_done(&node->list);
}

static void open_node(struct node *node, bool on_demand)
{
    struct err err;
    node->list = (struct profile_list){.on_demand = on_demand};
    assert_int_equal(profile_set_init(&node->set, &node->list, roll, &err), 0);
}

/* An SDK asks for credentials. Returns when it will ask again, or the SDK of the next pod. */
static int64_t ask(struct node *node, int scope, int64_t now_ms)
{
    static const struct scope admin = {.kind = SCOPE_ADMIN};
    char name[16];
    struct err err;
    snprintf(name, sizeof(name), "%d", scope);
    int profile = profile_set_find(&node->set, name);
    if (profile < 0) {
        profile = profile_set_add(&node->set, name, &admin, &err);
        assert_true(profile >= 0);
    }
    profile_set_use(&node->set, profile, now_ms);
    const struct profile_credentials *creds = profile_set_get(&node->set, profile, now_ms);
    int64_t next_ms = creds != NULL ? creds->expires_ms - SDK_LEFT_MS : 0;
    int64_t next_pod_ms = now_ms + (int64_t)(roll() % POD_LIFE_MS);
    next_ms = next_pod_ms < next_ms ? next_pod_ms : next_ms;
    return next_ms > now_ms + STEP ? next_ms : now_ms + STEP;
}

/* The renewals that are due on a node: from its cache, else from the portal, which counts them. */
static void renew(struct fleet *fleet, struct node *node, int64_t now_ms)
{
    int64_t want_left_s = 0;
    int profile = -1;
    while ((profile = profile_set_start(&node->set, now_ms, &want_left_s)) >= 0) {
        const struct aws_credentials creds = {.access_key_id = "A", .lifetime_s = LIFETIME_S};
        struct scope_state *scope =
            &node->scopes[atoi(profile_set_name(&node->set, profile))]; /* of ask */
        const struct cache_entry entry = {
            .scope = "admin", .obtained_s = scope->issued_ms / SECOND, .lifetime_s = LIFETIME_S};
        int64_t now_s = now_ms / SECOND;
        if (scope->issued_ms < 0 || !cache_entry_is_fresh(&entry, now_s) ||
            cache_entry_left_s(&entry, now_s) <= want_left_s) {
            fleet->requests[now_ms / STEP]++;
            scope->issued_ms = now_ms;
        }
        int64_t left_s = LIFETIME_S - (now_ms - scope->issued_ms) / SECOND;
        assert_true(profile_set_succeed(&node->set, profile, &creds, left_s, now_ms, 0));
        profile_set_end(&node->set, profile);
    }
}

static void step(struct fleet *fleet, struct node *node, int64_t now_ms)
{
    for (int i = 0; i < SCOPES * PODS; i++) {
        int64_t *asks_ms = &node->scopes[i / PODS].pod_asks_ms[i % PODS];
        if (*asks_ms <= now_ms) {
            *asks_ms = ask(node, i / PODS, now_ms);
        }
    }
    renew(fleet, node, now_ms);
}

static void restart(struct fleet *fleet, struct node *node, bool cache_kept)
{
    close_node(node);
    open_node(node, fleet->on_demand);
    for (int i = 0; i < SCOPES && !cache_kept; i++) {
        node->scopes[i].issued_ms = -1;
    }
}

/* The requests in the busiest minute after the restart, in percent of the mean. */
static int find_peak(const struct fleet *fleet)
{
    enum { FIRST = RESTART_MS / STEP, END = END_MS / STEP };
    int64_t sum = 0;
    int most = 0;
    for (int i = FIRST; i < END; i++) {
        int minute = 0;
        for (int j = i; j < i + STEPS_PER_MINUTE && j < END; j++) {
            minute += fleet->requests[j];
        }
        most = minute > most ? minute : most;
        sum += fleet->requests[i];
    }
    int64_t mean = sum * STEPS_PER_MINUTE / (END - FIRST);
    printf("mean %d, most %d requests in a minute\n", (int)mean, most);
    return (int)(100 * most / mean);
}

static int simulate(bool on_demand, bool cache_kept)
{
    struct fleet fleet = {.nodes = calloc(NODES, sizeof(*fleet.nodes)), .on_demand = on_demand};
    assert_non_null(fleet.nodes);
    seed = 20261127;
    for (int i = 0; i < NODES; i++) {
        open_node(&fleet.nodes[i], on_demand);
        for (int j = 0; j < SCOPES; j++) {
            fleet.nodes[i].scopes[j].issued_ms = -1;
        }
    }
    for (int64_t now_ms = 0; now_ms < END_MS; now_ms += STEP) {
        for (int i = 0; i < NODES; i++) {
            if (now_ms == RESTART_MS) {
                restart(&fleet, &fleet.nodes[i], cache_kept);
            }
            step(&fleet, &fleet.nodes[i], now_ms);
        }
    }
    for (int i = 0; i < NODES; i++) {
        close_node(&fleet.nodes[i]);
    }
    free(fleet.nodes);
    return find_peak(&fleet);
}

static void spreads_the_renewals_of_agents(void **state)
{
    (void)state;
    assert_in_range(simulate(true, true), 100, 200);
    assert_in_range(simulate(true, false), 100, 200);
}

/* The simulation shows what it should: the schedule of serve keeps a fleet together. */
static void sees_peaks_of_a_schedule_without_spread(void **state)
{
    (void)state;
    assert_true(simulate(false, true) > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spreads_the_renewals_of_agents),
        cmocka_unit_test(sees_peaks_of_a_schedule_without_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
