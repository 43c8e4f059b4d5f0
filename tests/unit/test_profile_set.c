/* SPDX-License-Identifier: MIT */
/* The profile set, with a simulated clock and a simulated portal. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    DAY_HOURS = 24,
    SEEDS = 40,
    PROFILES = 3,
};

static uint32_t seed;

/* Repeatable, and spread well enough (a linear congruence's upper bits). */
static uint32_t roll(void)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 16) | (seed * 2654435761U & 0xffff0000U);
}

static struct profile_list list;

/* Profiles p0, p1 and so on. A set that was open before must be done. */
static void open_set(struct profile_set *set, int count)
{
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct err err;
    char name[16];
    profile_list_done(&list);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        assert_int_equal(profile_list_add(&list, name, &scope, &err), 0);
    }
    assert_int_equal(profile_set_init(set, &list, roll, &err), 0);
}

static struct aws_credentials make(int number, int64_t lifetime_s)
{
    struct aws_credentials creds = {.secret_access_key = "s", .session_token = "t"};
    snprintf(creds.access_key_id, sizeof(creds.access_key_id), "ASIA%d", number);
    creds.lifetime_s = lifetime_s;
    return creds;
}

static void start_one(struct profile_set *set, int64_t now_ms)
{
    int64_t want_left_s = -1;
    assert_int_equal(profile_set_start(set, now_ms, &want_left_s), 0);
}

static void succeed(struct profile_set *set, int number, int64_t lifetime_s, int64_t now_ms)
{
    struct aws_credentials creds = make(number, lifetime_s);
    start_one(set, now_ms);
    profile_set_succeed(set, 0, &creds, lifetime_s, now_ms, now_ms / SECOND);
    profile_set_end(set, 0);
}

static void starts_each_profile_once(void **state)
{
    struct profile_set set;
    int64_t want_left_s = -1;
    (void)state;
    open_set(&set, 2);
    assert_true(profile_set_next_ms(&set) <= 5);
    assert_int_equal(profile_set_start(&set, 5, &want_left_s), 0);
    assert_int_equal(want_left_s, 0);
    assert_int_equal(profile_set_start(&set, 5, &want_left_s), 1);
    assert_int_equal(profile_set_start(&set, 5, &want_left_s), -1);
    assert_true(profile_set_next_ms(&set) == INT64_MAX);
    assert_null(profile_set_get(&set, 0, 5));
    profile_set_done(&set);
}

static void renews_before_the_expiration(void **state)
{
    struct profile_set set;
    int64_t want_left_s = -1;
    (void)state;
    open_set(&set, 1);
    succeed(&set, 1, 3600, 0);
    assert_in_range(profile_set_next_ms(&set), HOUR - 27 * MINUTE, HOUR - 21 * MINUTE);
    assert_int_equal(profile_set_start(&set, profile_set_next_ms(&set) - 1, &want_left_s), -1);
    start_one(&set, HOUR - 21 * MINUTE);
    assert_non_null(profile_set_get(&set, 0, HOUR - 1));
    assert_null(profile_set_get(&set, 0, HOUR));
    profile_set_done(&set);
}

static void asks_for_better_credentials(void **state)
{
    struct profile_set set;
    int64_t want_left_s = -1;
    (void)state;
    open_set(&set, 1);
    succeed(&set, 1, 3600, 0);
    assert_int_equal(profile_set_start(&set, 2500 * SECOND, &want_left_s), 0);
    assert_in_range(want_left_s, 1101, 1105); /* more than the clocks may differ by */
    profile_set_end(&set, 0);
    profile_set_ask(&set);
    assert_int_equal(profile_set_start(&set, 600 * SECOND, &want_left_s), 0);
    assert_true(want_left_s == INT64_MAX); /* not from the cache */
    /* Asked for during a renewal: that may have started before the change that the user knows of.
     */
    profile_set_ask(&set);
    assert_int_equal(profile_set_start(&set, 600 * SECOND, &want_left_s), -1);
    profile_set_end(&set, 0);
    assert_int_equal(profile_set_start(&set, 600 * SECOND, &want_left_s), 0);
    profile_set_done(&set);
}

static const struct {
    const char *name;
    int64_t first_s; /* validity of the first credentials, issued at 0 */
    int64_t at_s;    /* when the second credentials come */
    int64_t second_s;
    bool taken;
} replacements[] = {
    {"the usual", 3600, 2400, 3600, true},
    {"a lifetime that was lowered", 43200, 40000, 900, true},
    {"a second to live", 3600, 2400, 1, false},
    {"no time to live", 3600, 2400, 0, false},
    {"four minutes, against twenty", 3600, 2400, 240, false},
    {"four minutes, against three", 3600, 3420, 240, true},
    {"any, against none", 3600, 3600, 1, true},
    {"expired, against none", 3600, 3600, 0, false},
};

static void keeps_better_credentials(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(replacements); i++) {
        struct profile_set set;
        int64_t now_ms = replacements[i].at_s * SECOND;
        struct aws_credentials creds = make(2, replacements[i].second_s);
        open_set(&set, 1);
        succeed(&set, 1, replacements[i].first_s, 0);
        profile_set_ask(&set);
        start_one(&set, now_ms);
        row_true(replacements[i].name,
                 profile_set_succeed(&set, 0, &creds, replacements[i].second_s, now_ms, 0) ==
                     replacements[i].taken);
        profile_set_end(&set, 0);
        const struct profile_credentials *got = profile_set_get(&set, 0, now_ms);
        row_has(replacements[i].name, got != NULL ? buf_str(&got->fields) : "none",
                replacements[i].taken                            ? "ASIA2"
                : replacements[i].first_s > replacements[i].at_s ? "ASIA1"
                                                                 : "none");
        /* The next attempt never follows immediately. */
        row_true(replacements[i].name, profile_set_next_ms(&set) >= now_ms + SECOND / 2);
        profile_set_done(&set);
    }
}

static const char *key_at(const struct profile_set *set, int64_t now_ms)
{
    const struct profile_credentials *got = profile_set_get(set, 0, now_ms);
    static char key[6];
    snprintf(key, sizeof(key), "%s", got != NULL ? strstr(buf_str(&got->fields), "ASIA") : "none");
    return key;
}

/* After the lifetime was lowered, the latest credentials are used first, and older ones that are
 * valid longer after them. */
static void uses_older_credentials_that_are_valid_longer(void **state)
{
    struct profile_set set;
    static const int64_t lifetimes_s[] = {4 * 3600, 8 * 3600, 3600, 1800, 600};
    (void)state;
    open_set(&set, 1);
    for (int i = 0; i < (int)ROWS(lifetimes_s); i++) {
        profile_set_ask(&set);
        succeed(&set, i, lifetimes_s[i], 0);
    }
    assert_string_equal(key_at(&set, 600 * SECOND - 1), "ASIA4");
    assert_string_equal(key_at(&set, 600 * SECOND), "ASIA1");
    assert_string_equal(key_at(&set, 8 * HOUR - 1), "ASIA1");
    assert_string_equal(key_at(&set, 8 * HOUR), "none");
    /* New credentials are used first, even if they expire sooner; the old ones after them. */
    succeed(&set, 5, 1200, HOUR);
    assert_string_equal(key_at(&set, HOUR + 1), "ASIA5");
    assert_string_equal(key_at(&set, HOUR + 1200 * SECOND), "ASIA1");
    profile_set_ask(&set);
    succeed(&set, 6, 12 * 3600, HOUR);
    assert_null(set.profiles[0].longest);
    profile_set_done(&set);
}

/* After the first attempt of each, some renewals are reserved for profiles that have not failed. */
static void limits_renewals_at_a_time_and_starts_all_in_turn(void **state)
{
    enum { FIRST = 3, COUNT = FIRST * PROFILE_SET_RUNNING_MAX, ROUNDS = 20 };
    struct profile_set set;
    struct err err;
    int attempts[COUNT] = {0};
    int64_t want_left_s = 0;
    (void)state;
    open_set(&set, COUNT);
    err_set(&err, ERR_UNAVAILABLE, "it hangs");
    for (int round = 0; round < ROUNDS; round++) {
        int64_t now_ms = (int64_t)round * 40 * SECOND;
        int running[COUNT];
        int count = 0;
        for (int at = profile_set_start(&set, now_ms, &want_left_s); at >= 0;
             at = profile_set_start(&set, now_ms, &want_left_s)) {
            running[count++] = at;
            attempts[at]++;
        }
        assert_int_equal(count, round < FIRST ? PROFILE_SET_RUNNING_MAX
                                              : PROFILE_SET_RUNNING_MAX - PROFILE_SET_RESERVED);
        assert_true(profile_set_next_ms(&set) == INT64_MAX);
        for (int i = 0; i < count; i++) {
            profile_set_fail(&set, running[i], &err, now_ms + 35 * SECOND);
            profile_set_end(&set, running[i]);
        }
    }
    for (int i = 0; i < COUNT; i++) {
        assert_in_range(attempts[i], 5, 6);
    }
    profile_set_done(&set);
}

/* Signals that ask for renewals more often than all can be renewed; the profiles that have no
 * credentials yet come first. */
static void starts_all_while_renewals_are_asked_for(void **state)
{
    enum { AT_A_TIME = PROFILE_SET_RUNNING_MAX, COUNT = 63 * AT_A_TIME };
    struct profile_set set;
    int attempts[COUNT] = {0};
    int started = 0;
    (void)state;
    open_set(&set, COUNT);
    for (int round = 0; round < 2 * COUNT / AT_A_TIME; round++) {
        int running[AT_A_TIME];
        int64_t want_left_s = 0;
        for (int i = 0; i < AT_A_TIME; i++) {
            running[i] = profile_set_start(&set, round * SECOND, &want_left_s);
            assert_in_range(running[i], 0, COUNT - 1);
            assert_true(attempts[running[i]]++ <= started++ / COUNT);
        }
        assert_int_equal(profile_set_start(&set, round * SECOND, &want_left_s), -1);
        for (int i = 0; i < AT_A_TIME; i++) {
            struct aws_credentials creds = make(1, 3600);
            assert_true(profile_set_succeed(&set, running[i], &creds, 3600, round * SECOND, 0));
            profile_set_end(&set, running[i]);
        }
        profile_set_ask(&set);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(attempts[i], 2);
    }
    profile_set_done(&set);
}

/* The server allows no request for a while: that holds for all profiles, and for signals. */
static void starts_nothing_before_the_server_allows_it(void **state)
{
    struct profile_set set;
    struct err err;
    int64_t want_left_s = -1;
    (void)state;
    open_set(&set, 3);
    succeed(&set, 1, 3600, 0);
    profile_set_hold(&set, 0, SECOND);
    profile_set_hold(&set, -1, SECOND);
    assert_int_equal(profile_set_next_ms(&set), 0);
    profile_set_hold(&set, 60, SECOND);
    profile_set_hold(&set, 2, SECOND); /* a shorter time changes nothing */
    assert_in_range(profile_set_next_ms(&set), 61 * SECOND, 91 * SECOND);
    assert_non_null(profile_set_get(&set, 0, 61 * SECOND));
    profile_set_ask(&set);
    profile_set_use(&set, 0, SECOND);
    assert_int_equal(profile_set_start(&set, profile_set_next_ms(&set) - 1, &want_left_s), -1);
    /* For a client that waits, only the cache is asked, once. */
    profile_set_use(&set, 2, SECOND);
    assert_true(profile_set_is_pending(&set, 2, SECOND));
    assert_int_equal(profile_set_start(&set, SECOND, &want_left_s), 2);
    assert_int_equal(want_left_s, PROFILE_SET_CACHED_ONLY);
    err_set(&err, ERR_UNAVAILABLE, "not cached");
    profile_set_fail(&set, 2, &err, SECOND);
    profile_set_end(&set, 2);
    profile_set_use(&set, 2, 2 * SECOND);
    assert_false(profile_set_is_pending(&set, 2, 2 * SECOND));
    assert_int_equal(profile_set_start(&set, profile_set_next_ms(&set) - 1, &want_left_s), -1);
    /* Then all, as asked for before. */
    assert_int_equal(profile_set_start(&set, 91 * SECOND, &want_left_s), 1);
    assert_int_equal(profile_set_start(&set, 91 * SECOND, &want_left_s), 2);
    assert_true(want_left_s == INT64_MAX);
    assert_int_equal(profile_set_start(&set, 91 * SECOND, &want_left_s), 0);
    profile_set_hold(&set, INT32_MAX, 91 * SECOND);
    for (int i = 0; i < 3; i++) {
        profile_set_end(&set, i);
    }
    assert_in_range(profile_set_next_ms(&set), 91 * SECOND + 10 * MINUTE,
                    91 * SECOND + 15 * MINUTE);
    profile_set_done(&set);
}

/* Half of the scopes hang until their renewals are stopped; the others are served meanwhile. */
static void serves_others_while_some_hang(void **state)
{
    enum { COUNT = 500, HANG = 35 * SECOND, END = HOUR };
    struct profile_set set;
    struct err err;
    int64_t ends_ms[COUNT];
    int attempts[COUNT] = {0};
    (void)state;
    open_set(&set, COUNT);
    err_set(&err, ERR_UNAVAILABLE, "it hangs");
    for (int64_t now_ms = 0; now_ms < END; now_ms += SECOND) {
        int64_t want_left_s = 0;
        int running = 0;
        for (int i = 0; i < COUNT; i++) {
            struct aws_credentials creds = make(i, 900);
            if (set.profiles[i].running && ends_ms[i] <= now_ms) {
                if (i % 2 == 0) {
                    profile_set_fail(&set, i, &err, now_ms);
                } else {
                    assert_true(profile_set_succeed(&set, i, &creds, 900, now_ms, 0));
                }
                profile_set_end(&set, i);
            }
            /* After the first attempt of each. */
            bool served = profile_set_get(&set, i, now_ms) != NULL;
            assert_true(now_ms < 25 * MINUTE || served == (i % 2 == 1));
        }
        for (int at = profile_set_start(&set, now_ms, &want_left_s); at >= 0;
             at = profile_set_start(&set, now_ms, &want_left_s)) {
            ends_ms[at] = now_ms + (at % 2 == 0 ? HANG : SECOND);
            attempts[at]++;
        }
        for (int i = 0; i < COUNT; i++) {
            running += set.profiles[i].running ? 1 : 0;
        }
        assert_in_range(running, 0, PROFILE_SET_RUNNING_MAX);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_in_range(attempts[i], 2, i % 2 == 0 ? 4 : 10);
    }
    profile_set_done(&set);
}

/* To repeat a write that failed, any credentials are good enough. */
static void writes_a_late_file(void **state)
{
    struct profile_set set;
    int64_t want_left_s = -1;
    (void)state;
    open_set(&set, 1);
    set.profiles[0].file_wanted = true;
    for (int round = 0; round < 3; round++) {
        profile_set_ask(&set);
        succeed(&set, 1, 3600, 0);
        profile_set_note_file(&set, 0, false, 0);
        assert_int_equal(profile_set_start(&set, profile_set_next_ms(&set), &want_left_s), 0);
        assert_int_equal(want_left_s, 0);
        profile_set_note_file(&set, 0, true, 0);
        profile_set_end(&set, 0);
        assert_true(profile_set_ready(&set, 0, 0));
    }
    profile_set_done(&set);
}

static void knows_when_it_is_ready(void **state)
{
    struct profile_set set;
    (void)state;
    open_set(&set, 1);
    assert_false(profile_set_ready(&set, 0, 0));
    succeed(&set, 1, 3600, 0);
    assert_true(profile_set_ready(&set, 0, 0));
    set.profiles[0].file_wanted = true;
    assert_false(profile_set_ready(&set, 0, 0));
    profile_set_note_file(&set, 0, false, 0);
    assert_false(profile_set_ready(&set, 0, 0));
    assert_true(profile_set_next_ms(&set) <= SECOND);
    profile_set_note_file(&set, 0, true, 0);
    assert_true(profile_set_ready(&set, 0, 0));
    assert_false(profile_set_ready(&set, 0, HOUR));
    profile_set_done(&set);
}

/* What the portal does to a request that begins at a given time. */
struct event {
    int64_t from_ms;
    int64_t to_ms;
    enum { OUTAGE, HANG, REFUSAL, SHORT, LOWERED, GARBAGE, KINDS } kind;
};

struct day {
    struct event events[48];
    int count;
    int64_t lifetime_s;
};

static struct day make_day(void)
{
    static const int64_t lifetimes_s[] = {900, 3600, 14400, 43200};
    struct day day = {.lifetime_s = lifetimes_s[roll() % ROWS(lifetimes_s)]};
    int64_t at_ms = (int64_t)(roll() % HOUR);
    while (day.count < (int)ROWS(day.events) && at_ms < (int64_t)DAY_HOURS * HOUR) {
        int64_t length_ms = (int64_t)(roll() % (45 * MINUTE));
        day.events[day.count++] = (struct event){at_ms, at_ms + length_ms, roll() % KINDS};
        /* Some events follow directly after another. */
        at_ms += length_ms + (roll() % 3 == 0 ? 0 : (int64_t)(roll() % (2 * HOUR)));
    }
    return day;
}

static const struct event *event_at(const struct day *day, int64_t now_ms)
{
    for (int i = 0; i < day->count; i++) {
        if (day->events[i].from_ms <= now_ms && now_ms < day->events[i].to_ms) {
            return &day->events[i];
        }
    }
    return NULL;
}

/* One profile's renewal in the simulation. */
struct attempt {
    bool running;
    int64_t ends_ms;
    int64_t begun_ms;
};

/* Ends an attempt with what the portal did when it began. Returns when the credentials that it
 * issued expire, or 0. */
static int64_t finish(struct profile_set *set, const struct day *day, int profile,
                      const struct attempt *attempt, int64_t now_ms)
{
    const struct event *event = event_at(day, attempt->begun_ms);
    struct err err;
    static int number;
    int64_t left_s = day->lifetime_s;
    if (event != NULL && event->kind == SHORT) {
        left_s = (int64_t)(roll() % 3);
    }
    if (event != NULL && event->kind == LOWERED) {
        left_s = 200 + (int64_t)(roll() % 1000);
    }
    if (event == NULL || event->kind == SHORT || event->kind == LOWERED) {
        struct aws_credentials creds = make(++number, left_s);
        profile_set_succeed(set, profile, &creds, left_s, now_ms, now_ms / SECOND);
        profile_set_end(set, profile);
        return now_ms + left_s * SECOND;
    }
    err_set(&err, event->kind == REFUSAL ? ERR_REFUSED : ERR_UNAVAILABLE, "the portal's fault");
    profile_set_fail(set, profile, &err, now_ms);
    profile_set_end(set, profile);
    return 0;
}

/* Simulates a day in steps of a second. best_ms is the latest expiration of all credentials that
 * were issued: until then the set must have valid ones. When the portal works, it has new ones
 * soon. */
static void simulate(struct profile_set *set, const struct day *day, int *requests)
{
    struct attempt attempts[PROFILES] = {0};
    int64_t best_ms[PROFILES] = {0};
    int64_t well_since_ms = 0;
    for (int64_t now_ms = 0; now_ms < (int64_t)DAY_HOURS * HOUR; now_ms += SECOND) {
        int64_t want_left_s = 0;
        for (int i = 0; i < PROFILES; i++) {
            if (attempts[i].running && attempts[i].ends_ms <= now_ms) {
                int64_t expires_ms = finish(set, day, i, &attempts[i], now_ms);
                best_ms[i] = expires_ms > best_ms[i] ? expires_ms : best_ms[i];
                attempts[i].running = false;
            }
        }
        for (int at = profile_set_start(set, now_ms, &want_left_s); at >= 0;
             at = profile_set_start(set, now_ms, &want_left_s)) {
            const struct event *event = event_at(day, now_ms);
            bool hangs = event != NULL && event->kind == HANG;
            assert_false(attempts[at].running);
            attempts[at] = (struct attempt){true, now_ms + (hangs ? 35 : 1) * SECOND, now_ms};
            (*requests)++;
        }
        well_since_ms = event_at(day, now_ms) != NULL ? now_ms : well_since_ms;
        for (int i = 0; i < PROFILES; i++) {
            bool valid = profile_set_get(set, i, now_ms) != NULL;
            assert_true(valid || now_ms >= best_ms[i]);
            assert_true(valid || now_ms - well_since_ms < 2 * MINUTE);
        }
    }
}

static void keeps_credentials_through_bad_days(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SEEDS; i++) {
        struct profile_set set;
        int requests = 0;
        seed = i;
        struct day day = make_day();
        open_set(&set, PROFILES);
        simulate(&set, &day, &requests);
        /* At most one attempt every 15 s, even on the worst day. */
        assert_true(requests < PROFILES * DAY_HOURS * 3600 / 15);
        profile_set_done(&set);
    }
}

static void renews_rarely_on_good_days(void **state)
{
    struct profile_set set;
    const struct day day = {.lifetime_s = 3600};
    int requests = 0;
    (void)state;
    open_set(&set, PROFILES);
    simulate(&set, &day, &requests);
    /* Credentials for an hour are used for 33 to 39 minutes. */
    assert_in_range(requests, PROFILES * DAY_HOURS * 60 / 40, PROFILES * DAY_HOURS * 60 / 32);
    profile_set_done(&set);
}

/* Endpoints that started together do not renew together. */
static void spreads_a_fleet(void **state)
{
    struct profile_set set;
    int64_t first_ms = INT64_MAX;
    int64_t last_ms = 0;
    (void)state;
    for (int i = 0; i < 100; i++) {
        open_set(&set, 1);
        succeed(&set, i, 3600, 0);
        int64_t next_ms = profile_set_next_ms(&set);
        first_ms = next_ms < first_ms ? next_ms : first_ms;
        last_ms = next_ms > last_ms ? next_ms : last_ms;
        profile_set_done(&set);
    }
    assert_true(last_ms - first_ms > 4 * MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_each_profile_once),
        cmocka_unit_test(renews_before_the_expiration),
        cmocka_unit_test(asks_for_better_credentials),
        cmocka_unit_test(keeps_better_credentials),
        cmocka_unit_test(uses_older_credentials_that_are_valid_longer),
        cmocka_unit_test(limits_renewals_at_a_time_and_starts_all_in_turn),
        cmocka_unit_test(starts_all_while_renewals_are_asked_for),
        cmocka_unit_test(starts_nothing_before_the_server_allows_it),
        cmocka_unit_test(serves_others_while_some_hang),
        cmocka_unit_test(writes_a_late_file),
        cmocka_unit_test(knows_when_it_is_ready),
        cmocka_unit_test(keeps_credentials_through_bad_days),
        cmocka_unit_test(renews_rarely_on_good_days),
        cmocka_unit_test(spreads_a_fleet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
