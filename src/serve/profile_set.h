/* SPDX-License-Identifier: MIT */
/*
 * Keeps the credentials of any number of profiles: which are valid, which to renew now, what
 * failed. The endpoint's loop drives it and the routes read it. It starts nothing and knows no
 * clock: times are passed in, in milliseconds of a clock that also counts while the machine sleeps
 * (clock_boot_ms), so a simulated day runs through it in a test.
 */
#ifndef SERVE_PROFILE_SET_H
#define SERVE_PROFILE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "base/err.h"

enum {
    PROFILE_SET_PROFILES_MAX = 256,
    PROFILE_SET_NAME_SIZE = 128,
    PROFILE_SET_RUNNING_MAX = 8, /* renewals at once: each takes a process */
};

/* Credentials; wiped when they have expired. */
struct profile_credentials {
    struct aws_credentials creds;
    int64_t expires_ms; /* by the clock that is passed in */
    int64_t updated_s;  /* since 1970: when they came */
};

struct profile_state {
    char name[PROFILE_SET_NAME_SIZE];
    bool file_wanted;  /* credentials are written into a file, too */
    bool file_written; /* at least once */
    bool file_late;    /* the last ones could not be written */
    bool running;      /* a renewal is under way */
    bool asked;        /* for a renewal now */
    int finished;      /* attempts */
    int failures;      /* in a row */
    int64_t next_ms;   /* when to start the next attempt */
    struct err last;   /* what the last attempt failed with; ERR_NONE: it did not */
    struct profile_credentials *latest;  /* the last good ones, or NULL */
    struct profile_credentials *longest; /* older ones that expire later than the latest, or NULL */
    uint64_t renewals;                   /* for /metrics */
    uint64_t renewal_failures;
};

struct profile_set {
    struct profile_state *profiles;
    int count;
    uint32_t (*random)(void);
};

/* Room for count profiles, whose names the caller sets. Every one is due at once. Release with
 * keeper_done in any case. */
int profile_set_init(struct profile_set *profile_set, int count, uint32_t (*random)(void),
                     struct err *err) __attribute__((warn_unused_result));
void profile_set_done(struct profile_set *profile_set);

/* The index of a profile, or -1. */
int profile_set_find(const struct profile_set *profile_set, const char *name);

/* Credentials that are valid now, or NULL: the latest, and when they expired without better ones
 * having come, those that they replaced while these are valid. */
const struct profile_credentials *profile_set_get(const struct profile_set *profile_set,
                                                  int profile, int64_t now_ms);

/* The profile has valid credentials, and its file where it has one. */
bool profile_set_ready(const struct profile_set *profile_set, int profile, int64_t now_ms);

/*
 * A profile whose renewal is due now, the one that has waited longest, or -1 where there is none or
 * enough are running. It counts as running from then on, until keeper_end.
 * *want_left_s is how many seconds the new credentials must have left to be better than the ones
 * at hand (0: any will do; INT64_MAX, for one that was asked for: only new ones will).
 */
int profile_set_start(struct profile_set *profile_set, int64_t now_ms, int64_t *want_left_s);

/* When keeper_start may next have something; INT64_MAX: when one of those running has ended. */
int64_t profile_set_next_ms(const struct profile_set *profile_set);

/*
 * The attempt brought credentials with left_s seconds to live. They replace the ones at hand,
 * unless they would expire both soon and sooner: an answer that is wrong in its validity must not
 * cost credentials that are good. now_s is the wall clock, for IMDS's LastUpdated. False when they
 * were not taken: that counts as a failure.
 */
bool profile_set_succeed(struct profile_set *profile_set, int profile,
                         const struct aws_credentials *creds, int64_t left_s, int64_t now_ms,
                         int64_t now_s);
void profile_set_fail(struct profile_set *profile_set, int profile, const struct err *why,
                      int64_t now_ms);

/* Whether the profile's file was written with the credentials of the last attempt. If not, the
 * next attempt comes as after a failure, and may bring the same credentials. */
void profile_set_note_file(struct profile_set *profile_set, int profile, bool written,
                           int64_t now_ms);

/* The attempt is over, in whatever way; another may start. */
void profile_set_end(struct profile_set *profile_set, int profile);

/* Renew all now. One that is running is followed by another. */
void profile_set_ask(struct profile_set *profile_set);

#endif
