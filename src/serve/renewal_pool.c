/* SPDX-License-Identifier: MIT */
#include "serve/renewal_pool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "serve/profile_set.h"

int renewal_pool_init(struct renewal_pool *pool, struct profile_set *profile_set,
                      const struct renewal_work *work, struct err *err)
{
    *pool = (struct renewal_pool){.profile_set = profile_set, .work = work};
    pool->renewals = calloc((size_t)profile_set->count, sizeof(*pool->renewals));
    if (pool->renewals == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    for (int i = 0; i < profile_set->count; i++) {
        renewal_init(&pool->renewals[i]);
    }
    return 0;
}

void renewal_pool_done(struct renewal_pool *pool)
{
    for (int i = 0; pool->renewals != NULL && i < pool->profile_set->count; i++) {
        renewal_done(&pool->renewals[i]);
    }
    free(pool->renewals);
    *pool = (struct renewal_pool){0};
}

/* Logs a failure unless it is the same as the one before: an outage may last for hours. */
static void log_failure(const char *profile, const struct err *before, const struct err *why)
{
    if (strcmp(before->text, why->text) != 0) {
        log_warn("profile %s: %s", profile, why->text);
    }
}

static void fail(struct renewal_pool *pool, int at, const struct err *why)
{
    const struct profile_state *profile = &pool->profile_set->profiles[at];
    log_failure(profile->name, &profile->last, why);
    profile_set_fail(pool->profile_set, at, why, clock_boot_ms());
}

void renewal_pool_start(struct renewal_pool *pool, int64_t now_ms)
{
    int64_t want_left_s = 0;
    int at = profile_set_start(pool->profile_set, now_ms, &want_left_s);
    while (at >= 0) {
        struct err err;
        if (renewal_start(&pool->renewals[at], pool->work, at, want_left_s, &err) != 0) {
            fail(pool, at, &err);
            profile_set_end(pool->profile_set, at);
        }
        at = profile_set_start(pool->profile_set, now_ms, &want_left_s);
    }
}

static void succeed(struct renewal_pool *pool, int at)
{
    const struct profile_state *profile = &pool->profile_set->profiles[at];
    struct renewal_report *report = &pool->renewals[at].report;
    struct err before = profile->last;
    if (!profile_set_succeed(pool->profile_set, at, &report->creds, report->left_s, clock_boot_ms(),
                             clock_wall_s())) {
        log_failure(profile->name, &before, &profile->last);
    } else if (profile->renewals == 1 || before.kind != ERR_NONE) {
        log_note("profile %s: credentials for %lld s", profile->name, (long long)report->left_s);
    }
    aws_credentials_wipe(&report->creds);
}

/* Returns whether there is something new for requests that wait. */
static bool step(struct renewal_pool *pool, int at)
{
    struct renewal *renewal = &pool->renewals[at];
    struct profile_set *profile_set = pool->profile_set;
    bool news = false;
    for (;;) {
        switch (renewal_step(renewal)) {
        case RENEWAL_NOTHING:
            return news;
        case RENEWAL_FETCHED:
            succeed(pool, at);
            news = true;
            break;
        case RENEWAL_FAILED:
            fail(pool, at, &renewal->report.err);
            news = true;
            break;
        case RENEWAL_FILE_WRITTEN:
            profile_set_note_file(profile_set, at, true, clock_boot_ms());
            break;
        case RENEWAL_FILE_FAILED:
            log_warn("profile %s: cannot update the credentials file: %s",
                     profile_set->profiles[at].name, renewal->report.err.text);
            profile_set_note_file(profile_set, at, false, clock_boot_ms());
            break;
        case RENEWAL_ENDED:
            profile_set_end(profile_set, at);
            return news;
        }
    }
}

bool renewal_pool_step(struct renewal_pool *pool)
{
    bool news = false;
    for (int i = 0; i < pool->profile_set->count; i++) {
        if (pool->renewals[i].fd >= 0) {
            news = step(pool, i) || news;
        }
    }
    return news;
}

int renewal_pool_fd(const struct renewal_pool *pool, int profile)
{
    return pool->renewals[profile].fd;
}

int renewal_pool_timeout_ms(const struct renewal_pool *pool, int64_t now_ms)
{
    int64_t next_ms = profile_set_next_ms(pool->profile_set);
    int64_t timeout_ms = INT32_MAX;
    if (next_ms != INT64_MAX) {
        int64_t left_ms = next_ms - now_ms;
        timeout_ms = left_ms > 0 ? left_ms : 0;
    }
    for (int i = 0; i < pool->profile_set->count; i++) {
        const struct renewal *renewal = &pool->renewals[i];
        int64_t left_ms = renewal->fd >= 0 ? clock_left_ms(renewal->deadline_ms) : INT32_MAX;
        timeout_ms = left_ms < timeout_ms ? left_ms : timeout_ms;
    }
    return timeout_ms < INT32_MAX ? (int)timeout_ms : INT32_MAX;
}

bool renewal_pool_reap(struct renewal_pool *pool, pid_t pid)
{
    for (int i = 0; i < pool->profile_set->count; i++) {
        if (pool->renewals[i].pid == pid) {
            pool->renewals[i].pid = 0;
            return true;
        }
    }
    return false;
}

void renewal_pool_stop(struct renewal_pool *pool, int number)
{
    for (int i = 0; i < pool->profile_set->count; i++) {
        struct renewal *renewal = &pool->renewals[i];
        if (number == SIGKILL || !renewal_is_writing(renewal)) {
            renewal_stop(renewal, number);
        }
    }
}

bool renewal_pool_is_running(const struct renewal_pool *pool)
{
    for (int i = 0; i < pool->profile_set->count; i++) {
        if (pool->renewals[i].pid > 0 || pool->renewals[i].fd >= 0) {
            return true;
        }
    }
    return false;
}
