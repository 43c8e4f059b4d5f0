/* SPDX-License-Identifier: MIT */
/* The renewals of several profiles: started, read, entered in the profile set. */
#include "rows.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/random.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"
#include "serve/renewal_pool.h"

enum { GOOD, BAD, SLOW, PROFILES, LIMIT_MS = 20000 };

static int fetch(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                 int64_t *left_s, struct err *err)
{
    (void)context;
    (void)want_left_s;
    while (profile == SLOW) {
        pause();
    }
    snprintf(creds->access_key_id, sizeof(creds->access_key_id), "ASIA%d", profile);
    creds->lifetime_s = *left_s = 3600;
    return profile == GOOD ? 0 : err_set(err, ERR_REFUSED, "no access");
}

static int write_file(void *context, int profile, const struct aws_credentials *creds,
                      struct err *err)
{
    (void)profile;
    (void)creds;
    return *(const bool *)context ? 0 : err_set(err, ERR_FILE, "read-only");
}

struct fixture {
    struct profile_list list;
    struct profile_set set;
    struct renewal_pool pool;
    struct renewal_work work;
    bool can_write;
};

static void make_pool(struct fixture *fixture, bool has_file)
{
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct err err;
    fixture->work = (struct renewal_work){&fixture->can_write, fetch, has_file ? write_file : NULL,
                                          .limit_ms = LIMIT_MS};
    for (int i = 0; i < PROFILES; i++) {
        char name[16];
        snprintf(name, sizeof(name), "p%d", i);
        assert_int_equal(profile_list_add(&fixture->list, name, &scope, &err), 0);
    }
    assert_int_equal(profile_set_init(&fixture->set, &fixture->list, random_number, &err), 0);
    for (int i = 0; i < PROFILES; i++) {
        fixture->set.profiles[i].file_wanted = has_file;
    }
    fixture->pool = (struct renewal_pool){0};
    renewal_pool_init(&fixture->pool, &fixture->set, &fixture->work);
}

static void open_pool(struct fixture *fixture, bool has_file)
{
    make_pool(fixture, has_file);
    assert_int_equal(renewal_pool_timeout_ms(&fixture->pool, clock_boot_ms()), 0);
    renewal_pool_start(&fixture->pool, clock_boot_ms());
}

static void close_pool(struct fixture *fixture)
{
    renewal_pool_done(&fixture->pool);
    profile_set_done(&fixture->set);
    profile_list_done(&fixture->list);
    while (waitpid(-1, NULL, 0) > 0) {
    }
}

/* Waits until the renewal of this profile has ended. */
static bool step_until_end(struct renewal_pool *pool, int profile)
{
    bool news = renewal_pool_step(pool);
    while (renewal_pool_fd(pool, profile) >= 0) {
        struct pollfd pipe = {.fd = renewal_pool_fd(pool, profile), .events = POLLIN};
        assert_int_equal(poll(&pipe, 1, LIMIT_MS), 1);
        news = renewal_pool_step(pool) || news;
    }
    return news;
}

static void enters_results(void **state)
{
    struct fixture fixture = {.can_write = true};
    const struct profile_state *profiles = NULL;
    (void)state;
    open_pool(&fixture, false);
    profiles = fixture.set.profiles;
    assert_true(step_until_end(&fixture.pool, GOOD));
    assert_non_null(strstr(buf_str(&profiles[GOOD].latest->fields), "\"ASIA0\""));
    assert_int_equal(profiles[GOOD].renewals, 1);
    assert_false(profiles[GOOD].running);
    step_until_end(&fixture.pool, BAD);
    assert_string_equal(profiles[BAD].last_text, "no access");
    assert_int_equal(profiles[BAD].renewal_failures, 1);
    assert_null(profiles[BAD].latest);
    assert_true(profiles[SLOW].running);
    assert_int_equal(profiles[SLOW].renewals + profiles[SLOW].renewal_failures, 0);
    assert_false(renewal_pool_step(&fixture.pool));
    assert_true(renewal_pool_fd(&fixture.pool, SLOW) >= 0);
    /* Until the retry of BAD, which waits half a second at least. */
    assert_in_range(renewal_pool_timeout_ms(&fixture.pool, clock_boot_ms()), 1, 1000);
    close_pool(&fixture);
}

/* poll does not count the time for which the machine sleeps. */
static void waits_a_minute_at_most(void **state)
{
    const struct aws_credentials creds = {.access_key_id = "ASIA", .lifetime_s = 3600};
    struct fixture fixture = {.can_write = true};
    int64_t now_ms = clock_boot_ms();
    (void)state;
    make_pool(&fixture, false);
    for (int i = 0; i < PROFILES; i++) {
        assert_true(profile_set_succeed(&fixture.set, i, &creds, 3600, now_ms, 0));
    }
    int64_t due_ms = profile_set_next_ms(&fixture.set);
    assert_true(due_ms > now_ms + 600000);
    assert_int_equal(renewal_pool_timeout_ms(&fixture.pool, now_ms), 60000);
    assert_int_equal(renewal_pool_timeout_ms(&fixture.pool, due_ms - 59999), 59999);
    assert_int_equal(renewal_pool_timeout_ms(&fixture.pool, due_ms), 0);
    assert_int_equal(renewal_pool_timeout_ms(&fixture.pool, due_ms + 7200000), 0);
    close_pool(&fixture);
}

static void notes_files(void **state)
{
    struct fixture fixture = {.can_write = true};
    (void)state;
    open_pool(&fixture, true);
    step_until_end(&fixture.pool, GOOD);
    assert_true(fixture.set.profiles[GOOD].file_written);
    assert_int_equal(fixture.pool.renewals[GOOD].worker.fd, -1);
    close_pool(&fixture);
    fixture.can_write = false;
    open_pool(&fixture, true);
    step_until_end(&fixture.pool, GOOD);
    assert_true(fixture.set.profiles[GOOD].file_late);
    assert_false(fixture.set.profiles[GOOD].file_written);
    close_pool(&fixture);
}

static void knows_its_children(void **state)
{
    struct fixture fixture = {.can_write = true};
    (void)state;
    open_pool(&fixture, false);
    pid_t pid = fixture.pool.renewals[SLOW].worker.pid;
    assert_false(renewal_pool_reap(&fixture.pool, getpid()));
    assert_true(renewal_pool_reap(&fixture.pool, pid));
    assert_false(renewal_pool_reap(&fixture.pool, pid));
    fixture.pool.renewals[SLOW].worker.pid = pid; /* so that close_pool kills it */
    close_pool(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enters_results),
        cmocka_unit_test(waits_a_minute_at_most),
        cmocka_unit_test(notes_files),
        cmocka_unit_test(knows_its_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
