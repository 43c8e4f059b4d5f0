/* SPDX-License-Identifier: MIT */
/* One renewal: gets credentials in a child process (serve/worker.h). */
#ifndef SERVE_RENEWAL_H
#define SERVE_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "serve/worker.h"

/* The work of a renewal; both functions run in the child. */
struct renewal_work {
    void *context;
    /* Gets credentials that are valid for more than want_left_s seconds, without a call of the
     * portal if that is negative; *left_s is how many
     * seconds they are valid. 0, or -1 with err set. */
    int (*fetch)(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                 int64_t *left_s, struct err *err);
    /* Writes the credentials to a file. 0, or -1 with err set. NULL: there is no file. */
    int (*write)(void *context, int profile, const struct aws_credentials *creds, struct err *err);
    int64_t limit_ms; /* the child is killed after this time */
    bool background;  /* the child ignores Ctrl-C, see worker_start */
};

enum renewal_event {
    RENEWAL_NOTHING, /* no news yet */
    RENEWAL_FETCHED, /* report.creds and report.left_s are set */
    RENEWAL_FAILED,  /* report.err says why */
    RENEWAL_FILE_WRITTEN,
    RENEWAL_FILE_FAILED, /* report.err says why */
    RENEWAL_ENDED,       /* the child has ended and its pipe is closed */
};

/* What the child sends through the pipe: FETCHED or FAILED; after FETCHED, if there is a file, also
 * FILE_WRITTEN or FILE_FAILED. */
struct renewal_report {
    enum renewal_event event;
    int64_t left_s;  /* from now on, after renewal_step */
    int64_t sent_ms; /* clock_boot_ms */
    struct err err;  /* pause_s counts after FETCHED, too: the credentials may be cached ones */
    struct aws_credentials creds;
};

struct renewal {
    struct worker worker;
    enum renewal_event
        due;       /* the failure to report if the child ends now; ENDED: all is reported */
    bool has_file; /* a report about the file follows FETCHED */
    struct renewal_report report;
};

void renewal_init(struct renewal *renewal);

/* Kills the child, closes the pipe and wipes the report's credentials. Does not wait for the child;
 * pid stays set for the loop that reaps children. Accepts a renewal that is not running. */
void renewal_done(struct renewal *renewal);

/* The same with another signal, for a child that must end its work in order. */
void renewal_stop(struct renewal *renewal, int number);

/* renewal_done, and waits until the child has ended. */
void renewal_end(struct renewal *renewal);

/* Whether the child has credentials and has not reported about the file yet. */
bool renewal_is_writing(const struct renewal *renewal);

/* Starts a child. 0, or -1 with ERR_INTERNAL. */
int renewal_start(struct renewal *renewal, const struct renewal_work *work, int profile,
                  int64_t want_left_s, struct err *err) __attribute__((warn_unused_result));

/*
 * The next event; renewal->report belongs to it. Does not block. Call it when worker.fd is readable
 * or the deadline has passed, until it returns NOTHING or ENDED. If the child ends without its
 * report or runs past the deadline, the event is FAILED or FILE_FAILED with ERR_UNAVAILABLE, then
 * ENDED.
 */
enum renewal_event renewal_step(struct renewal *renewal);

#endif
