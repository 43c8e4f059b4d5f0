/* SPDX-License-Identifier: MIT */
/*
 * The credentials of an endpoint's profiles: which are valid, which are due for renewal, which
 * renewals failed. It starts nothing and reads no clock: times are passed in, in milliseconds of a
 * clock that also counts while the machine sleeps (clock_boot_ms).
 */
#ifndef SERVE_PROFILE_SET_H
#define SERVE_PROFILE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "base/buf.h"
#include "base/err.h"

enum {
    PROFILE_SET_PROFILES_MAX = 10000,
    PROFILE_SET_NAME_SIZE = 128,
    PROFILE_SET_RUNNING_MAX = 8, /* renewals at a time: each is a process */
};

struct profile_credentials {
    struct aws_credentials creds;
    int64_t expires_ms; /* by the clock that is passed in */
    int64_t updated_s;  /* since 1970: when the portal issued them */
    struct buf fields;  /* as aws_format_add_endpoint writes them, for many responses */
};

struct profile_state {
    char name[PROFILE_SET_NAME_SIZE];
    bool file_wanted;                    /* renewals also write a file */
    bool file_written;                   /* at least once */
    bool file_late;                      /* the latest credentials could not be written */
    bool running;                        /* a renewal is under way */
    uint32_t asked;                      /* the profile_set_ask that no renewal has begun since; 0:
                                            none */
    int finished;                        /* attempts */
    int failures;                        /* attempts in a row that failed */
    int64_t next_ms;                     /* when the next attempt is due */
    struct err last;                     /* why the last attempt failed; ERR_NONE: it did not */
    struct profile_credentials *latest;  /* or NULL */
    struct profile_credentials *longest; /* older ones that expire later than the latest, or NULL */
    uint64_t renewals;                   /* for /metrics */
    uint64_t renewal_failures;
};

struct profile_set {
    struct profile_state *profiles;
    int count;
    uint32_t (*random)(void);
    uint32_t asks;   /* calls of profile_set_ask */
    int next;        /* the profile whose attempt comes next, or -1 if none can start */
    int64_t next_ms; /* when it is due */
};

/* A set of count profiles, all due at once; the caller sets their names. Release it with
 * profile_set_done in any case. 0, or -1 with ERR_INTERNAL. */
int profile_set_init(struct profile_set *set, int count, uint32_t (*random)(void), struct err *err)
    __attribute__((warn_unused_result));

/* Wipes all credentials. */
void profile_set_done(struct profile_set *set);

/* The index of a profile, or -1. */
int profile_set_find(const struct profile_set *set, const char *name);

/* Credentials of a profile that are valid at now_ms, or NULL: the latest; if they have expired,
 * older ones that are still valid. Owned by the set, until the next call that changes it. */
const struct profile_credentials *profile_set_get(const struct profile_set *set, int profile,
                                                  int64_t now_ms);

/* Whether a profile has valid credentials and, if it has a file, that has been written. */
bool profile_set_ready(const struct profile_set *set, int profile, int64_t now_ms);

/*
 * The profile whose renewal is due, the one that has waited longest; those of an earlier
 * profile_set_ask come first. It counts as running until profile_set_end. -1 if there is none, or
 * PROFILE_SET_RUNNING_MAX are running. *want_left_s: how many seconds the new credentials must be
 * valid to be better than the present ones; 0 accepts any, INT64_MAX only credentials that the
 * portal issues now. Wipes credentials that have expired.
 */
int profile_set_start(struct profile_set *set, int64_t now_ms, int64_t *want_left_s);

/* When profile_set_start will next return a profile; INT64_MAX: after a running renewal ends. */
int64_t profile_set_next_ms(const struct profile_set *set);

/*
 * An attempt brought credentials that are valid for left_s seconds. They replace the present ones,
 * unless they expire within five minutes and before the present ones: an error in the portal's
 * answer must not cost credentials that are valid. now_s is the wall clock. False if they were not
 * accepted: that counts as a failure.
 */
bool profile_set_succeed(struct profile_set *set, int profile, const struct aws_credentials *creds,
                         int64_t left_s, int64_t now_ms, int64_t now_s);

/* An attempt failed. */
void profile_set_fail(struct profile_set *set, int profile, const struct err *why, int64_t now_ms);

/* Whether the profile's file was written after the last attempt. If not, the next attempt follows
 * as after a failure, and may bring the same credentials. */
void profile_set_note_file(struct profile_set *set, int profile, bool written, int64_t now_ms);

/* The profile's renewal has ended; another may start. */
void profile_set_end(struct profile_set *set, int profile);

/* All profiles are due now. A profile whose renewal is running gets another after it. */
void profile_set_ask(struct profile_set *set);

#endif
