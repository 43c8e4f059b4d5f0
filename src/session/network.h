/* SPDX-License-Identifier: MIT */
/* The options about the connection to the portal, and the HTTP client that they describe. */
#ifndef SESSION_NETWORK_H
#define SESSION_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "session/hints.h"
#include "session/wait_line.h"

struct args;
struct err;
struct http;

/* It must not be copied. */
struct network {
    const struct args *args;
    struct hints hints;
    struct wait_line wait_line;
    bool quiet;      /* never show the wait line */
    bool unconfined; /* start without a sandbox: a program is started later, or it is entered */
    bool no_pauses;  /* a Retry-After is for the caller, in the error's pause_s */
    bool closed;     /* the client does not start: credentials come from the cache or not at all */
    bool late;       /* enter the sandbox with network_confine, after the last program */
    int64_t timeout_ms; /* of one call */
    int64_t wait_ms;    /* 0, or how long to wait for a portal that is down */
};

/* Reads the time limits. */
int network_read(struct network *network, const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

/* How long the calls of one attempt may take together. */
int64_t network_longest_ms(const struct network *network);

/* Checks the addresses that the options name for hosts. */
int network_check_resolve(const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

/* Whether an option or a variable names a CA file. */
bool network_has_ca_file(const struct network *network);

/* Whether the client would start, the CA file included; does not start it (see net/http.h). */
int network_check(const struct network *network, struct err *err)
    __attribute__((warn_unused_result));

/* Starts the client of a struct network. NULL with err set. */
struct http *network_start(void *network, struct err *err);

/* Enters the sandbox of a struct network if it is late. */
void network_confine(void *network);

#endif
