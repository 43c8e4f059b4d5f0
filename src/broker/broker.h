/* SPDX-License-Identifier: MIT */
/*
 * Gets credentials once, safely: from the cache, else from the portal, for every command and
 * server. Credentials are those of AWS, or access to a Kubernetes cluster, as the scope says.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include <stdint.h>

#include "portal/issued.h"
#include "portal/portal.h"
#include "portal/scope.h"

struct cache;
struct err;
struct identity;

/* The calls of the portal. They may take until deadline_ms (base/clock.h), and return errors as
 * portal/portal.h says. */
struct broker_source {
    void *context;
    int (*find_tenant)(void *context, const struct scope *scope, char id[PORTAL_ID_SIZE],
                       int64_t deadline_ms, struct err *err);
    int (*fetch)(void *context, const struct scope *scope, const char *tenant_id,
                 const struct issued *issued, int64_t deadline_ms, struct err *err);
};

enum {
    /* How long a refresh may take while valid credentials are at hand; deployed Rust SDKs kill a
     * credential_process after 5 s. */
    BROKER_REFRESH_MS = 3000,
};

struct broker {
    const struct cache *cache; /* NULL: no cache */
    struct broker_source source;
    const char *portal; /* its origin */
    struct identity *identity;
    int64_t timeout_ms; /* for the calls of one attempt; the time of a person does not count */
    /* Credentials with this many seconds left or fewer are not returned: for a caller that has
     * credentials already and needs longer ones. 0: any valid ones. */
    int64_t want_left_s;
    const char *lock_hint;  /* for messages: what to do while another process has the lock */
    int64_t (*now_s)(void); /* clock_wall_s, or a test's */
};

/*
 * Fresh credentials from the cache without any network, else new ones from the portal. If several
 * processes need the same ones at once, one asks the portal and the others get its result.
 * Credentials that are stale but still valid are returned if the portal is unavailable, after
 * BROKER_REFRESH_MS at most; err is then the portal's. The identity is opened before the lock of
 * the entry is held, because a person may be asked, and renewed once if the portal refuses it. A
 * console link that is wanted is at most CONSOLE_LINK_MAX_AGE_S old, or empty if the portal is
 * unavailable or sends none. *left_s, if not NULL, is how many seconds the credentials have left.
 */
int broker_get(const struct broker *broker, const struct scope *scope, const struct issued *issued,
               int64_t *left_s, struct err *err) __attribute__((warn_unused_result));

/* Removes the cache entry: the next broker_get asks the portal. */
void broker_forget(const struct broker *broker, const struct scope *scope);

#endif
