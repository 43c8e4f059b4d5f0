/* SPDX-License-Identifier: MIT */
#include "serve/renewal.h"

#include <signal.h>

#include "base/clock.h"

enum { MS_PER_S = 1000 };

void renewal_init(struct renewal *renewal)
{
    *renewal = (struct renewal){.worker.fd = -1};
}

void renewal_stop(struct renewal *renewal, int number)
{
    worker_stop(&renewal->worker, number);
    aws_credentials_wipe(&renewal->report.creds);
}

void renewal_done(struct renewal *renewal)
{
    renewal_stop(renewal, SIGKILL);
}

void renewal_end(struct renewal *renewal)
{
    worker_end(&renewal->worker);
    aws_credentials_wipe(&renewal->report.creds);
}

/* What the child inherits. */
struct job {
    const struct renewal_work *work;
    int profile;
    int64_t want_left_s;
};

/* In the child. */
static void run(const void *context, int fd)
{
    const struct job *job = context;
    const struct renewal_work *work = job->work;
    struct renewal_report report = {.event = RENEWAL_FETCHED};
    if (work->fetch(work->context, job->profile, job->want_left_s, &report.creds, &report.left_s,
                    &report.err) != 0) {
        report.event = RENEWAL_FAILED;
    }
    report.sent_ms = clock_boot_ms();
    worker_send(fd, &report, sizeof(report));
    if (report.event == RENEWAL_FETCHED && work->write != NULL) {
        int failed = work->write(work->context, job->profile, &report.creds, &report.err);
        report.event = failed ? RENEWAL_FILE_FAILED : RENEWAL_FILE_WRITTEN;
        worker_send(fd, &report, sizeof(report));
    }
    aws_credentials_wipe(&report.creds);
}

int renewal_start(struct renewal *renewal, const struct renewal_work *work, int profile,
                  int64_t want_left_s, struct err *err)
{
    const struct job job = {work, profile, want_left_s};
    if (worker_start(&renewal->worker, run, &job, work->background, work->limit_ms, err) != 0) {
        return -1;
    }
    renewal->due = RENEWAL_FAILED;
    renewal->has_file = work->write != NULL;
    return 0;
}

bool renewal_is_writing(const struct renewal *renewal)
{
    return renewal->worker.fd >= 0 && renewal->due == RENEWAL_FILE_FAILED;
}

/* The child has ended or is out of time: first the failure that is due, if any, then ENDED. */
static enum renewal_event finish(struct renewal *renewal, const char *why)
{
    enum renewal_event event = renewal->due;
    if (event == RENEWAL_ENDED) {
        renewal_done(renewal);
    } else {
        renewal->due = RENEWAL_ENDED;
        err_set(&renewal->report.err, ERR_UNAVAILABLE, "the renewal %s", why);
    }
    return event;
}

enum renewal_event renewal_step(struct renewal *renewal)
{
    struct renewal_report *report = &renewal->report;
    switch (worker_read(&renewal->worker, report, sizeof(*report))) {
    case WORKER_NOTHING:
        return RENEWAL_NOTHING;
    case WORKER_EXITED:
        return finish(renewal, "ended unexpectedly");
    case WORKER_LATE:
        return finish(renewal, "took too long and was stopped");
    case WORKER_REPORT:
        break;
    }
    /* A process that was stopped reads late. */
    report->left_s -= (clock_boot_ms() - report->sent_ms) / MS_PER_S;
    bool more = report->event == RENEWAL_FETCHED && renewal->has_file;
    renewal->due = more ? RENEWAL_FILE_FAILED : RENEWAL_ENDED;
    return report->event;
}
