/* SPDX-License-Identifier: MIT */
#include "serve/renewal_pool.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "serve/profile_set.h"

enum { WAIT_MAX_MS = 60000 }; /* poll does not count the time for which the machine sleeps */

void renewal_pool_init(struct renewal_pool *pool, struct profile_set *profile_set,
                       const struct renewal_work *work)
{
    pool->profile_set = profile_set;
    pool->work = work;
    for (int i = 0; i < RENEWAL_POOL_SIZE; i++) {
        pool->renewals[i].worker.fd = -1; /* the rest is not touched, to use no memory */
    }
}

void renewal_pool_done(struct renewal_pool *pool)
{
    for (int i = 0; pool->work != NULL && i < RENEWAL_POOL_SIZE; i++) {
        renewal_done(&pool->renewals[i]);
    }
}

/* A renewal that is not running and whose child has been reaped, or -1. */
static int find_free(const struct renewal_pool *pool)
{
    for (int i = 0; i < RENEWAL_POOL_SIZE; i++) {
        if (!worker_is_running(&pool->renewals[i].worker)) {
            return i;
        }
    }
    return -1;
}

/* Logs a failure unless it is the same as the one before: an outage may last for hours. */
static void log_failure(const char *profile, const char *before, const char *why)
{
    if (strcmp(before, why) != 0) {
        log_warn("profile %s: %s", profile, why);
    }
}

/* The text of the last failure, or "". */
static const char *last_text(const struct renewal_pool *pool, int profile)
{
    const char *text = pool->profile_set->profiles[profile].last_text;
    return text != NULL ? text : "";
}

static void fail(struct renewal_pool *pool, int profile, const struct err *why)
{
    log_failure(profile_set_name(pool->profile_set, profile), last_text(pool, profile), why->text);
    profile_set_fail(pool->profile_set, profile, why, clock_boot_ms());
}

void renewal_pool_start(struct renewal_pool *pool, int64_t now_ms)
{
    int64_t want_left_s = 0;
    int at = find_free(pool);
    int profile = at < 0 ? -1 : profile_set_start(pool->profile_set, now_ms, &want_left_s);
    while (profile >= 0) {
        struct err err;
        pool->profiles[at] = profile;
        if (renewal_start(&pool->renewals[at], pool->work, profile, want_left_s, &err) != 0) {
            fail(pool, profile, &err);
            profile_set_end(pool->profile_set, profile);
        }
        at = find_free(pool);
        profile = at < 0 ? -1 : profile_set_start(pool->profile_set, now_ms, &want_left_s);
    }
}

static void succeed(struct renewal_pool *pool, int at)
{
    int profile = pool->profiles[at];
    const struct profile_state *state = &pool->profile_set->profiles[profile];
    struct renewal_report *report = &pool->renewals[at].report;
    const char *name = profile_set_name(pool->profile_set, profile);
    bool failed = state->last != ERR_NONE;
    char before[ERR_TEXT_SIZE];
    text_copy(before, sizeof(before), last_text(pool, profile));
    if (!profile_set_succeed(pool->profile_set, profile, &report->creds, report->left_s,
                             clock_boot_ms(), clock_wall_s())) {
        log_failure(name, before, last_text(pool, profile));
    } else if (state->renewals == 1 || failed) {
        log_note("profile %s: credentials for %lld s", name, (long long)report->left_s);
    }
    aws_credentials_wipe(&report->creds);
}

/* The portal has said after how many seconds it allows the next request: that holds for all
 * profiles. */
static void hold(struct profile_set *set, int pause_s)
{
    int64_t now_ms = clock_boot_ms();
    bool first = set->hold_ms <= now_ms;
    profile_set_hold(set, pause_s, now_ms);
    if (first && set->hold_ms > now_ms) {
        log_warn("the portal allows no request for %d s (Retry-After): no renewal starts for %d s",
                 pause_s, (int)((set->hold_ms - now_ms) / 1000));
    }
}

/* Returns whether there is something new for requests that wait. */
static bool step(struct renewal_pool *pool, int at)
{
    struct renewal *renewal = &pool->renewals[at];
    struct profile_set *profile_set = pool->profile_set;
    int profile = pool->profiles[at];
    bool news = false;
    for (;;) {
        switch (renewal_step(renewal)) {
        case RENEWAL_NOTHING:
            return news;
        case RENEWAL_FETCHED:
            hold(profile_set, renewal->report.err.pause_s);
            succeed(pool, at);
            news = true;
            break;
        case RENEWAL_FAILED:
            hold(profile_set, renewal->report.err.pause_s);
            fail(pool, profile, &renewal->report.err);
            news = true;
            break;
        case RENEWAL_FILE_WRITTEN:
            profile_set_note_file(profile_set, profile, true, clock_boot_ms());
            break;
        case RENEWAL_FILE_FAILED:
            log_warn("profile %s: cannot update the credentials file: %s",
                     profile_set_name(profile_set, profile), renewal->report.err.text);
            profile_set_note_file(profile_set, profile, false, clock_boot_ms());
            break;
        case RENEWAL_ENDED:
            profile_set_end(profile_set, profile);
            return news;
        }
    }
}

bool renewal_pool_step(struct renewal_pool *pool)
{
    bool news = false;
    for (int i = 0; i < RENEWAL_POOL_SIZE; i++) {
        if (pool->renewals[i].worker.fd >= 0) {
            news = step(pool, i) || news;
        }
    }
    return news;
}

int renewal_pool_fd(const struct renewal_pool *pool, int at)
{
    return pool->renewals[at].worker.fd;
}

int renewal_pool_timeout_ms(const struct renewal_pool *pool, int64_t now_ms)
{
    int64_t next_ms = find_free(pool) < 0 ? INT64_MAX : profile_set_next_ms(pool->profile_set);
    int64_t timeout_ms = INT32_MAX;
    if (next_ms != INT64_MAX) {
        int64_t left_ms = next_ms - now_ms;
        timeout_ms = left_ms <= 0 ? 0 : left_ms < WAIT_MAX_MS ? left_ms : WAIT_MAX_MS;
    }
    for (int i = 0; i < RENEWAL_POOL_SIZE; i++) {
        const struct renewal *renewal = &pool->renewals[i];
        int64_t left_ms =
            renewal->worker.fd >= 0 ? clock_left_ms(renewal->worker.deadline_ms) : INT32_MAX;
        timeout_ms = left_ms < timeout_ms ? left_ms : timeout_ms;
    }
    return timeout_ms < INT32_MAX ? (int)timeout_ms : INT32_MAX;
}

bool renewal_pool_reap(struct renewal_pool *pool, pid_t pid)
{
    for (int i = 0; i < RENEWAL_POOL_SIZE; i++) {
        if (worker_reap(&pool->renewals[i].worker, pid)) {
            return true;
        }
    }
    return false;
}

void renewal_pool_stop(struct renewal_pool *pool, int number)
{
    for (int i = 0; i < RENEWAL_POOL_SIZE; i++) {
        struct renewal *renewal = &pool->renewals[i];
        if (number == SIGKILL || !renewal_is_writing(renewal)) {
            renewal_stop(renewal, number);
        }
    }
}

bool renewal_pool_is_running(const struct renewal_pool *pool)
{
    for (int i = 0; i < RENEWAL_POOL_SIZE; i++) {
        if (worker_is_running(&pool->renewals[i].worker)) {
            return true;
        }
    }
    return false;
}
