/* SPDX-License-Identifier: MIT */
/* The broker for a user who logs in: when the identity is opened and renewed, and when not. */
#include "rows.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "broker_bench.h"
#include "sandbox.h"

/* A user who logs in: nothing is known until the first open. */
struct person {
    struct identity identity;
    struct bench *bench;
    const char *owner;       /* of the cache entries; NULL: not known */
    const char *next_owner;  /* after the next open; NULL: the same */
    const char *renew_owner; /* after a renewal */
    enum err_kind open_fails;
    bool cannot_renew;
    enum err_kind then_fails; /* fetch, after a renewal */
    int busy_ms;              /* how long the person takes */
    int opens;
    int renewals;
    int64_t last_left_ms; /* that the last open had; -1: no limit */
};

/* The entry must not be locked: other processes would wait for the person. */
static void expect_unlocked(const struct person *person)
{
    struct cache_id id;
    struct fs_lock lock;
    struct err err;
    if (person->owner != NULL && person->bench->broker.cache != NULL) {
        bench_identify(person->bench, &bench_dev01, &id);
        assert_int_equal(cache_lock(&person->bench->cache, &id, &lock, clock_mono_ms(), &err), 0);
        fs_lock_release(&lock);
    }
}

static int open_person(struct identity *identity, int64_t deadline_ms, struct err *err)
{
    struct person *person = (struct person *)identity;
    person->opens++;
    person->last_left_ms = deadline_ms == INT64_MAX ? -1 : clock_left_ms(deadline_ms);
    expect_unlocked(person);
    usleep((useconds_t)person->busy_ms * 1000);
    if (person->open_fails != ERR_NONE) {
        return err_set(err, person->open_fails, "the login fails");
    }
    person->owner = person->next_owner != NULL ? person->next_owner : person->owner;
    return 0;
}

static bool key_of_person(struct identity *identity, struct identity_key *key)
{
    const struct person *person = (const struct person *)identity;
    *key = (struct identity_key){.kind = "login", .value = person->owner};
    return person->owner != NULL;
}

static bool renew_person(struct identity *identity, struct err *err)
{
    struct person *person = (struct person *)identity;
    if (err->kind != ERR_REFUSED || person->cannot_renew) {
        return false;
    }
    expect_unlocked(person);
    person->renewals++;
    usleep((useconds_t)person->busy_ms * 1000);
    person->owner = person->renew_owner != NULL ? person->renew_owner : person->owner;
    person->bench->portal.fetch_fails = person->then_fails;
    return true;
}

static void start_person(struct bench *bench, struct person *person)
{
    static const struct identity_ops ops = {
        .open = open_person, .cache_key = key_of_person, .renew = renew_person};
    bench_start(bench);
    identity_done(bench->broker.identity);
    person->identity.ops = &ops;
    person->bench = bench;
    bench->broker.identity = &person->identity;
}

static void test_a_person_is_not_asked_for_cached_credentials(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    (void)state;
    start_person(&bench, &person);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    assert_int_equal(person.opens, 1);
    assert_int_equal(person.last_left_ms, -1);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    assert_int_equal(person.opens, 1);
    assert_int_equal(bench.left_s, BENCH_LIFETIME_S);
    bench_expect_calls(&bench, 1, 1);
}

/* With valid credentials at hand, the portal has little time to accept the login. */
static void test_an_outage_while_a_login_is_checked(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    (void)state;
    start_person(&bench, &person);
    bench_get(&bench, &bench_dev01);
    bench_advance(2401);
    person.open_fails = ERR_UNAVAILABLE;
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    assert_int_equal(person.opens, 2);
    assert_true(person.last_left_ms > 0 && person.last_left_ms <= BROKER_REFRESH_MS);
    assert_int_equal(bench.left_s, BENCH_LIFETIME_S - 2401);
    person.open_fails = ERR_CANCELLED;
    assert_string_equal(bench_get(&bench, &bench_dev01), "cancelled");
    bench_advance(BENCH_LIFETIME_S);
    person.open_fails = ERR_UNAVAILABLE;
    assert_string_equal(bench_get(&bench, &bench_dev01), "unavailable");
    assert_int_equal(person.last_left_ms, -1);
    bench_expect_calls(&bench, 1, 1);
}

/* Opening can show that it is another user: the entry of the first one does not count. */
static void test_another_person_logs_in(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    (void)state;
    start_person(&bench, &person);
    bench_get(&bench, &bench_dev01);
    bench_advance(2401);
    person.next_owner = "bob";
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    bench_expect_calls(&bench, 2, 2);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    person.owner = "ann";
    person.next_owner = "bob"; /* whose entry is fresh */
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    bench_expect_calls(&bench, 2, 2);
}

/* While another process refreshes the second user's entry, the first user's is not returned. */
static void test_another_person_has_to_wait(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann"};
    struct cache_id id;
    struct fs_lock lock;
    struct err err;
    (void)state;
    start_person(&bench, &person);
    bench_get(&bench, &bench_dev01);
    bench_advance(2401);
    person.owner = "bob";
    bench_identify(&bench, &bench_dev01, &id);
    assert_int_equal(cache_lock(&bench.cache, &id, &lock, clock_mono_ms(), &err), 0);
    person.owner = "ann";
    person.next_owner = "bob";
    bench.broker.timeout_ms = 50;
    assert_string_equal(bench_get(&bench, &bench_dev01), "unavailable");
    fs_lock_release(&lock);
}

static void test_a_refused_login_is_renewed_once(void **state)
{
    static const struct {
        const char *name;
        bool cached;
        enum err_kind fails;
        enum err_kind after;
        bool cannot_renew;
        const char *want;
        int renewals;
    } rows[] = {
        {"then accepted", true, ERR_REFUSED, ERR_NONE, false, "ASIA-0-id-of-dev01-2", 1},
        {"without a cache", false, ERR_REFUSED, ERR_NONE, false, "ASIA-0-id-of-dev01-2", 1},
        {"then refused again", true, ERR_REFUSED, ERR_REFUSED, false, "refused", 1},
        {"no renewal", true, ERR_REFUSED, ERR_NONE, true, "refused", 0},
        {"not found", true, ERR_REJECTED, ERR_NONE, false, "not found", 0},
        {"outage", true, ERR_UNAVAILABLE, ERR_NONE, false, "unavailable", 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        struct person person = {.next_owner = "ann", .cannot_renew = rows[i].cannot_renew};
        start_person(&bench, &person);
        bench.broker.cache = rows[i].cached ? &bench.cache : NULL;
        bench.portal.fetch_fails = rows[i].fails;
        person.then_fails = rows[i].after;
        row_text(rows[i].name, bench_get(&bench, &bench_dev01), rows[i].want);
        row_int(rows[i].name, person.renewals, rows[i].renewals);
        row_int(rows[i].name, person.opens, 1);
    }
}

/* The limit is for the portal's calls. */
static void test_a_person_takes_longer_than_the_timeout(void **state)
{
    struct bench bench;
    struct person person = {.next_owner = "ann", .busy_ms = 600};
    (void)state;
    start_person(&bench, &person);
    bench.broker.timeout_ms = 500;
    bench.portal.fetch_fails = ERR_REFUSED;
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    assert_true(bench.portal.last_left_ms > 0);
}

static void test_forget(void **state)
{
    struct bench bench;
    struct person person = {0};
    (void)state;
    bench_start(&bench);
    bench_get(&bench, &bench_dev01);
    bench_get(&bench, &bench_dev02);
    broker_forget(&bench.broker, &bench_dev01);
    assert_string_equal(bench_get(&bench, &bench_dev02), "ASIA-0-id-of-dev02-2");
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-3");
    start_person(&bench, &person);
    broker_forget(&bench.broker, &bench_dev01); /* of a user that is not known */
    bench.broker.cache = NULL;
    broker_forget(&bench.broker, &bench_dev01);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_person_is_not_asked_for_cached_credentials),
        TEST(test_an_outage_while_a_login_is_checked),
        TEST(test_another_person_logs_in),
        TEST(test_another_person_has_to_wait),
        TEST(test_a_refused_login_is_renewed_once),
        TEST(test_a_person_takes_longer_than_the_timeout),
        TEST(test_forget),
    };
    return cmocka_run_group_tests_name("broker_login", tests, NULL, NULL);
}
