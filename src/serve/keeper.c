/* SPDX-License-Identifier: MIT */
#include "serve/keeper.h"

#include <stdlib.h>
#include <string.h>

#include "serve/schedule.h"

enum { MS_PER_S = 1000, SOON_MS = 5 * 60 * 1000 };

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

static void drop(struct keeper_profile *profile)
{
    if (profile->creds != NULL) {
        aws_credentials_wipe(profile->creds);
        free(profile->creds);
        profile->creds = NULL;
    }
}

void keeper_done(struct keeper *keeper)
{
    for (int i = 0; i < keeper->count; i++) {
        drop(&keeper->profiles[i]);
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

static int64_t left_ms(const struct keeper_profile *profile, int64_t now_ms)
{
    bool valid = profile->creds != NULL && profile->expires_ms > now_ms;
    return valid ? profile->expires_ms - now_ms : 0;
}

const struct aws_credentials *keeper_get(const struct keeper *keeper, int profile, int64_t now_ms)
{
    const struct keeper_profile *at = &keeper->profiles[profile];
    return left_ms(at, now_ms) > 0 ? at->creds : NULL;
}

bool keeper_ready(const struct keeper *keeper, int profile, int64_t now_ms)
{
    const struct keeper_profile *at = &keeper->profiles[profile];
    return left_ms(at, now_ms) > 0 && (at->file_written || !at->file_wanted);
}

int keeper_start(struct keeper *keeper, int64_t now_ms, int64_t *want_left_s)
{
    for (int i = 0; i < keeper->count; i++) {
        struct keeper_profile *profile = &keeper->profiles[i];
        if (!profile->running && (profile->asked || profile->next_ms <= now_ms)) {
            /* A file that is still to be written needs no better credentials than these. */
            bool same_will_do = profile->file_wanted && !profile->file_written && !profile->asked;
            *want_left_s = same_will_do ? 0 : left_ms(profile, now_ms) / MS_PER_S;
            profile->running = true;
            profile->asked = false;
            if (left_ms(profile, now_ms) == 0) {
                drop(profile);
            }
            return i;
        }
    }
    return -1;
}

int64_t keeper_next_ms(const struct keeper *keeper)
{
    int64_t next_ms = INT64_MAX;
    for (int i = 0; i < keeper->count; i++) {
        const struct keeper_profile *profile = &keeper->profiles[i];
        int64_t at_ms = profile->asked ? 0 : profile->next_ms;
        if (!profile->running && at_ms < next_ms) {
            next_ms = at_ms;
        }
    }
    return next_ms;
}

static void retry(const struct keeper *keeper, struct keeper_profile *profile, int64_t now_ms)
{
    profile->failures++;
    profile->next_ms =
        now_ms + schedule_retry_ms(profile->failures, left_ms(profile, now_ms), keeper->random());
}

void keeper_fail(struct keeper *keeper, int profile, const struct err *why, int64_t now_ms)
{
    struct keeper_profile *at = &keeper->profiles[profile];
    at->finished++;
    at->renewal_failures++;
    at->last = *why;
    retry(keeper, at, now_ms);
}

static bool take(struct keeper_profile *profile, const struct aws_credentials *creds,
                 int64_t expires_ms, int64_t now_ms)
{
    bool sooner = expires_ms <= now_ms + left_ms(profile, now_ms);
    if (sooner && expires_ms < now_ms + SOON_MS) {
        return false;
    }
    if (profile->creds == NULL) {
        profile->creds = malloc(sizeof(*profile->creds));
    }
    if (profile->creds == NULL) {
        return false;
    }
    *profile->creds = *creds;
    profile->expires_ms = expires_ms;
    return true;
}

bool keeper_succeed(struct keeper *keeper, int profile, const struct aws_credentials *creds,
                    int64_t left_s, int64_t now_ms, int64_t now_s)
{
    struct keeper_profile *at = &keeper->profiles[profile];
    int64_t expires_ms = now_ms + left_s * MS_PER_S;
    struct err why;
    if (!take(at, creds, expires_ms, now_ms)) {
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
    at->updated_s = now_s;
    /* The lifetime is from when they were handed out, which may be a while ago in the cache. */
    int64_t lifetime_ms = creds->lifetime_s * MS_PER_S;
    at->next_ms = expires_ms - schedule_renew_left_ms(lifetime_ms, keeper->random());
    if (at->next_ms <= now_ms + SCHEDULE_RETRY_FIRST_MS) {
        retry(keeper, at, now_ms); /* an answer that is all but expired must not make a storm */
    } else {
        at->failures = 0;
    }
    return true;
}

void keeper_note_file(struct keeper *keeper, int profile, bool written, int64_t now_ms)
{
    struct keeper_profile *at = &keeper->profiles[profile];
    if (written) {
        at->file_written = true;
    } else {
        retry(keeper, at, now_ms);
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
