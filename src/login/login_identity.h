/* SPDX-License-Identifier: MIT */
/*
 * A login through the browser as an identity (broker/identity.h): the saved login if the portal
 * accepts it, else a new one, if the person may be asked.
 */
#ifndef LOGIN_LOGIN_IDENTITY_H
#define LOGIN_LOGIN_IDENTITY_H

#include "broker/identity.h"
#include "login/browser_wait.h"
#include "login/saved_login.h"

struct cache;
struct err;
struct portal_client;
struct url_origin;

enum login_state {
    LOGIN_UNREAD,   /* the saved login has not been read */
    LOGIN_READ,     /* the portal has not been asked about it */
    LOGIN_ACCEPTED, /* the portal accepts the saved login */
    LOGIN_NEW,      /* a person has logged in since it was read */
};

struct login_identity {
    struct identity identity;
    enum login_state state;
    struct saved_login saved;
    const struct url_origin *portal; /* whose page asks */
    const struct cache *cache;       /* NULL: nothing is saved or shared */
    struct portal_client *client;
    struct browser_options browser;
    const char *missing_hint; /* what to do without a login, for messages */
    const char *given;        /* a token to use instead if the portal accepts it, or NULL */
};

/* Reads and asks nothing yet. The fields after saved are the caller's to fill. Release with
 * identity_done. */
void login_identity_init(struct login_identity *login, const struct url_origin *portal);

/* Asks the person in any case. An error if the portal rejects the new login or it cannot be saved.
 */
int login_identity_log_in(struct login_identity *login, struct err *err)
    __attribute__((warn_unused_result));

#endif
