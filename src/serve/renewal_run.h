/* SPDX-License-Identifier: MIT */
/* Runs one renewal's fetch (serve/renewal.h) and waits for it, without the endpoint's loop. */
#ifndef SERVE_RENEWAL_RUN_H
#define SERVE_RENEWAL_RUN_H

#include "serve/renewal.h"

/* Gets credentials for a profile, in a child process. 0: report holds them, and the caller wipes
 * report->creds. -1 with the error of fetch, or ERR_UNAVAILABLE after work->limit_ms. The file is
 * not written. */
int renewal_run(const struct renewal_work *work, int profile, struct renewal_report *report,
                struct err *err) __attribute__((warn_unused_result));

/*
 * Runs work->fetch in a child process that may use the terminal, and drops what it fetches. SIGINT,
 * SIGTERM and SIGHUP do not end this process meanwhile, because the child must restore the terminal
 * first. SIGTERM and SIGHUP are passed on as SIGTERM; Ctrl-C reaches the child directly. 0, or -1
 * with the error of fetch; ERR_CANCELLED if a signal came.
 */
int renewal_run_in_terminal(const struct renewal_work *work, struct err *err)
    __attribute__((warn_unused_result));

#endif
