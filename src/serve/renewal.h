/* SPDX-License-Identifier: MIT */
/*
 * One renewal, in a process of its own: a name server, proxy, portal or file system that hangs can
 * hold up nobody, and what the libraries leak ends with it. The endpoint's loop starts renewals and
 * polls their descriptors. The process that serves never touches curl, TLS or PSA: it forks, and
 * mbedTLS must not be forked once PSA has been started.
 */
#ifndef SERVE_RENEWAL_H
#define SERVE_RENEWAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "aws/credentials.h"
#include "base/err.h"

/* What a renewal does, in the child. Whoever opens the endpoint says it; tests pass their own. */
struct renewal_work {
    void *context;
    /* Credentials with more than want_left_s seconds to live, and in *left_s how many they have. */
    int (*fetch)(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                 int64_t *left_s, struct err *err);
    /* Writes them into a file; NULL: there is none. */
    int (*write)(void *context, int profile, const struct aws_credentials *creds, struct err *err);
    int64_t limit_ms; /* the child is killed past it */
};

enum renewal_event {
    RENEWAL_NOTHING, /* so far */
    RENEWAL_FETCHED,
    RENEWAL_FAILED,
    RENEWAL_FILE_WRITTEN,
    RENEWAL_FILE_FAILED,
    RENEWAL_ENDED,
};

/* What comes through the pipe: first FETCHED or FAILED, then what became of the file. */
struct renewal_report {
    enum renewal_event event;
    int64_t left_s;
    struct err err;
    struct aws_credentials creds;
};

struct renewal {
    pid_t pid;                  /* 0: none, or reaped */
    int fd;                     /* -1: none */
    int64_t deadline_ms;        /* base/clock.h */
    enum renewal_event missing; /* what is told when the child ends now */
    bool writes;                /* a file, after it has fetched */
    size_t got;
    struct renewal_report report;
};

void renewal_init(struct renewal *renewal);

/* Kills it, too. */
void renewal_done(struct renewal *renewal);

/* The same, and waits for its end: for those who do not reap children in a loop of theirs. */
void renewal_end(struct renewal *renewal);

/* Whether it is about to write the file: worth a moment, when the process is to end. */
bool renewal_is_writing(const struct renewal *renewal);

int renewal_start(struct renewal *renewal, const struct renewal_work *work, int profile,
                  int64_t want_left_s, struct err *err) __attribute__((warn_unused_result));

/*
 * What has happened since; renewal->report then holds it. Call it when fd is readable or the
 * deadline is over, until it says NOTHING or ENDED. When the child ended without a word, FAILED or
 * FILE_FAILED comes before ENDED.
 */
enum renewal_event renewal_step(struct renewal *renewal);

#endif
