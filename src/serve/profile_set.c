/* SPDX-License-Identifier: MIT */
#include "serve/profile_set.h"

#include <stdlib.h>
#include <string.h>

#include "serve/profile_list.h"
#include "serve/schedule.h"

enum {
    MS_PER_S = 1000,
    ROUNDING_S = 2,
    SOON_MS = 5 * 60 * 1000,
    IDLE_LEFT_MS = SOON_MS, /* credentials with less left are not kept for the next use */
    FORGET_MS = 60 * 1000,  /* after which an idle profile counts as one that has not failed */
};

/* Profiles with a lower number come first. */
static uint32_t turn(const struct profile_state *state)
{
    return state->awaited ? 0 : state->asked != 0 && !state->idle ? state->asked : UINT32_MAX;
}

static bool comes_before(const struct profile_state *a, const struct profile_state *b)
{
    return turn(a) == turn(b) ? a->next_ms < b->next_ms : turn(a) < turn(b);
}

/* Makes a profile the next one if it comes before that. */
static void consider(struct profile_set *set, int profile)
{
    const struct profile_state *state = &set->profiles[profile];
    bool barred =
        state->failures > 0 && set->failing >= PROFILE_SET_RUNNING_MAX - PROFILE_SET_RESERVED;
    if (state->running || barred || set->running >= PROFILE_SET_RUNNING_MAX) {
        return;
    }
    if (set->next < 0 || comes_before(state, &set->profiles[set->next])) {
        set->next = profile;
    }
    state = &set->profiles[set->next];
    set->next_ms = turn(state) < UINT32_MAX ? 0 : state->next_ms;
    if (!state->awaited && set->next_ms < set->hold_ms) {
        set->next_ms = set->hold_ms;
    }
}

/* Finds the profile whose attempt comes next. Each request asks for it, so it is kept. */
static void plan(struct profile_set *set)
{
    set->next = -1;
    set->next_ms = INT64_MAX;
    set->running = set->failing = 0;
    for (int i = 0; i < set->list->count; i++) {
        const struct profile_state *state = &set->profiles[i];
        set->running += state->running ? 1 : 0;
        set->failing += state->running && state->failures > 0 ? 1 : 0;
    }
    for (int i = 0; i < set->list->count; i++) {
        consider(set, i);
    }
}

static int grow(struct profile_set *set, int room, struct err *err)
{
    struct profile_state *profiles = realloc(set->profiles, (size_t)room * sizeof(*profiles));
    if (profiles == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%d profiles)", room);
    }
    set->profiles = profiles;
    set->room = room;
    return 0;
}

static void clear(struct profile_set *set, int profile)
{
    set->profiles[profile] = set->list->on_demand
                                 ? (struct profile_state){.idle = true, .next_ms = INT64_MAX}
                                 : (struct profile_state){0};
}

int profile_set_init(struct profile_set *set, struct profile_list *list, uint32_t (*random)(void),
                     struct err *err)
{
    enum { ROOM_FIRST = 8 };
    *set = (struct profile_set){.list = list, .random = random, .next = -1, .next_ms = INT64_MAX};
    if (grow(set, list->count > ROOM_FIRST ? list->count : ROOM_FIRST, err) != 0) {
        return -1;
    }
    for (int i = 0; i < list->count; i++) {
        clear(set, i);
    }
    plan(set);
    return 0;
}

static void release(struct profile_state *state)
{
    profile_credentials_drop(&state->latest);
    profile_credentials_drop(&state->longest);
    free(state->last_text);
}

void profile_set_done(struct profile_set *set)
{
    for (int i = 0; set->profiles != NULL && i < set->list->count; i++) {
        release(&set->profiles[i]);
    }
    free(set->profiles);
    *set = (struct profile_set){0};
}

/* The idle profile that has not been used for the longest time, or -1. */
static int find_unused(const struct profile_set *set)
{
    int found = -1;
    for (int i = 0; i < set->list->count; i++) {
        const struct profile_state *state = &set->profiles[i];
        if (state->idle && (found < 0 || state->used_ms < set->profiles[found].used_ms)) {
            found = i;
        }
    }
    return found;
}

/* Gives an idle profile's place to another one. */
static int replace(struct profile_set *set, const char *name, const struct scope *scope,
                   struct err *err)
{
    int profile = find_unused(set);
    if (profile < 0) {
        return err_set(err, ERR_UNAVAILABLE, "all %d profiles are in use: allow more of them",
                       set->list->count);
    }
    if (profile_list_replace(set->list, profile, name, scope, err) != 0) {
        return -1;
    }
    release(&set->profiles[profile]);
    clear(set, profile);
    plan(set);
    return profile;
}

int profile_set_add(struct profile_set *set, const char *name, const struct scope *scope,
                    struct err *err)
{
    int count = set->list->count;
    if (count >= profile_list_max(set->list)) {
        return replace(set, name, scope, err);
    }
    if ((count == set->room && grow(set, 2 * set->room, err) != 0) ||
        profile_list_add(set->list, name, scope, err) != 0) {
        return -1;
    }
    clear(set, count);
    consider(set, count);
    return count;
}

int profile_set_find(const struct profile_set *set, const char *name)
{
    return profile_list_find(set->list, name);
}

const char *profile_set_name(const struct profile_set *set, int profile)
{
    return set->list->entries[profile].name;
}

const struct profile_credentials *profile_set_get(const struct profile_set *set, int profile,
                                                  int64_t now_ms)
{
    const struct profile_state *state = &set->profiles[profile];
    if (profile_credentials_are_valid(state->latest, now_ms)) {
        return state->latest;
    }
    return profile_credentials_are_valid(state->longest, now_ms) ? state->longest : NULL;
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

void profile_set_use(struct profile_set *set, int profile, int64_t now_ms)
{
    struct profile_state *state = &set->profiles[profile];
    if (state->idle && now_ms - state->used_ms > FORGET_MS) {
        state->failures = 0; /* too long ago to be of meaning */
    }
    bool awaited =
        !state->running && state->failures == 0 && profile_set_get(set, profile, now_ms) == NULL;
    state->used = true;
    state->used_ms = now_ms;
    if (state->idle || (awaited && !state->awaited)) {
        state->idle = false;
        state->awaited = awaited;
        state->next_ms = now_ms;
        consider(set, profile);
    }
}

bool profile_set_is_pending(const struct profile_set *set, int profile, int64_t now_ms)
{
    return set->profiles[profile].failures == 0 && profile_set_get(set, profile, now_ms) == NULL;
}

void profile_set_hold(struct profile_set *set, int64_t retry_after_s, int64_t now_ms)
{
    int64_t until_ms = now_ms + schedule_hold_ms(retry_after_s, set->random());
    if (retry_after_s > 0 && until_ms > set->hold_ms) {
        set->hold_ms = until_ms;
        plan(set);
    }
}

static void drop_expired(struct profile_credentials **creds, int64_t now_ms)
{
    if (!profile_credentials_are_valid(*creds, now_ms)) {
        profile_credentials_drop(creds);
    }
}

/* Renewals end until the next use. The profile is due again to wipe credentials that would be too
 * short for the next use. */
static void rest(struct profile_state *state)
{
    if (state->idle) {
        profile_credentials_drop(&state->latest);
        profile_credentials_drop(&state->longest);
    }
    const struct profile_credentials *creds =
        state->latest != NULL ? state->latest : state->longest;
    state->idle = true;
    state->next_ms = creds != NULL ? creds->expires_ms - IDLE_LEFT_MS : INT64_MAX;
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
    bool held = set->hold_ms > now_ms;
    while (set->next >= 0 && set->next_ms <= now_ms) {
        int next = set->next;
        struct profile_state *state = &set->profiles[next];
        bool wanted = state->used || !set->list->on_demand;
        drop_expired(&state->latest, now_ms);
        drop_expired(&state->longest, now_ms);
        if (wanted) {
            *want_left_s = held                ? PROFILE_SET_CACHED_ONLY
                           : state->asked != 0 ? INT64_MAX
                                               : find_want_left_s(set, next, now_ms);
            state->running = true;
            state->awaited = false;
            state->asked = held ? state->asked : 0;
        } else {
            rest(state);
        }
        plan(set);
        if (wanted) {
            return next;
        }
    }
    return -1;
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
    state->renewal_failures++;
    state->last = why->kind;
    free(state->last_text);
    state->last_text = strdup(why->text);
    state->used = state->used && profile_set_get(set, profile, now_ms) != NULL;
    retry(set, profile, now_ms);
    plan(set);
}

/* Stores a copy, unless the present credentials are better. */
static int accept_credentials(const struct profile_set *set, int profile,
                              const struct aws_credentials *creds, int64_t expires_ms,
                              int64_t now_ms, struct err *err)
{
    struct profile_state *state = &set->profiles[profile];
    bool sooner = expires_ms <= now_ms + left_ms(set, profile, now_ms);
    if (sooner && expires_ms < now_ms + SOON_MS) {
        return err_set(
            err, ERR_UNAVAILABLE,
            "the portal issued credentials that expire in %lld s; the present ones stay in use",
            (long long)(expires_ms - now_ms) / MS_PER_S);
    }
    struct profile_credentials *made = profile_credentials_new(creds, err);
    if (made == NULL) {
        return -1;
    }
    made->expires_ms = expires_ms;
    profile_credentials_replace(&state->latest, &state->longest, made);
    return 0;
}

/* The lifetime counts from when the credentials were issued, which may be a while ago if the cache
 * had them. */
static void plan_renewal(const struct profile_set *set, int profile, int64_t now_ms)
{
    struct profile_state *state = &set->profiles[profile];
    const struct profile_credentials *creds = state->latest;
    int64_t renew_left_ms =
        set->list->on_demand
            ? schedule_spread_left_ms(creds->lifetime_ms, creds->expires_ms - now_ms, set->random())
            : schedule_renew_left_ms(creds->lifetime_ms, set->random());
    state->next_ms = creds->expires_ms - renew_left_ms;
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
    struct err why;
    if (accept_credentials(set, profile, creds, now_ms + left_s * MS_PER_S, now_ms, &why) != 0) {
        profile_set_fail(set, profile, &why, now_ms);
        return false;
    }
    state->latest->updated_s = now_s;
    state->renewals++;
    state->used = false;
    state->last = ERR_NONE;
    free(state->last_text);
    state->last_text = NULL;
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
    for (int i = 0; i < set->list->count; i++) {
        struct profile_state *state = &set->profiles[i];
        state->asked = state->asked != 0 ? state->asked : set->asks;
    }
    plan(set);
}
