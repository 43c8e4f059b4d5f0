/* SPDX-License-Identifier: MIT */
/* Profiles that are added while clients ask for them, and renewed only while they are used. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static const struct scope scope = {.kind = SCOPE_ADMIN};

static uint32_t half(void)
{
    return UINT32_MAX / 2;
}

struct fixture {
    struct profile_list list;
    struct profile_set set;
    struct err err;
};

static void open_set(struct fixture *fixture, int max)
{
    fixture->list = (struct profile_list){.on_demand = true, .max = max};
    assert_int_equal(profile_set_init(&fixture->set, &fixture->list, half, &fixture->err), 0);
}

static void close_set(struct fixture *fixture)
{
    profile_set_done(&fixture->set);
    profile_list_done(&fixture->list);
}

static int add(struct fixture *fixture, int number)
{
    char name[16];
    snprintf(name, sizeof(name), "p%d", number);
    return profile_set_add(&fixture->set, name, &scope, &fixture->err);
}

static int start(struct profile_set *set, int64_t now_ms)
{
    int64_t want_left_s = 0;
    return profile_set_start(set, now_ms, &want_left_s);
}

/* The next renewal is this profile's, and brings credentials for an hour. */
static void renew(struct profile_set *set, int profile, int64_t now_ms)
{
    const struct aws_credentials creds = {.access_key_id = "ASIA", .lifetime_s = 3600};
    assert_int_equal(start(set, now_ms), profile);
    assert_true(profile_set_succeed(set, profile, &creds, 3600, now_ms, 0));
    profile_set_end(set, profile);
}

static void starts_a_renewal_on_the_first_use(void **state)
{
    struct fixture fixture;
    struct profile_set *set = &fixture.set;
    (void)state;
    open_set(&fixture, 0);
    assert_true(profile_set_next_ms(set) == INT64_MAX);
    assert_int_equal(add(&fixture, 0), 0);
    assert_int_equal(start(set, HOUR), -1);
    assert_true(profile_set_next_ms(set) == INT64_MAX);
    profile_set_use(set, 0, HOUR);
    assert_true(profile_set_is_pending(set, 0, HOUR));
    assert_true(profile_set_next_ms(set) <= HOUR);
    renew(set, 0, HOUR);
    assert_false(profile_set_is_pending(set, 0, HOUR));
    assert_non_null(profile_set_get(set, 0, HOUR));
    close_set(&fixture);
}

static void renews_only_while_it_is_used(void **state)
{
    struct fixture fixture;
    struct profile_set *set = &fixture.set;
    (void)state;
    open_set(&fixture, 0);
    assert_int_equal(add(&fixture, 0), 0);
    profile_set_use(set, 0, 0);
    renew(set, 0, 0);
    /* Used in the first lifetime: renewed in the middle of it, before any further use. */
    profile_set_use(set, 0, MINUTE);
    assert_in_range(profile_set_next_ms(set), 20 * MINUTE, 40 * MINUTE);
    renew(set, 0, 40 * MINUTE);
    /* Not used in the second one: idle when the renewal is due. */
    assert_in_range(profile_set_next_ms(set), 60 * MINUTE, 80 * MINUTE);
    assert_int_equal(start(set, 80 * MINUTE), -1);
    assert_true(set->profiles[0].idle);
    assert_non_null(profile_set_get(set, 0, 99 * MINUTE));
    /* A use brings the present credentials, and better ones. */
    profile_set_use(set, 0, 90 * MINUTE);
    assert_false(set->profiles[0].awaited);
    renew(set, 0, 90 * MINUTE);
    close_set(&fixture);
}

/* Five minutes before: a pod that comes then needs better ones. */
static void wipes_idle_credentials_before_they_expire(void **state)
{
    struct fixture fixture;
    struct profile_set *set = &fixture.set;
    (void)state;
    open_set(&fixture, 0);
    assert_int_equal(add(&fixture, 0), 0);
    profile_set_use(set, 0, 0);
    renew(set, 0, 0);
    assert_int_equal(start(set, 45 * MINUTE), -1);
    assert_non_null(set->profiles[0].latest);
    assert_true(profile_set_next_ms(set) == HOUR - 5 * MINUTE);
    assert_int_equal(start(set, HOUR - 5 * MINUTE), -1);
    assert_null(set->profiles[0].latest);
    assert_true(profile_set_next_ms(set) == INT64_MAX);
    profile_set_use(set, 0, 2 * HOUR);
    assert_true(profile_set_is_pending(set, 0, 2 * HOUR));
    renew(set, 0, 2 * HOUR);
    close_set(&fixture);
}

/* Without credentials, attempts go on only while clients ask. */
static void ends_attempts_that_no_client_waits_for(void **state)
{
    struct fixture fixture;
    struct profile_set *set = &fixture.set;
    int attempts = 0;
    (void)state;
    open_set(&fixture, 0);
    assert_int_equal(add(&fixture, 0), 0);
    for (int64_t now_ms = 0; now_ms < HOUR; now_ms += SECOND) {
        if (now_ms <= 30 * MINUTE) {
            profile_set_use(set, 0, now_ms);
        }
        if (start(set, now_ms) == 0) {
            assert_true(now_ms <= 31 * MINUTE);
            attempts++;
            err_set(&fixture.err, ERR_REFUSED, "no access");
            profile_set_fail(set, 0, &fixture.err, now_ms);
            profile_set_end(set, 0);
            assert_false(profile_set_is_pending(set, 0, now_ms));
        }
    }
    assert_true(set->profiles[0].idle);
    assert_in_range(attempts, 30 * 60 / 10, 30 * 60 / 5);
    /* The next use may wait for an attempt again. */
    profile_set_use(set, 0, HOUR);
    assert_true(profile_set_is_pending(set, 0, HOUR));
    renew(set, 0, HOUR);
    close_set(&fixture);
}

static void replaces_the_idle_profile_that_was_used_first(void **state)
{
    enum { COUNT = 3 };
    struct fixture fixture;
    struct profile_set *set = &fixture.set;
    (void)state;
    open_set(&fixture, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(add(&fixture, i), i);
        profile_set_use(set, i, COUNT - i);
        renew(set, i, COUNT);
    }
    profile_set_use(set, 0, MINUTE);
    assert_int_equal(add(&fixture, 3), -1);
    assert_int_equal(fixture.err.kind, ERR_UNAVAILABLE);
    assert_string_equal(fixture.err.text, "all 3 profiles are in use: allow more of them");
    assert_int_equal(profile_set_find(set, "p3"), -1);
    /* p1 and p2 become idle; p0 is renewed. */
    assert_int_equal(start(set, 45 * MINUTE), 0);
    assert_int_equal(start(set, 45 * MINUTE), -1);
    assert_int_equal(add(&fixture, 3), 2);
    assert_int_equal(profile_set_find(set, "p0"), 0);
    assert_int_equal(profile_set_find(set, "p1"), 1);
    assert_int_equal(profile_set_find(set, "p2"), -1);
    assert_int_equal(profile_set_find(set, "p3"), 2);
    assert_null(profile_set_get(set, 2, 45 * MINUTE));
    assert_non_null(profile_set_get(set, 1, 45 * MINUTE));
    assert_true(set->profiles[0].running);
    /* p3 has not been used at all. */
    assert_int_equal(add(&fixture, 4), 2);
    profile_set_use(set, 2, 46 * MINUTE);
    assert_int_equal(add(&fixture, 5), 1);
    profile_set_use(set, 1, 47 * MINUTE);
    assert_int_equal(add(&fixture, 6), -1);
    profile_set_end(set, 0);
    renew(set, 2, 47 * MINUTE);
    renew(set, 1, 47 * MINUTE);
    close_set(&fixture);
}

static void finds_each_of_many(void **state)
{
    enum { COUNT = PROFILE_LIST_MAX };
    struct fixture fixture;
    char name[16];
    (void)state;
    open_set(&fixture, 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < COUNT; i++) {
            int number = round * COUNT + i * 7919 % COUNT; /* in no order */
            assert_int_equal(add(&fixture, number), i);
            profile_set_use(&fixture.set, i, number);
            assert_int_equal(start(&fixture.set, number), i);
            profile_set_end(&fixture.set, i);
            fixture.set.profiles[i].idle = true;
            fixture.set.profiles[i].used_ms = round * COUNT + i;
        }
        for (int i = 0; i < COUNT; i++) {
            snprintf(name, sizeof(name), "p%d", round * COUNT + i * 7919 % COUNT);
            assert_int_equal(profile_set_find(&fixture.set, name), i);
        }
    }
    assert_int_equal(profile_set_find(&fixture.set, "p0"), -1);
    assert_int_equal(fixture.list.count, COUNT);
    close_set(&fixture);
}

/* A client that waits comes before renewals in the background that have been due for longer. */
static void starts_awaited_profiles_first(void **state)
{
    enum { COUNT = 100 };
    struct fixture fixture;
    struct profile_set *set = &fixture.set;
    (void)state;
    open_set(&fixture, 0);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(add(&fixture, i), i);
        profile_set_use(set, i, 0);
        renew(set, i, 0);
        profile_set_use(set, i, 0);
    }
    for (int i = 0; i < PROFILE_SET_RUNNING_MAX / 2; i++) {
        assert_int_equal(add(&fixture, COUNT + i), COUNT + i);
    }
    for (int i = PROFILE_SET_RUNNING_MAX / 2 - 1; i >= 0; i--) {
        profile_set_use(set, COUNT + i, 45 * MINUTE - i);
    }
    for (int i = PROFILE_SET_RUNNING_MAX / 2 - 1; i >= 0; i--) {
        assert_int_equal(start(set, 45 * MINUTE), COUNT + i); /* as they came */
    }
    for (int i = 0; i < PROFILE_SET_RUNNING_MAX / 2; i++) {
        assert_in_range(start(set, 45 * MINUTE), 0, COUNT - 1);
    }
    assert_int_equal(start(set, 45 * MINUTE), -1);
    close_set(&fixture);
}

/* SIGHUP: used profiles are renewed by the portal at once, idle ones at their next use. */
static void renews_idle_profiles_after_a_signal_when_they_are_used(void **state)
{
    struct fixture fixture;
    struct profile_set *set = &fixture.set;
    int64_t want_left_s = 0;
    (void)state;
    open_set(&fixture, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(add(&fixture, i), i);
        profile_set_use(set, i, 0);
        renew(set, i, 0);
    }
    profile_set_use(set, 1, 0);
    profile_set_ask(set);
    assert_int_equal(profile_set_start(set, MINUTE, &want_left_s), 1);
    assert_true(want_left_s == INT64_MAX);
    assert_int_equal(start(set, MINUTE), -1);
    profile_set_end(set, 1);
    profile_set_use(set, 0, 2 * MINUTE);
    want_left_s = 0;
    assert_int_equal(profile_set_start(set, 2 * MINUTE, &want_left_s), 0);
    assert_true(want_left_s == INT64_MAX);
    close_set(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_a_renewal_on_the_first_use),
        cmocka_unit_test(renews_only_while_it_is_used),
        cmocka_unit_test(wipes_idle_credentials_before_they_expire),
        cmocka_unit_test(ends_attempts_that_no_client_waits_for),
        cmocka_unit_test(replaces_the_idle_profile_that_was_used_first),
        cmocka_unit_test(finds_each_of_many),
        cmocka_unit_test(starts_awaited_profiles_first),
        cmocka_unit_test(renews_idle_profiles_after_a_signal_when_they_are_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
