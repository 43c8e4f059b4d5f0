/* SPDX-License-Identifier: MIT */
/*
 * What this machine and the portal's features report about the session's user: the token, the MFA
 * requirement and the cached credentials. A part of `duplojit status`; it does not call the portal.
 */
#ifndef CMD_STATUS_ACCOUNT_H
#define CMD_STATUS_ACCOUNT_H

struct err;
struct json_writer;
struct portal_features;
struct session;
struct table;

/* Adds lines to a table of two columns. 0, or -1 with ERR_FILE if the cache cannot be listed. */
int account_add(const struct session *session, const struct portal_features *features,
                struct table *lines, struct err *err) __attribute__((warn_unused_result));

/* Writes the same as members of an object. */
int account_write(const struct session *session, const struct portal_features *features,
                  struct json_writer *json, struct err *err) __attribute__((warn_unused_result));

#endif
