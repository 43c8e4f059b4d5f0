/* SPDX-License-Identifier: MIT */
/*
 * Links that sign a browser in to the AWS console: whether one leads to AWS, and one that ends
 * elsewhere in the console. Pure; `duplojit web` uses it. A link is a secret: no message holds it.
 */
#ifndef AWS_CONSOLE_LINK_H
#define AWS_CONSOLE_LINK_H

#include <stdbool.h>

struct buf;
struct err;

enum { CONSOLE_LINK_MAX = 16 << 10 };

/* Where a link shall end: NULL or "" is where it does. */
struct console_request {
    const char *destination; /* a service ("s3"), a path ("/ec2/home"), or a console's address */
    const char *region;
    bool logout_first; /* by way of AWS's sign-out */
};

/* https, on a sign-in or console host of AWS in any partition, exactly or below it, without a port
 * or a user name. ERR_UNAVAILABLE with the host where it is not: that is what the portal said. */
int console_link_check(const char *link, struct err *err) __attribute__((warn_unused_result));

/* Appends the link to out, changed as wished. ERR_USAGE for a destination that is none, or a link
 * that cannot be changed. The link must have passed console_link_check. */
int console_link_build(const char *link, const struct console_request *request, struct buf *out,
                       struct err *err) __attribute__((warn_unused_result));

#endif
