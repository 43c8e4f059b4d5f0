/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a person in a browser: a listener on loopback, the browser, what is said about it in
 * the terminal, the time limit and Ctrl-C. The login and `duplojit web` use it; what requests mean
 * is theirs.
 */
#ifndef LOGIN_BROWSER_WAIT_H
#define LOGIN_BROWSER_WAIT_H

#include <stdbool.h>

#include "cli/args.h"
#include "net/server.h"

struct err;
struct terminal;

enum { BROWSER_WAIT_PURPOSE_SIZE = 400 };

/* The options of every command that may need a person, for its option list. */
#define BROWSER_WAIT_OPTIONS OPTION_BROWSER, OPTION_PORT, OPTION_LOGIN_TIMEOUT

struct browser_wait {
    const struct args *args;
    const char *purpose; /* "to log in to https://..." */
    const char *instead; /* what else to do without a browser here; NULL: nothing */
    void *context;
    enum server_verdict (*handle)(void *context, const struct server_request *request,
                                  struct server_response *response);
    /* A line that was pasted; NULL: nothing can be. */
    void (*paste)(void *context, const char *line);
    size_t body_max;
    bool done; /* handle or paste sets it */

    struct server *server;
    struct terminal *terminal; /* while it waits */
    int port;
    int64_t timeout_ms;
    bool insists; /* what is told goes to the terminal as well */
};

/* How long a person has, by the options. */
int browser_wait_timeout_ms(const struct args *args, int64_t *timeout_ms, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the options about it are good, before anybody is asked for anything. */
int browser_wait_check(const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

/* Listens, on 127.0.0.1 and, where the machine has it, ::1, and fills in port. Release with
 * visit_close in any case. */
int browser_wait_open(struct browser_wait *waiting, struct err *err)
    __attribute__((warn_unused_result));
void browser_wait_close(struct browser_wait *waiting);

/* Tells the person something while it waits: on standard error, and on the terminal where a program
 * reads that and there is no browser to look at. */
void browser_wait_tell(const struct browser_wait *waiting, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Opens the browser on url, or says what to do, and waits until done. ERR_CANCELLED when the time
 * is over or a signal came. */
int browser_wait_run(struct browser_wait *waiting, const char *url, struct err *err)
    __attribute__((warn_unused_result));

#endif
