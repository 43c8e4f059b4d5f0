/* SPDX-License-Identifier: MIT */
/*
 * A child process that works for the endpoint and reports through a pipe. What it needs it inherits
 * from its parent's memory. A name server, proxy or server that hangs cannot block the endpoint,
 * and memory that the libraries leak is freed when the child exits. The process that serves never
 * uses curl, TLS or PSA: it forks, and mbedTLS must not be forked after PSA has been started (both
 * processes would draw the same random numbers).
 */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

struct worker {
    pid_t pid;           /* 0: no child, or it has been reaped */
    int fd;              /* the pipe from the child, or -1 */
    int64_t deadline_ms; /* base/clock.h */
    size_t got;          /* bytes of the present report that have been read */
};

enum worker_event {
    WORKER_NOTHING, /* no report yet */
    WORKER_REPORT,  /* a report is complete */
    WORKER_EXITED,  /* the child has closed the pipe */
    WORKER_LATE,    /* the deadline has passed */
};

void worker_init(struct worker *worker);

/* Starts a child that calls run(context, fd) and exits with 0. It sends reports with worker_send
 * and is killed when its parent ends. In the background it ignores SIGINT and SIGQUIT, which a
 * terminal sends to both; if the parent has them blocked, none ends the child before that. 0, or -1
 * with ERR_INTERNAL. */
int worker_start(struct worker *worker, void (*run)(const void *context, int fd),
                 const void *context, bool background, int64_t limit_ms, struct err *err)
    __attribute__((warn_unused_result));

/* Sets the deadline anew: limit_ms from now. */
void worker_extend(struct worker *worker, int64_t limit_ms);

/* In the child: sends size bytes to the parent. Exits if that fails. */
void worker_send(int fd, const void *report, size_t size);

/* Reads the rest of a report; all reports of a worker have the same size. Does not block. */
enum worker_event worker_read(struct worker *worker, void *report, size_t size);

/* Sends a signal to the child and closes the pipe. Does not wait; pid stays set for the loop that
 * reaps children. Accepts a worker that is not running. */
void worker_stop(struct worker *worker, int number);

/* Kills the child and waits until it has ended. */
void worker_end(struct worker *worker);

/* Notes that the child has been reaped. False if it is not this worker's. */
bool worker_reap(struct worker *worker, pid_t pid);

/* Whether the child has not been reaped, or its pipe is open. */
bool worker_is_running(const struct worker *worker);

#endif
