/* SPDX-License-Identifier: MIT */
/*
 * Who may talk to the endpoint at all: programs of this machine that speak to it directly. Web
 * pages (also those whose name was made to point here) and proxies may not, whatever they ask for.
 */
#ifndef SERVE_ACCESS_H
#define SERVE_ACCESS_H

#include <stdbool.h>

struct address;
struct server_request;

/* Whether a Host header names one of the addresses, or loopback with the port of one of them. Where
 * the server listens on all addresses of the machine, any numeric one will do: a web page that was
 * pointed here has a name. */
bool access_host_allowed(const char *host, const struct address *addresses, int count);

/* The header for which the request is refused, or NULL: what proxies and browsers add. */
const char *access_find_forwarded(const struct server_request *request);

#endif
