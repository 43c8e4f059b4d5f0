/* SPDX-License-Identifier: MIT */
/*
 * Who the session's user is, as far as this machine can tell: the token, the login, what is cached.
 * A section of `duplojit status`; it asks the portal nothing.
 */
#ifndef CMD_STATUS_ACCOUNT_H
#define CMD_STATUS_ACCOUNT_H

struct buf;
struct err;
struct portal_features;
struct session;

/* Adds lines of "label          words"; what the token says is made fit for a terminal. */
int account_add(const struct session *session, const struct portal_features *features,
                struct buf *out, struct err *err) __attribute__((warn_unused_result));

#endif
