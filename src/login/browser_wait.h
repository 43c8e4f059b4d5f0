/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a person in a browser: a listener on loopback, the browser, what the terminal shows,
 * the time limit and Ctrl-C. What the requests mean is up to the caller.
 */
#ifndef LOGIN_BROWSER_WAIT_H
#define LOGIN_BROWSER_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/server.h"

struct err;
struct terminal;

enum { BROWSER_WAIT_PURPOSE_SIZE = 400 };

/* What the user chose. */
struct browser_options {
    const char *command;        /* see login/browser.h; NULL: find a browser */
    const char *command_source; /* which option or variable gave the command, for messages */
    int port;                   /* 0: any free port */
    int64_t timeout_ms;
    const char *timeout_hint; /* what to do for a longer wait, for messages */
    const char *const *environment;
    /* Whether an entry of the environment holds a secret, which the browser must not get. */
    bool (*is_secret)(const char *entry);
    /* Called once, when no other program will be started; NULL: not wanted. */
    void (*settled)(void *context);
    void *settled_context;
};

struct browser_wait {
    const struct browser_options *options;
    const char *purpose; /* "to log in to https://..." */
    const char *instead; /* what else to do if no browser can be opened; NULL: nothing */
    void *context;
    enum server_verdict (*handle)(void *context, const struct server_request *request,
                                  struct server_response *response);
    /* Called with a line that was pasted; NULL: no line is read. */
    void (*paste)(void *context, const char *line);
    size_t body_max;
    bool done; /* handle or paste sets it */

    struct server *server;
    struct terminal *terminal; /* while it waits */
    int port;
    bool insists; /* messages go to the terminal as well */
    bool settled; /* no other program is started */
};

/* Listens on 127.0.0.1 and, if the machine has it, ::1, and fills in port. Release with
 * browser_wait_close in any case. */
int browser_wait_open(struct browser_wait *waiting, struct err *err)
    __attribute__((warn_unused_result));
void browser_wait_close(struct browser_wait *waiting);

/* Prints a message while it waits: to standard error, and also to the terminal if a program reads
 * standard error and no browser was opened. */
void browser_wait_tell(const struct browser_wait *waiting, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Around a call in handle or paste that may take long: signals end the process as by default, with
 * the terminal restored. */
void browser_wait_pause(struct browser_wait *waiting);
void browser_wait_resume(struct browser_wait *waiting);

/* Opens the browser on url, or prints what to do, and waits until done. ERR_CANCELLED after the
 * timeout or a signal. */
int browser_wait_run(struct browser_wait *waiting, const char *url, struct err *err)
    __attribute__((warn_unused_result));

#endif
