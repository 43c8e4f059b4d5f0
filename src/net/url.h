/* SPDX-License-Identifier: MIT */
/*
 * The address of a portal, checked and in one spelling. libcurl parses it, so that what is judged
 * here is what it will connect to.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include <stdbool.h>

struct err;

enum { URL_ORIGIN_SIZE = 300, URL_HOST_SIZE = 256 };

/* "https://portal.example.com" or with a port; never a slash at the end. */
struct url_origin {
    char origin[URL_ORIGIN_SIZE];
    char host[URL_HOST_SIZE]; /* lower case; IPv6 without brackets */
    char port[6];
    bool loopback; /* localhost, 127.0.0.0/8 or ::1 */
};

/*
 * Parses a URL, or a bare host name, which means https. Trailing slashes are dropped. A user name,
 * a path, a query, or a scheme other than https (http only on loopback) is ERR_USAGE with the
 * reason.
 */
int url_parse_origin(const char *text, struct url_origin *out, struct err *err)
    __attribute__((warn_unused_result));

#endif
