/* SPDX-License-Identifier: MIT */
/*
 * The credentials of an endpoint's profiles: which are valid, which are due for renewal, which
 * renewals failed. It starts nothing and reads no clock: times are passed in, in milliseconds of a
 * clock that also counts while the machine sleeps (clock_boot_ms).
 *
 * If its list says on_demand, a profile is renewed only while clients use it: its renewal waits for
 * the first use, and it becomes idle if no client has used its credentials when their renewal is
 * due. Idle credentials are wiped five minutes before they expire; the next use makes the renewal
 * due at once.
 */
#ifndef SERVE_PROFILE_SET_H
#define SERVE_PROFILE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "serve/profile_credentials.h"

struct profile_list;
struct scope;

enum {
    PROFILE_SET_RUNNING_MAX = 8, /* renewals at a time: each is a process */
    /* Of these, so many are for profiles whose last attempt did not fail: attempts that hang
     * cannot delay all others. */
    PROFILE_SET_RESERVED = 2,
    PROFILE_SET_CACHED_ONLY = -1, /* a want_left_s */
};

struct profile_state {
    bool file_wanted;   /* renewals also write a file */
    bool file_written;  /* at least once */
    bool file_late;     /* the latest credentials could not be written */
    bool running;       /* a renewal is under way */
    bool idle;          /* no renewal is planned; next_ms is when the credentials expire */
    bool used;          /* since its credentials came, or since an attempt to get any failed */
    bool awaited;       /* a client has asked for it, and there are no credentials yet */
    uint32_t asked;     /* the profile_set_ask that no renewal has begun since; 0: none */
    int failures;       /* attempts in a row that failed */
    enum err_kind last; /* why the last attempt failed; ERR_NONE: it did not */
    char *last_text;    /* the text of that error; NULL: none, or no memory for it */
    int64_t next_ms;    /* when the next attempt is due */
    int64_t used_ms;    /* the last profile_set_use */
    uint64_t renewals;  /* for /metrics */
    uint64_t renewal_failures;
    struct profile_credentials *latest;  /* or NULL */
    struct profile_credentials *longest; /* older ones that expire later than the latest, or NULL */
};

struct profile_set {
    struct profile_list *list;      /* names and scopes; borrowed, grown by profile_set_add */
    struct profile_state *profiles; /* list->count of them */
    int room;
    uint32_t (*random)(void);
    uint32_t asks;   /* calls of profile_set_ask */
    int running;     /* renewals */
    int failing;     /* those of profiles whose last attempt failed */
    int64_t hold_ms; /* no attempt starts before */
    int next;        /* the profile whose attempt comes next, or -1 if none can start */
    int64_t next_ms; /* when it is due */
};

/* A set of the profiles in the list, all due at once, or idle if they are made on demand. Release
 * it with profile_set_done in any case. 0, or -1 with ERR_INTERNAL. */
int profile_set_init(struct profile_set *set, struct profile_list *list, uint32_t (*random)(void),
                     struct err *err) __attribute__((warn_unused_result));

/* Wipes all credentials. */
void profile_set_done(struct profile_set *set);

/*
 * Adds a profile on demand, which is idle until profile_set_use. If the list is full, the idle one
 * that has not been used for the longest time is dropped, and its credentials are wiped. Other
 * profiles keep their indexes; pointers to a state become invalid. Returns the index, or -1:
 * ERR_UNAVAILABLE if the list is full and no profile is idle, ERR_USAGE for the name (see
 * profile_list_add), ERR_INTERNAL if memory is exhausted.
 */
int profile_set_add(struct profile_set *set, const char *name, const struct scope *scope,
                    struct err *err) __attribute__((warn_unused_result));

/* A client has got the profile's credentials, or wants them. An idle profile becomes due at once.
 * If there are no credentials, and no attempt has failed, the profile comes before others. */
void profile_set_use(struct profile_set *set, int profile, int64_t now_ms);

/* Whether its first credentials may come soon, so that a request may wait for them: there are none,
 * and no attempt to get them has failed. */
bool profile_set_is_pending(const struct profile_set *set, int profile, int64_t now_ms);

/* The server allows no request for this many seconds: until then, and a random time longer, 15
 * minutes at most, only attempts for clients that wait start, and may use nothing but the cache. 0
 * or less is ignored. */
void profile_set_hold(struct profile_set *set, int64_t retry_after_s, int64_t now_ms);

/* The index of a profile, or -1. */
int profile_set_find(const struct profile_set *set, const char *name);

/* The name of a profile. */
const char *profile_set_name(const struct profile_set *set, int profile);

/* Credentials of a profile that are valid at now_ms, or NULL: the latest; if they have expired,
 * older ones that are still valid. Owned by the set, until the next call that changes it. */
const struct profile_credentials *profile_set_get(const struct profile_set *set, int profile,
                                                  int64_t now_ms);

/* Whether a profile has valid credentials and, if it has a file, that has been written. */
bool profile_set_ready(const struct profile_set *set, int profile, int64_t now_ms);

/*
 * The profile whose renewal is due: the one that has waited longest, of those that clients wait
 * for, else of an earlier profile_set_ask, else of all. It counts as running until profile_set_end.
 * -1 if no renewal is due, or PROFILE_SET_RUNNING_MAX are running. *want_left_s: how many seconds
 * the new credentials must be valid to be better than the present ones; 0 accepts any, INT64_MAX
 * only credentials that the portal issues now, and PROFILE_SET_CACHED_ONLY any that the cache has.
 * Wipes credentials that have expired.
 */
int profile_set_start(struct profile_set *set, int64_t now_ms, int64_t *want_left_s);

/* When profile_set_start will next return a profile, or have credentials to wipe; INT64_MAX: after
 * a running renewal ends. */
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

/* All profiles are due now, those that are idle after their next use. A profile whose renewal is
 * running gets another after it. */
void profile_set_ask(struct profile_set *set);

#endif
