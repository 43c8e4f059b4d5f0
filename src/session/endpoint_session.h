/* SPDX-License-Identifier: MIT */
/*
 * A session that feeds an endpoint (serve/endpoint.h): reads from the options which profiles to
 * serve and where to listen, and gets the credentials of each renewal.
 */
#ifndef SESSION_ENDPOINT_SESSION_H
#define SESSION_ENDPOINT_SESSION_H

#include "base/fs.h"
#include "net/address.h"
#include "serve/endpoint.h"
#include "serve/profile_list.h"
#include "session/session.h"

enum { ENDPOINT_SESSION_ADDRESSES_MAX = 8 };

struct endpoint_session {
    struct session session;
    struct profile_list profiles;
    struct address addresses[ENDPOINT_SESSION_ADDRESSES_MAX];
    const char *file; /* that renewals write to, or NULL */
    struct fs_attributes file_attributes;
    struct endpoint_config config; /* profiles, addresses and work are set */
};

/*
 * Reads the options and the token, and checks them without calling the portal. With --interactive
 * and no token, the user logs in here; renewals use the saved login and never ask. defaults are the
 * addresses to listen on if no option names one; they end with a NULL. NULL with err set.
 */
struct endpoint_session *endpoint_session_new(const struct args *args, const char *const *defaults,
                                              struct err *err);

/* Removes the temporary files and locks that killed renewals have left. Accepts NULL. */
void endpoint_session_free(struct endpoint_session *endpoint);

/* Each renewal also writes to this credentials file, with endpoint->file_attributes. */
void endpoint_session_set_file(struct endpoint_session *endpoint, const char *file);

/* Gets credentials of the first profile; waits as long as --timeout and --wait allow. The caller
 * wipes first->creds. */
int endpoint_session_fetch_first(struct endpoint_session *endpoint, struct renewal_report *first,
                                 struct err *err) __attribute__((warn_unused_result));

#endif
