/* SPDX-License-Identifier: MIT */
#include "serve/profile_set.h"

#include <stdlib.h>
#include <string.h>

#include "aws/format.h"
#include "serve/schedule.h"

enum { MS_PER_S = 1000, ROUNDING_S = 2, SOON_MS = 5 * 60 * 1000, FIELDS_MAX = 8 << 10 };

static bool comes_before(const struct profile_state *a, const struct profile_state *b)
{
    return a->asked == b->asked ? a->next_ms < b->next_ms
                                : a->asked != 0 && (b->asked == 0 || a->asked < b->asked);
}

/* Finds the profile whose attempt comes next. Each request asks for it, so it is kept. */
static void plan(struct profile_set *set)
{
    int running = 0;
    set->next = -1;
    for (int i = 0; i < set->count; i++) {
        const struct profile_state *state = &set->profiles[i];
        running += state->running ? 1 : 0;
        if (!state->running && (set->next < 0 || comes_before(state, &set->profiles[set->next]))) {
            set->next = i;
        }
    }
    set->next = running < PROFILE_SET_RUNNING_MAX ? set->next : -1;
    set->next_ms = set->next < 0                         ? INT64_MAX
                   : set->profiles[set->next].asked != 0 ? 0
                                                         : set->profiles[set->next].next_ms;
}

int profile_set_init(struct profile_set *set, int count, uint32_t (*random)(void), struct err *err)
{
    *set = (struct profile_set){.random = random, .next = -1, .next_ms = INT64_MAX};
    set->profiles = calloc((size_t)count, sizeof(*set->profiles));
    if (set->profiles == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    set->count = count;
    plan(set);
    return 0;
}

static void drop(struct profile_credentials **creds)
{
    if (*creds != NULL) {
        aws_credentials_wipe(&(*creds)->creds);
        buf_done(&(*creds)->fields);
        free(*creds);
        *creds = NULL;
    }
}

static bool is_valid(const struct profile_credentials *creds, int64_t now_ms)
{
    return creds != NULL && creds->expires_ms > now_ms;
}

void profile_set_done(struct profile_set *set)
{
    for (int i = 0; i < set->count; i++) {
        drop(&set->profiles[i].latest);
        drop(&set->profiles[i].longest);
    }
    free(set->profiles);
    *set = (struct profile_set){0};
}

int profile_set_find(const struct profile_set *set, const char *name)
{
    for (int i = 0; i < set->count; i++) {
        if (strcmp(set->profiles[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

const struct profile_credentials *profile_set_get(const struct profile_set *set, int profile,
                                                  int64_t now_ms)
{
    const struct profile_state *state = &set->profiles[profile];
    if (is_valid(state->latest, now_ms)) {
        return state->latest;
    }
    return is_valid(state->longest, now_ms) ? state->longest : NULL;
}

static int64_t left_ms(const struct profile_set *set, int profile, int64_t now_ms)
{
    const struct profile_credentials *creds = profile_set_get(set, profile, now_ms);
    return creds != NULL ? creds->expires_ms - now_ms : 0;
}

bool profile_set_ready(const struct profile_set *set, int profile, int64_t now_ms)
{
    const struct profile_state *state = &set->profiles[profile];
    return profile_set_get(set, profile, now_ms) != NULL &&
           (state->file_written || !state->file_wanted);
}

static void drop_expired(struct profile_credentials **creds, int64_t now_ms)
{
    if (!is_valid(*creds, now_ms)) {
        drop(creds);
    }
}

/* The cache mostly has the same credentials as this set, and rounds their time to seconds. A file
 * that must be written needs no better credentials than the present ones. */
static int64_t find_want_left_s(const struct profile_set *set, int profile, int64_t now_ms)
{
    const struct profile_state *state = &set->profiles[profile];
    int64_t have_ms = left_ms(set, profile, now_ms);
    bool file_due = state->file_wanted && (state->file_late || !state->file_written);
    return file_due || have_ms == 0 ? 0 : have_ms / MS_PER_S + ROUNDING_S;
}

int profile_set_start(struct profile_set *set, int64_t now_ms, int64_t *want_left_s)
{
    int next = set->next;
    if (next < 0 || set->next_ms > now_ms) {
        return -1;
    }
    struct profile_state *state = &set->profiles[next];
    *want_left_s = state->asked != 0 ? INT64_MAX : find_want_left_s(set, next, now_ms);
    state->running = true;
    state->asked = 0;
    drop_expired(&state->latest, now_ms);
    drop_expired(&state->longest, now_ms);
    plan(set);
    return next;
}

int64_t profile_set_next_ms(const struct profile_set *set)
{
    return set->next_ms;
}

static void retry(const struct profile_set *set, int profile, int64_t now_ms)
{
    struct profile_state *state = &set->profiles[profile];
    state->failures++;
    state->next_ms =
        now_ms + schedule_retry_ms(state->failures, left_ms(set, profile, now_ms), set->random());
}

void profile_set_fail(struct profile_set *set, int profile, const struct err *why, int64_t now_ms)
{
    struct profile_state *state = &set->profiles[profile];
    state->finished++;
    state->renewal_failures++;
    state->last = *why;
    retry(set, profile, now_ms);
    plan(set);
}

static bool outlives(const struct profile_credentials *creds,
                     const struct profile_credentials *other)
{
    return creds != NULL && (other == NULL || creds->expires_ms > other->expires_ms);
}

/* Makes creds the latest, and owns them. Of older ones that expire later, the longest-lived are
 * kept. */
static void set_latest(struct profile_state *state, struct profile_credentials *creds)
{
    struct profile_credentials *old = state->latest;
    state->latest = creds;
    if (outlives(old, state->longest)) {
        drop(&state->longest);
        state->longest = old;
    } else {
        drop(&old);
    }
    if (!outlives(state->longest, creds)) {
        drop(&state->longest);
    }
}

/* Stores a copy, unless the present credentials are better. */
static int accept_credentials(const struct profile_set *set, int profile,
                              const struct profile_credentials *creds, int64_t now_ms,
                              struct err *err)
{
    bool sooner = creds->expires_ms <= now_ms + left_ms(set, profile, now_ms);
    if (sooner && creds->expires_ms < now_ms + SOON_MS) {
        return err_set(
            err, ERR_UNAVAILABLE,
            "the portal issued credentials that expire in %lld s; the present ones stay in use",
            (long long)(creds->expires_ms - now_ms) / MS_PER_S);
    }
    struct profile_credentials *copy = malloc(sizeof(*copy));
    if (copy == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory for credentials");
    }
    *copy = *creds;
    buf_init(&copy->fields, FIELDS_MAX);
    if (aws_format_add_endpoint(&copy->fields, &copy->creds, err) != 0) {
        drop(&copy);
        return -1;
    }
    set_latest(&set->profiles[profile], copy);
    return 0;
}

/* The lifetime counts from when the credentials were issued, which may be a while ago if the cache
 * had them. */
static void plan_renewal(const struct profile_set *set, int profile, int64_t now_ms)
{
    struct profile_state *state = &set->profiles[profile];
    int64_t lifetime_ms = state->latest->creds.lifetime_s * MS_PER_S;
    state->next_ms = state->latest->expires_ms - schedule_renew_left_ms(lifetime_ms, set->random());
    if (state->next_ms <= now_ms + SCHEDULE_RETRY_FIRST_MS) {
        retry(set, profile, now_ms); /* credentials about to expire must not cause rapid attempts */
    } else {
        state->failures = 0;
    }
}

bool profile_set_succeed(struct profile_set *set, int profile, const struct aws_credentials *creds,
                         int64_t left_s, int64_t now_ms, int64_t now_s)
{
    struct profile_state *state = &set->profiles[profile];
    struct profile_credentials got = {
        .creds = *creds, .expires_ms = now_ms + left_s * MS_PER_S, .updated_s = now_s};
    struct err why;
    int result = accept_credentials(set, profile, &got, now_ms, &why);
    aws_credentials_wipe(&got.creds);
    if (result != 0) {
        profile_set_fail(set, profile, &why, now_ms);
        return false;
    }
    state->finished++;
    state->renewals++;
    state->last = (struct err){0};
    plan_renewal(set, profile, now_ms);
    plan(set);
    return true;
}

void profile_set_note_file(struct profile_set *set, int profile, bool written, int64_t now_ms)
{
    struct profile_state *state = &set->profiles[profile];
    state->file_late = !written;
    if (written) {
        state->file_written = true;
    } else {
        retry(set, profile, now_ms);
        plan(set);
    }
}

void profile_set_end(struct profile_set *set, int profile)
{
    set->profiles[profile].running = false;
    plan(set);
}

void profile_set_ask(struct profile_set *set)
{
    set->asks++;
    for (int i = 0; i < set->count; i++) {
        struct profile_state *state = &set->profiles[i];
        state->asked = state->asked != 0 ? state->asked : set->asks;
    }
    plan(set);
}
