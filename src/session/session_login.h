/* SPDX-License-Identifier: MIT */
/*
 * A session whose token comes from a person: --interactive. Only session.c and the commands about
 * logins include it; what is kept of a login is login/saved_login.h's business.
 */
#ifndef SESSION_SESSION_LOGIN_H
#define SESSION_SESSION_LOGIN_H

#include <stdbool.h>

#include "login/saved_login.h"

struct err;
struct session;

/* "interactive " and a seat. No token has a blank, so it is nobody's. */
enum { SESSION_KEY_SIZE = LOGIN_CACHE_OWNER_ID_SIZE + 16 };

/* Reads what is kept of an earlier login, and asks nothing. */
void session_login_open(struct session *session);

/* A token that the portal takes, from an earlier login or from the person; once per process unless
 * renew. */
int session_log_in(struct session *session, bool renew, struct err *err)
    __attribute__((warn_unused_result));

/* After a refusal: whether a new login could help, because the portal takes the token no longer or
 * wants a new MFA code. */
bool session_login_is_stale(struct session *session);

/* What names this person's credentials in the cache; false where nobody has logged in yet. */
bool session_login_key(const struct session *session, char out[SESSION_KEY_SIZE]);

#endif
