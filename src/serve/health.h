/* SPDX-License-Identifier: MIT */
/* Asks an endpoint on this machine for its health, without TLS, name server or token. */
#ifndef SERVE_HEALTH_H
#define SERVE_HEALTH_H

struct err;

/* The readiness of an endpoint on the default port. */
#define HEALTH_DEFAULT_URL "http://127.0.0.1:9911/readyz"

/* 0 if a GET of url is answered with status 200 within two seconds. url is
 * http://ADDRESS:PORT/PATH with a loopback address or one of
 * address_is_agent, else ERR_USAGE. Any other answer, or none, is
 * ERR_UNAVAILABLE; the message has the first line of the body. */
int health_check(const char *url, struct err *err) __attribute__((warn_unused_result));

#endif
