/* SPDX-License-Identifier: MIT */
/*
 * Links that sign a browser in to the AWS console: checks that a link leads to AWS, and changes the
 * page that it opens. Pure. A link is a secret: no message quotes it.
 */
#ifndef AWS_CONSOLE_LINK_H
#define AWS_CONSOLE_LINK_H

#include <stdbool.h>

struct buf;
struct err;

enum { CONSOLE_LINK_MAX = 16 << 10 }; /* bytes of a link, with its NUL */

/* How to change a link. A destination or region of NULL or "" changes nothing. */
struct console_request {
    const char *destination; /* a service ("s3"), a path ("/ec2/home"), or a console URL */
    const char *region;      /* used with a service or path only */
    bool logout_first;       /* sign out of AWS before signing in */
};

/* Whether the link is an https URL without port and user name whose host is a sign-in or console
 * host of an AWS partition, or a subdomain of one. Returns 0, or -1 with ERR_UNAVAILABLE and the
 * host, because the link comes from the portal. */
int console_link_check(const char *link, struct err *err) __attribute__((warn_unused_result));

/* Appends the changed link to out. The link must have passed console_link_check. Returns 0, or -1:
 * ERR_USAGE for an invalid destination, or one that this link cannot open; ERR_INTERNAL if out is
 * full. */
int console_link_build(const char *link, const struct console_request *request, struct buf *out,
                       struct err *err) __attribute__((warn_unused_result));

#endif
