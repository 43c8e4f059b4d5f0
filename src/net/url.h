/* SPDX-License-Identifier: MIT */
/*
 * The URL of a portal, checked and normalized. The usual form, [https://]NAME[:PORT][/], is parsed
 * here, everything else by libcurl: it makes the connection, too, so the host that was checked is
 * the host that it connects to.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include <stdbool.h>

struct err;

enum { URL_ORIGIN_SIZE = 300, URL_HOST_SIZE = 256 };

struct url_origin {
    char origin[URL_ORIGIN_SIZE]; /* "https://portal.example.com:8443"; no port if standard */
    char host[URL_HOST_SIZE];     /* lower case; IPv6 without brackets */
    char port[6];                 /* always set, without leading zeros */
    bool loopback;                /* localhost, 127.0.0.0/8 or ::1 */
};

/*
 * Parses a URL, or a bare host name, which means https. Trailing slashes are dropped. A user name,
 * a path, a query, a host that libcurl reads differently the second time, or a scheme other than
 * https (http only on loopback) is ERR_USAGE with the reason.
 */
int url_parse_origin(const char *text, struct url_origin *out, struct err *err)
    __attribute__((warn_unused_result));

#endif
