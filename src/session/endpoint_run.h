/* SPDX-License-Identifier: MIT */
/* Runs the endpoint of a session in the foreground. */
#ifndef SESSION_ENDPOINT_RUN_H
#define SESSION_ENDPOINT_RUN_H

struct endpoint_session;
struct err;

/*
 * Listens, calls ready (may be NULL), gives up the capabilities that the options do not need, and
 * serves until SIGTERM or SIGINT; SIGHUP renews all credentials. 0, or -1 with err set.
 */
int endpoint_session_serve(struct endpoint_session *session,
                           int (*ready)(const struct endpoint_session *session, struct err *err),
                           struct err *err) __attribute__((warn_unused_result));

#endif
