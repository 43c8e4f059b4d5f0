/* SPDX-License-Identifier: MIT */
#include "serve/renewal_run.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"

enum { SIGNAL_CHECK_MS = 100 };

int renewal_run(const struct renewal_work *work, int profile, struct renewal_report *report,
                struct err *err)
{
    struct renewal_work fetch_only = *work;
    struct renewal renewal;
    fetch_only.write = NULL;
    renewal_init(&renewal);
    if (renewal_start(&renewal, &fetch_only, profile, 0, err) != 0) {
        return -1;
    }
    enum renewal_event event = RENEWAL_NOTHING;
    while ((event = renewal_step(&renewal)) == RENEWAL_NOTHING) {
        struct pollfd pipe = {.fd = renewal.worker.fd, .events = POLLIN};
        poll(&pipe, 1, (int)clock_left_ms(renewal.worker.deadline_ms));
    }
    *report = renewal.report;
    *err = renewal.report.err;
    renewal_end(&renewal);
    return event == RENEWAL_FETCHED ? 0 : -1;
}

static int wait_for_child(struct renewal *renewal, const sigset_t *signals, struct err *err)
{
    static const struct timespec no_wait = {0};
    enum renewal_event event = RENEWAL_NOTHING;
    bool interrupted = false;
    while ((event = renewal_step(renewal)) == RENEWAL_NOTHING) {
        struct pollfd pipe = {.fd = renewal->worker.fd, .events = POLLIN};
        poll(&pipe, 1, SIGNAL_CHECK_MS);
        int caught = sigtimedwait(signals, NULL, &no_wait);
        interrupted = interrupted || caught > 0;
        if (caught == SIGTERM || caught == SIGHUP) {
            kill(renewal->worker.pid, SIGTERM);
        }
    }
    if (event == RENEWAL_FAILED) {
        *err = renewal->report.err;
        if (interrupted && err->kind != ERR_CANCELLED) { /* the child ended before it reported */
            err_set(err, ERR_CANCELLED, "interrupted by a signal");
        }
    }
    renewal_end(renewal);
    return event == RENEWAL_FAILED ? -1 : 0;
}

int renewal_run_in_terminal(const struct renewal_work *work, struct err *err)
{
    struct renewal renewal;
    sigset_t signals;
    sigset_t before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &before);
    renewal_init(&renewal);
    int result = renewal_start(&renewal, work, 0, 0, err) != 0
                     ? -1
                     : wait_for_child(&renewal, &signals, err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}
