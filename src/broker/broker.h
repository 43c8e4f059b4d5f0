/* SPDX-License-Identifier: MIT */
/*
 * "Get it once, safely": the one way to credentials. Every command and server asks here; nobody
 * else reads the cache or asks the portal for keys. Where the credentials go is not its business.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include <stdint.h>

#include "portal/scope.h"

struct aws_credentials;
struct cache;
struct err;

/* The portal, seen from here; tests pass their own. Both may take until deadline_ms
 * (base/clock.h), and return errors as portal/portal.h says. */
struct broker_source {
    void *context;
    int (*find_tenant)(void *context, const char *name, char *id, int64_t deadline_ms,
                       struct err *err); /* id: CACHE_TENANT_ID_SIZE bytes */
    int (*fetch)(void *context, enum scope_kind kind, const char *tenant_id,
                 struct aws_credentials *creds, int64_t deadline_ms, struct err *err);
};

enum {
    /* With valid credentials at hand nobody should wait longer; deployed Rust SDKs kill a
     * credential_process after 5 s. */
    BROKER_REFRESH_MS = 3000,
};

struct broker {
    struct cache *cache; /* NULL: neither read nor written */
    struct broker_source source;
    const char *portal; /* origin and token make the identity of an entry */
    const char *token;
    /* Nothing is handed out that has so many seconds left or fewer: for who has credentials and
     * wants better ones. 0: anything valid is good enough. */
    int64_t want_left_s;
    int64_t *left_s;        /* NULL, or where to say how many seconds the credentials have left */
    int64_t timeout_ms;     /* how long a call may take: --timeout, or --wait */
    int64_t (*now_s)(void); /* clock_wall_s, or a test's */
};

/*
 * Fresh credentials from the cache without any network, or new ones from the portal. Of processes
 * that ask at once for the same, one asks the portal and the others take its answer. Credentials
 * that are stale but still valid are handed out when the portal is unavailable, which is found out
 * within 3 seconds then.
 */
int broker_get(const struct broker *broker, const struct scope *scope,
               struct aws_credentials *creds, struct err *err) __attribute__((warn_unused_result));

enum broker_state {
    BROKER_NOTHING,
    BROKER_USABLE, /* stale, but valid: creds is filled */
    BROKER_FRESH,  /* creds is filled */
};

/* What the cache has, without asking anybody. */
enum broker_state broker_look(const struct broker *broker, const struct scope *scope,
                              struct aws_credentials *creds);

#endif
