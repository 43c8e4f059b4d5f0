/* SPDX-License-Identifier: MIT */
#include "serve/profile_set.h"

#include <stdlib.h>
#include <string.h>

#include "serve/schedule.h"

enum { MS_PER_S = 1000, ROUNDING_S = 2, SOON_MS = 5 * 60 * 1000 };

int profile_set_init(struct profile_set *profile_set, int count, uint32_t (*random)(void),
                     struct err *err)
{
    *profile_set = (struct profile_set){.random = random};
    profile_set->profiles = calloc((size_t)count, sizeof(*profile_set->profiles));
    if (profile_set->profiles == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    profile_set->count = count;
    return 0;
}

static void drop(struct profile_credentials **set)
{
    if (*set != NULL) {
        aws_credentials_wipe(&(*set)->creds);
        free(*set);
        *set = NULL;
    }
}

static bool is_valid(const struct profile_credentials *set, int64_t now_ms)
{
    return set != NULL && set->expires_ms > now_ms;
}

void profile_set_done(struct profile_set *profile_set)
{
    for (int i = 0; i < profile_set->count; i++) {
        drop(&profile_set->profiles[i].latest);
        drop(&profile_set->profiles[i].longest);
    }
    free(profile_set->profiles);
    *profile_set = (struct profile_set){0};
}

int profile_set_find(const struct profile_set *profile_set, const char *name)
{
    for (int i = 0; i < profile_set->count; i++) {
        if (strcmp(profile_set->profiles[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

const struct profile_credentials *profile_set_get(const struct profile_set *profile_set,
                                                  int profile, int64_t now_ms)
{
    const struct profile_state *at = &profile_set->profiles[profile];
    if (is_valid(at->latest, now_ms)) {
        return at->latest;
    }
    return is_valid(at->longest, now_ms) ? at->longest : NULL;
}

static int64_t left_ms(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    const struct profile_credentials *set = profile_set_get(profile_set, profile, now_ms);
    return set != NULL ? set->expires_ms - now_ms : 0;
}

bool profile_set_ready(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    const struct profile_state *at = &profile_set->profiles[profile];
    return profile_set_get(profile_set, profile, now_ms) != NULL &&
           (at->file_written || !at->file_wanted);
}

static void drop_expired(struct profile_credentials **set, int64_t now_ms)
{
    if (!is_valid(*set, now_ms)) {
        drop(set);
    }
}

/* Whose attempt comes next, and when; -1 where nobody's can. */
static int find_next(const struct profile_set *profile_set, int64_t *next_ms)
{
    int next = -1;
    int running = 0;
    *next_ms = INT64_MAX;
    for (int i = 0; i < profile_set->count; i++) {
        const struct profile_state *profile = &profile_set->profiles[i];
        int64_t at_ms = profile->asked ? 0 : profile->next_ms;
        running += profile->running ? 1 : 0;
        if (!profile->running && at_ms < *next_ms) {
            *next_ms = at_ms;
            next = i;
        }
    }
    return running < PROFILE_SET_RUNNING_MAX ? next : -1;
}

/* What the cache has is the same, more often than not, and its clock counts whole seconds. A file
 * that is still to be written needs no better credentials than those at hand. */
static int64_t least_left_s(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    const struct profile_state *at = &profile_set->profiles[profile];
    int64_t have_ms = left_ms(profile_set, profile, now_ms);
    bool file_due = at->file_wanted && (at->file_late || !at->file_written);
    return file_due || have_ms == 0 ? 0 : have_ms / MS_PER_S + ROUNDING_S;
}

int profile_set_start(struct profile_set *profile_set, int64_t now_ms, int64_t *want_left_s)
{
    int64_t next_ms = 0;
    int next = find_next(profile_set, &next_ms);
    if (next < 0 || next_ms > now_ms) {
        return -1;
    }
    struct profile_state *profile = &profile_set->profiles[next];
    *want_left_s = profile->asked ? INT64_MAX : least_left_s(profile_set, next, now_ms);
    profile->running = true;
    profile->asked = false;
    drop_expired(&profile->latest, now_ms);
    drop_expired(&profile->longest, now_ms);
    return next;
}

int64_t profile_set_next_ms(const struct profile_set *profile_set)
{
    int64_t next_ms = 0;
    return find_next(profile_set, &next_ms) >= 0 ? next_ms : INT64_MAX;
}

static void retry(const struct profile_set *profile_set, int profile, int64_t now_ms)
{
    struct profile_state *at = &profile_set->profiles[profile];
    at->failures++;
    at->next_ms = now_ms + schedule_retry_ms(at->failures, left_ms(profile_set, profile, now_ms),
                                             profile_set->random());
}

void profile_set_fail(struct profile_set *profile_set, int profile, const struct err *why,
                      int64_t now_ms)
{
    struct profile_state *at = &profile_set->profiles[profile];
    at->finished++;
    at->renewal_failures++;
    at->last = *why;
    retry(profile_set, profile, now_ms);
}

static bool outlives(const struct profile_credentials *set, const struct profile_credentials *other)
{
    return set != NULL && (other == NULL || set->expires_ms > other->expires_ms);
}

/* Takes set over. Of those that outlive it, the longest-lived are kept. */
static void put(struct profile_state *profile, struct profile_credentials *set)
{
    struct profile_credentials *old = profile->latest;
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

static bool take(const struct profile_set *profile_set, int profile,
                 const struct profile_credentials *set, int64_t now_ms)
{
    bool sooner = set->expires_ms <= now_ms + left_ms(profile_set, profile, now_ms);
    struct profile_credentials *copy =
        sooner && set->expires_ms < now_ms + SOON_MS ? NULL : malloc(sizeof(*copy));
    if (copy == NULL) {
        return false;
    }
    *copy = *set;
    put(&profile_set->profiles[profile], copy);
    return true;
}

bool profile_set_succeed(struct profile_set *profile_set, int profile,
                         const struct aws_credentials *creds, int64_t left_s, int64_t now_ms,
                         int64_t now_s)
{
    struct profile_state *at = &profile_set->profiles[profile];
    struct profile_credentials set = {
        .creds = *creds, .expires_ms = now_ms + left_s * MS_PER_S, .updated_s = now_s};
    struct err why;
    bool taken = take(profile_set, profile, &set, now_ms);
    aws_credentials_wipe(&set.creds);
    if (!taken) {
        err_set(&why, ERR_UNAVAILABLE,
                "the portal handed out credentials that expire in %lld s; the ones at hand are "
                "kept while they last",
                (long long)left_s);
        profile_set_fail(profile_set, profile, &why, now_ms);
        return false;
    }
    at->finished++;
    at->renewals++;
    at->last = (struct err){0};
    /* The lifetime is from when they were handed out, which may be a while ago in the cache. */
    int64_t lifetime_ms = creds->lifetime_s * MS_PER_S;
    at->next_ms = set.expires_ms - schedule_renew_left_ms(lifetime_ms, profile_set->random());
    if (at->next_ms <= now_ms + SCHEDULE_RETRY_FIRST_MS) {
        retry(profile_set, profile,
              now_ms); /* an answer that is all but expired must not make a storm */
    } else {
        at->failures = 0;
    }
    return true;
}

void profile_set_note_file(struct profile_set *profile_set, int profile, bool written,
                           int64_t now_ms)
{
    struct profile_state *at = &profile_set->profiles[profile];
    at->file_late = !written;
    if (written) {
        at->file_written = true;
    } else {
        retry(profile_set, profile, now_ms);
    }
}

void profile_set_end(struct profile_set *profile_set, int profile)
{
    profile_set->profiles[profile].running = false;
}

void profile_set_ask(struct profile_set *profile_set)
{
    for (int i = 0; i < profile_set->count; i++) {
        profile_set->profiles[i].asked = true;
    }
}
