/* SPDX-License-Identifier: MIT */
/* What a user can do after an error of the network or the portal: the ends of their messages, which
 * name options and commands. */
#ifndef SESSION_HINTS_H
#define SESSION_HINTS_H

#include "net/http_hints.h"
#include "portal/connection.h"

struct args;

/* http and portal point into host and resolve: it must not be copied. */
struct hints {
    struct http_hints http;
    struct portal_hints portal;
    char host[64];
    char resolve[128];
};

/* Names --host, --api-host or the variable that gave the portal's address. */
void hints_fill(struct hints *hints, const struct args *args);

#endif
