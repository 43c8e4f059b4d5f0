/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "broker_bench.h"
#include "sandbox.h"

static void test_cached_credentials_need_no_call(void **state)
{
    struct bench bench;
    (void)state;
    bench_start(&bench);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    bench_expect_calls(&bench, 1, 1);
    assert_true(bench.portal.last_left_ms > 15000 && bench.portal.last_left_ms <= 20000);
    bench_advance(2400); /* 20 minutes left */
    bench.portal.find_fails = ERR_UNAVAILABLE;
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    for (int i = 0; i < 3; i++) {
        assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    }
    bench_expect_calls(&bench, 1, 1);
}

static void test_stale_credentials_are_refreshed(void **state)
{
    struct bench bench;
    (void)state;
    bench_start(&bench);
    bench_get(&bench, &bench_dev01);
    bench_advance(2401);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    /* The name was not looked up again, and the call had little time. */
    bench_expect_calls(&bench, 1, 2);
    assert_true(bench.portal.last_left_ms > 0 && bench.portal.last_left_ms <= 3000);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    bench_expect_calls(&bench, 1, 2);
}

static void test_a_refresh_of_expired_credentials_has_time(void **state)
{
    struct bench bench;
    (void)state;
    bench_start(&bench);
    bench_get(&bench, &bench_dev01);
    bench_advance(BENCH_LIFETIME_S);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    bench_expect_calls(&bench, 1, 2);
    assert_true(bench.portal.last_left_ms > 15000);
}

static void test_failure_with_old_credentials(void **state)
{
    static const struct {
        const char *name;
        int64_t lifetime_s;
        int64_t age_s;
        enum err_kind fails;
        const char *want; /* NULL: the old credentials */
    } rows[] = {
        {"stale, outage", 3600, 2401, ERR_UNAVAILABLE, NULL},
        {"stale, 31 s left, outage", 3600, 3569, ERR_UNAVAILABLE, NULL},
        {"stale, 30 s left, outage", 3600, 3570, ERR_UNAVAILABLE, "unavailable"},
        {"expired, outage", 3600, 3600, ERR_UNAVAILABLE, "unavailable"},
        {"long expired, outage", 3600, 360000, ERR_UNAVAILABLE, "unavailable"},
        {"short-lived, a tenth and a second left", 100, 89, ERR_UNAVAILABLE, NULL},
        {"short-lived, a tenth left", 100, 90, ERR_UNAVAILABLE, "unavailable"},
        {"the clock went back, outage", 3600, -10, ERR_UNAVAILABLE, "unavailable"},
        {"stale, refused", 3600, 2401, ERR_REFUSED, "refused"},
        {"stale, not found", 3600, 2401, ERR_REJECTED, "not found"},
        {"stale, internal", 3600, 2401, ERR_INTERNAL, "internal"},
        {"stale, file", 3600, 2401, ERR_FILE, "file"},
        {"expired, refused", 3600, 3600, ERR_REFUSED, "refused"},
        {"fresh, refused", 3600, 100, ERR_REFUSED, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        char first[AWS_ACCESS_KEY_SIZE];
        bench_start(&bench);
        bench.portal.lifetime_s = rows[i].lifetime_s;
        snprintf(first, sizeof(first), "%s", bench_get(&bench, &bench_dev01));
        row_text(rows[i].name, first, "ASIA-0-id-of-dev01-1");
        bench_advance(rows[i].age_s);
        bench.portal.find_fails = rows[i].fails;
        bench.portal.fetch_fails = rows[i].fails;
        row_text(rows[i].name, bench_get(&bench, &bench_dev01),
                 rows[i].want != NULL ? rows[i].want : first);
    }
}

/* The lifetime counts from before the request; the clock of the bench does not move meanwhile. */
static void test_a_slow_response(void **state)
{
    static const struct {
        const char *name;
        int64_t sent_ms_ago;
        int64_t lifetime_s;
        int64_t want_s;
    } rows[] = {
        {"at once", 0, 3600, 3600},
        {"5.5 s", 5500, 3600, 3595},
        {"longer than the lifetime", 5500, 3, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        bench_start(&bench);
        bench.portal.lifetime_s = rows[i].lifetime_s;
        bench.portal.sent_ms_ago = rows[i].sent_ms_ago;
        bench_get(&bench, &bench_dev01);
        row_int(rows[i].name, bench.left_s, rows[i].want_s);
        bench_get(&bench, &bench_dev01);
        row_int(rows[i].name, bench.left_s, rows[i].want_s);
        row_int(rows[i].name, bench.portal.fetches, rows[i].want_s > 0 ? 1 : 2);
    }
}

static void test_outage_without_old_credentials(void **state)
{
    struct bench bench;
    (void)state;
    bench_start(&bench);
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    assert_string_equal(bench_get(&bench, &bench_dev01), "unavailable");
    bench.portal.find_fails = ERR_REJECTED;
    assert_string_equal(bench_get(&bench, &bench_dev01), "not found");
    bench_expect_calls(&bench, 2, 1);
    /* A failure creates no file. */
    assert_int_equal(sandbox_count(sandbox_path("cache")), 1);
    bench.portal.find_fails = ERR_NONE;
    bench.portal.fetch_fails = ERR_NONE;
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    /* An ID that was just looked up is not looked up again if it is refused. */
    bench.portal.fetch_fails = ERR_REFUSED;
    assert_string_equal(bench_get(&bench, &bench_dev02), "refused");
    bench_expect_calls(&bench, 4, 3);
}

/* The tenant was deleted and created again with the same name: it has a new ID. */
static void test_remembered_id_is_forgotten(void **state)
{
    static const enum err_kind kinds[] = {ERR_REJECTED, ERR_REFUSED};
    (void)state;
    for (size_t i = 0; i < ROWS(kinds); i++) {
        struct bench bench;
        bench_start(&bench);
        bench_get(&bench, &bench_dev01);
        bench_advance(2401);
        bench.portal.dev01 = "new-id";
        bench.portal.old_fails = kinds[i];
        assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-new-id-3");
        bench_expect_calls(&bench, 2, 3);
        bench_advance(2401);
        assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-new-id-4");
        bench_expect_calls(&bench, 2, 4);
    }
}

static void test_remembered_id_survives_an_outage(void **state)
{
    struct bench bench;
    (void)state;
    bench_start(&bench);
    bench_get(&bench, &bench_dev01);
    bench_advance(BENCH_LIFETIME_S + 1);
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    assert_string_equal(bench_get(&bench, &bench_dev01), "unavailable");
    bench_expect_calls(&bench, 1, 2);
    /* A name that does not exist any more is an error. */
    bench.portal.dev01 = "new-id";
    bench.portal.old_fails = ERR_REJECTED;
    bench.portal.find_fails = ERR_REJECTED;
    assert_string_equal(bench_get(&bench, &bench_dev01), "not found");
    bench_expect_calls(&bench, 2, 3);
}

/* Another portal, user or scope has credentials of its own. */
static void test_entries_are_separate(void **state)
{
    static const struct {
        const char *name;
        const char *portal;
        const char *token;
        struct scope scope;
        const char *want;
    } rows[] = {
        {"tenant",
         "https://a.example",
         "t1",
         {SCOPE_TENANT_NAME, "dev01", false},
         "ASIA-0-id-of-dev01-1"},
        {"another tenant",
         "https://a.example",
         "t1",
         {SCOPE_TENANT_NAME, "dev02", false},
         "ASIA-0-id-of-dev02-2"},
        {"by its ID",
         "https://a.example",
         "t1",
         {SCOPE_TENANT_ID, "id-of-dev01", false},
         "ASIA-1-id-of-dev01-3"},
        {"administrator", "https://a.example", "t1", {SCOPE_ADMIN, "", false}, "ASIA-2--4"},
        {"duplo-ops", "https://a.example", "t1", {SCOPE_DUPLO_OPS, "", false}, "ASIA-3--5"},
        {"another user",
         "https://a.example",
         "t2",
         {SCOPE_TENANT_NAME, "dev01", false},
         "ASIA-0-id-of-dev01-6"},
        {"another portal",
         "https://b.example",
         "t1",
         {SCOPE_TENANT_NAME, "dev01", false},
         "ASIA-0-id-of-dev01-7"},
    };
    struct bench bench;
    (void)state;
    bench_start(&bench);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < ROWS(rows); i++) {
            bench.broker.portal = rows[i].portal;
            bench_set_token(&bench, rows[i].token);
            row_text(rows[i].name, bench_get(&bench, &rows[i].scope), rows[i].want);
        }
    }
    bench_expect_calls(&bench, 4, (int)ROWS(rows));
    assert_string_equal(bench.portal.last_id, "id-of-dev01");
}

/* An entry under the name of another one (a copied or renamed file) does not count. */
static void test_an_entry_under_another_name(void **state)
{
    static const struct {
        const char *name;
        const char *portal;
        struct scope scope;
    } rows[] = {
        {"another tenant's", "https://portal.example.com", {SCOPE_TENANT_NAME, "dev02", false}},
        {"another portal's", "https://other.example.com", {SCOPE_TENANT_NAME, "dev01", false}},
        {"an administrator's", "https://portal.example.com", {SCOPE_ADMIN, "", false}},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        struct cache_id theirs;
        struct cache_id ours;
        struct cache_entry entry;
        struct aws_credentials creds;
        const struct issued issued = {.aws = &creds};
        struct err err;
        bench_start(&bench);
        bench.broker.portal = rows[i].portal;
        bench_get(&bench, &rows[i].scope);
        bench_identify(&bench, &rows[i].scope, &theirs);
        assert_true(cache_read(&bench.cache, &theirs, &issued, &entry));
        bench.broker.portal = "https://portal.example.com";
        bench_identify(&bench, &bench_dev01, &ours);
        assert_int_equal(cache_write(&bench.cache, &ours, &entry, &issued, &err), 0);
        row_text(rows[i].name, bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    }
}

/* A link is used for 10 minutes, then the portal is asked, also for fresh credentials. */
static void test_console_link(void **state)
{
    static struct console_link link;
    struct bench bench;
    (void)state;
    bench_start(&bench);
    bench_get(&bench, &bench_dev01); /* without a link: the entry has none */
    bench.link = &link;
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    assert_string_equal(link.url, "https://console/2");
    bench_advance(CONSOLE_LINK_MAX_AGE_S);
    link = (struct console_link){0};
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    assert_string_equal(link.url, "https://console/2");
    bench_expect_calls(&bench, 1, 2);
    bench_advance(1);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-3");
    assert_string_equal(link.url, "https://console/3");
    /* In an outage there is no link, but there are credentials. */
    bench_advance(CONSOLE_LINK_MAX_AGE_S + 1);
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-3");
    assert_string_equal(link.url, "");
    bench_expect_calls(&bench, 1, 4);
    /* Of a failure, nothing remains. */
    bench.portal.fetch_fails = ERR_REFUSED;
    assert_string_equal(bench_get(&bench, &bench_dev01), "refused");
    assert_string_equal(link.url, "");
}

static void test_no_cache(void **state)
{
    struct bench bench;
    (void)state;
    bench_start(&bench);
    bench.broker.cache = NULL;
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
    bench_expect_calls(&bench, 2, 2);
    bench.portal.fetch_fails = ERR_UNAVAILABLE;
    assert_string_equal(bench_get(&bench, &bench_dev01), "unavailable");
    assert_int_equal(sandbox_count(sandbox_path("cache")), 1);
}

/* If the directory was removed, credentials are not cached. */
static void test_cache_that_cannot_be_written(void **state)
{
    struct bench bench;
    (void)state;
    bench_start(&bench);
    assert_int_equal(unlink(sandbox_path("cache/key")), 0);
    assert_int_equal(rmdir(sandbox_path("cache")), 0);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-2");
}

static void test_another_process_refreshes(void **state)
{
    struct bench bench;
    struct cache_id id;
    struct fs_lock lock;
    struct err err;
    (void)state;
    bench_start(&bench);
    bench_get(&bench, &bench_dev01);
    bench_identify(&bench, &bench_dev01, &id);
    assert_int_equal(cache_lock(&bench.cache, &id, &lock, clock_mono_ms() + 1000, &err), 0);
    /* With valid credentials there is no wait. */
    bench_advance(2401);
    int64_t before_ms = clock_mono_ms();
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-0-id-of-dev01-1");
    assert_true(clock_mono_ms() - before_ms < 2000);
    bench_expect_calls(&bench, 1, 1);
    /* Without, it waits until the timeout and makes no call. */
    bench_advance(BENCH_LIFETIME_S);
    bench.broker.timeout_ms = 50;
    assert_string_equal(bench_get(&bench, &bench_dev01), "unavailable");
    bench_expect_calls(&bench, 1, 1);
    /* The other process is done: its credentials are used. */
    struct cache_entry entry;
    struct aws_credentials creds;
    const struct issued issued = {.aws = &creds};
    assert_true(cache_read(&bench.cache, &id, &issued, &entry));
    entry.obtained_s = bench_now();
    snprintf(creds.access_key_id, sizeof(creds.access_key_id), "ASIA-other");
    assert_int_equal(cache_write(&bench.cache, &id, &entry, &issued, &err), 0);
    fs_lock_release(&lock);
    assert_string_equal(bench_get(&bench, &bench_dev01), "ASIA-other");
    bench_expect_calls(&bench, 1, 1);
    assert_string_equal(bench_get(&bench, &bench_dev02), "ASIA-0-id-of-dev02-2");
}

/* Of the processes that start together, one makes a call: each call writes a byte into a pipe. */
static int slow_fetch(void *context, const struct scope *scope, const char *tenant_id,
                      const struct issued *issued, int64_t deadline_ms, struct err *err)
{
    const int *calls = context;
    struct bench_portal portal = {.dev01 = "id-of-dev01", .lifetime_s = BENCH_LIFETIME_S};
    if (write(*calls, "x", 1) != 1) {
        return err_set(err, ERR_INTERNAL, "pipe");
    }
    usleep(30000);
    return bench_fetch(&portal, scope, tenant_id, issued, deadline_ms, err);
}

static void test_one_of_many_processes_makes_the_call(void **state)
{
    enum { PROCESSES = 20 };
    const struct scope by_id = {SCOPE_TENANT_ID, "id-of-dev01", false};
    struct bench bench;
    char calls[PROCESSES + 1];
    int ends[2];
    (void)state;
    bench_start(&bench);
    assert_int_equal(pipe(ends), 0);
    bench.broker.source =
        (struct broker_source){&ends[1], bench.broker.source.find_tenant, slow_fetch};
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(strcmp(bench_get(&bench, &by_id), "ASIA-1-id-of-dev01-1") == 0 ? 0 : 1);
        }
    }
    close(ends[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read(ends[0], calls, sizeof(calls)), 1);
    close(ends[0]);
    assert_int_equal(sandbox_count(sandbox_path("cache")), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cached_credentials_need_no_call),
        TEST(test_stale_credentials_are_refreshed),
        TEST(test_a_refresh_of_expired_credentials_has_time),
        TEST(test_failure_with_old_credentials),
        TEST(test_a_slow_response),
        TEST(test_outage_without_old_credentials),
        TEST(test_remembered_id_is_forgotten),
        TEST(test_remembered_id_survives_an_outage),
        TEST(test_entries_are_separate),
        TEST(test_an_entry_under_another_name),
        TEST(test_console_link),
        TEST(test_no_cache),
        TEST(test_cache_that_cannot_be_written),
        TEST(test_another_process_refreshes),
        TEST(test_one_of_many_processes_makes_the_call),
    };
    return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
