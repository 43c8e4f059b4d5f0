/* SPDX-License-Identifier: MIT */
#include "serve/keeper.h"

#include <stdlib.h>
#include <string.h>

#include "serve/schedule.h"

enum { MS_PER_S = 1000, ROUNDING_S = 2, SOON_MS = 5 * 60 * 1000 };

int keeper_init(struct keeper *keeper, int count, uint32_t (*random)(void), struct err *err)
{
    *keeper = (struct keeper){.random = random};
    keeper->profiles = calloc((size_t)count, sizeof(*keeper->profiles));
    if (keeper->profiles == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    keeper->count = count;
    return 0;
}

static void drop(struct keeper_set **set)
{
    if (*set != NULL) {
        aws_credentials_wipe(&(*set)->creds);
        free(*set);
        *set = NULL;
    }
}

static bool is_valid(const struct keeper_set *set, int64_t now_ms)
{
    return set != NULL && set->expires_ms > now_ms;
}

void keeper_done(struct keeper *keeper)
{
    for (int i = 0; i < keeper->count; i++) {
        drop(&keeper->profiles[i].latest);
        drop(&keeper->profiles[i].longest);
    }
    free(keeper->profiles);
    *keeper = (struct keeper){0};
}

int keeper_find(const struct keeper *keeper, const char *name)
{
    for (int i = 0; i < keeper->count; i++) {
        if (strcmp(keeper->profiles[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

const struct keeper_set *keeper_get(const struct keeper *keeper, int profile, int64_t now_ms)
{
    const struct keeper_profile *at = &keeper->profiles[profile];
    if (is_valid(at->latest, now_ms)) {
        return at->latest;
    }
    return is_valid(at->longest, now_ms) ? at->longest : NULL;
}

static int64_t left_ms(const struct keeper *keeper, int profile, int64_t now_ms)
{
    const struct keeper_set *set = keeper_get(keeper, profile, now_ms);
    return set != NULL ? set->expires_ms - now_ms : 0;
}

bool keeper_ready(const struct keeper *keeper, int profile, int64_t now_ms)
{
    const struct keeper_profile *at = &keeper->profiles[profile];
    return keeper_get(keeper, profile, now_ms) != NULL && (at->file_written || !at->file_wanted);
}

static void drop_expired(struct keeper_set **set, int64_t now_ms)
{
    if (!is_valid(*set, now_ms)) {
        drop(set);
    }
}

/* Whose attempt comes next, and when; -1 where nobody's can. */
static int find_next(const struct keeper *keeper, int64_t *next_ms)
{
    int next = -1;
    int running = 0;
    *next_ms = INT64_MAX;
    for (int i = 0; i < keeper->count; i++) {
        const struct keeper_profile *profile = &keeper->profiles[i];
        int64_t at_ms = profile->asked ? 0 : profile->next_ms;
        running += profile->running ? 1 : 0;
        if (!profile->running && at_ms < *next_ms) {
            *next_ms = at_ms;
            next = i;
        }
    }
    return running < KEEPER_RUNNING_MAX ? next : -1;
}

/* What the cache has is the same, more often than not, and its clock counts whole seconds. A file
 * that is still to be written needs no better credentials than those at hand. */
static int64_t least_left_s(const struct keeper *keeper, int profile, int64_t now_ms)
{
    const struct keeper_profile *at = &keeper->profiles[profile];
    int64_t have_ms = left_ms(keeper, profile, now_ms);
    bool file_due = at->file_wanted && (at->file_late || !at->file_written);
    return file_due || have_ms == 0 ? 0 : have_ms / MS_PER_S + ROUNDING_S;
}

int keeper_start(struct keeper *keeper, int64_t now_ms, int64_t *want_left_s)
{
    int64_t next_ms = 0;
    int next = find_next(keeper, &next_ms);
    if (next < 0 || next_ms > now_ms) {
        return -1;
    }
    struct keeper_profile *profile = &keeper->profiles[next];
    *want_left_s = profile->asked ? INT64_MAX : least_left_s(keeper, next, now_ms);
    profile->running = true;
    profile->asked = false;
    drop_expired(&profile->latest, now_ms);
    drop_expired(&profile->longest, now_ms);
    return next;
}

int64_t keeper_next_ms(const struct keeper *keeper)
{
    int64_t next_ms = 0;
    return find_next(keeper, &next_ms) >= 0 ? next_ms : INT64_MAX;
}

static void retry(const struct keeper *keeper, int profile, int64_t now_ms)
{
    struct keeper_profile *at = &keeper->profiles[profile];
    at->failures++;
    at->next_ms = now_ms + schedule_retry_ms(at->failures, left_ms(keeper, profile, now_ms),
                                             keeper->random());
}

void keeper_fail(struct keeper *keeper, int profile, const struct err *why, int64_t now_ms)
{
    struct keeper_profile *at = &keeper->profiles[profile];
    at->finished++;
    at->renewal_failures++;
    at->last = *why;
    retry(keeper, profile, now_ms);
}

static bool outlives(const struct keeper_set *set, const struct keeper_set *other)
{
    return set != NULL && (other == NULL || set->expires_ms > other->expires_ms);
}

/* Takes set over. Of those that outlive it, the longest-lived are kept. */
static void put(struct keeper_profile *profile, struct keeper_set *set)
{
    struct keeper_set *old = profile->latest;
    profile->latest = set;
    if (outlives(old, profile->longest)) {
        drop(&profile->longest);
        profile->longest = old;
    } else {
        drop(&old);
    }
    if (!outlives(profile->longest, set)) {
        drop(&profile->longest);
    }
}

static bool take(const struct keeper *keeper, int profile, const struct keeper_set *set,
                 int64_t now_ms)
{
    bool sooner = set->expires_ms <= now_ms + left_ms(keeper, profile, now_ms);
    struct keeper_set *copy =
        sooner && set->expires_ms < now_ms + SOON_MS ? NULL : malloc(sizeof(*copy));
    if (copy == NULL) {
        return false;
    }
    *copy = *set;
    put(&keeper->profiles[profile], copy);
    return true;
}

bool keeper_succeed(struct keeper *keeper, int profile, const struct aws_credentials *creds,
                    int64_t left_s, int64_t now_ms, int64_t now_s)
{
    struct keeper_profile *at = &keeper->profiles[profile];
    struct keeper_set set = {
        .creds = *creds, .expires_ms = now_ms + left_s * MS_PER_S, .updated_s = now_s};
    struct err why;
    bool taken = take(keeper, profile, &set, now_ms);
    aws_credentials_wipe(&set.creds);
    if (!taken) {
        err_set(&why, ERR_UNAVAILABLE,
                "the portal handed out credentials that expire in %lld s; the ones at hand are "
                "kept while they last",
                (long long)left_s);
        keeper_fail(keeper, profile, &why, now_ms);
        return false;
    }
    at->finished++;
    at->renewals++;
    at->last = (struct err){0};
    /* The lifetime is from when they were handed out, which may be a while ago in the cache. */
    int64_t lifetime_ms = creds->lifetime_s * MS_PER_S;
    at->next_ms = set.expires_ms - schedule_renew_left_ms(lifetime_ms, keeper->random());
    if (at->next_ms <= now_ms + SCHEDULE_RETRY_FIRST_MS) {
        retry(keeper, profile,
              now_ms); /* an answer that is all but expired must not make a storm */
    } else {
        at->failures = 0;
    }
    return true;
}

void keeper_note_file(struct keeper *keeper, int profile, bool written, int64_t now_ms)
{
    struct keeper_profile *at = &keeper->profiles[profile];
    at->file_late = !written;
    if (written) {
        at->file_written = true;
    } else {
        retry(keeper, profile, now_ms);
    }
}

void keeper_end(struct keeper *keeper, int profile)
{
    keeper->profiles[profile].running = false;
}

void keeper_ask(struct keeper *keeper)
{
    for (int i = 0; i < keeper->count; i++) {
        keeper->profiles[i].asked = true;
    }
}
