/* SPDX-License-Identifier: MIT */
/*
 * Which requests the endpoint serves at all: those of programs that connect to it directly. It
 * refuses web pages, also those whose host name was made to resolve to this machine (DNS
 * rebinding), and proxies, with any credentials.
 */
#ifndef SERVE_ACCESS_H
#define SERVE_ACCESS_H

#include <stdbool.h>

struct address;
struct server_request;

/* Whether a Host header names one of the addresses, or loopback with the port of one of them. If
 * one of the addresses is 0.0.0.0 or [::], any numeric address with its port is good: a web page
 * has a host name. host may be NULL. */
bool access_host_allowed(const char *host, const struct address *addresses, int count);

/* The name of a header that a browser or a proxy has added, or NULL if there is none. */
const char *access_find_forwarded(const struct server_request *request);

#endif
