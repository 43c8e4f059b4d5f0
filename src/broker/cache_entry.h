/* SPDX-License-Identifier: MIT */
/*
 * A cache entry, and its file's text: JSON, which a person can read.
 */
#ifndef BROKER_CACHE_ENTRY_H
#define BROKER_CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/url.h"
#include "portal/portal.h"
#include "portal/scope.h"

struct buf;
struct err;
struct issued;

enum { CACHE_ENTRY_MAX = 48 << 10 }; /* bytes of a file */

/* What is known about the credentials of an entry, apart from themselves. */
struct cache_entry {
    char portal[URL_ORIGIN_SIZE];
    char scope[SCOPE_KEY_SIZE];     /* see scope_key */
    char tenant_id[PORTAL_ID_SIZE]; /* "" for a scope without a tenant */
    int64_t obtained_s;             /* by this machine's clock */
    int64_t expiration_s;           /* by the portal's clock */
    int64_t lifetime_s;
};

/* Reads an entry, and its credentials into the members of issued that are not NULL; an entry
 * without a console link leaves an empty one. -1 for anything that cache_entry_format did not
 * write. */
int cache_entry_parse(const char *text, size_t len, struct cache_entry *entry,
                      const struct issued *issued, struct err *err)
    __attribute__((warn_unused_result));

void cache_entry_format(struct buf *out, const struct cache_entry *entry,
                        const struct issued *issued);

/*
 * Seconds that credentials have left at now_s of this machine's clock; 0 if they have expired, or
 * if the clock is at a time before they were obtained. Counted from then, not from the expiration:
 * a clock that is always wrong by the same time does no harm.
 */
int64_t cache_entry_left_s(const struct cache_entry *entry, int64_t now_s);

/* False for AWS credentials with less than 20 minutes left, for access to Kubernetes with less than
 * 5, and for either with less than half of a lifetime that is under twice that. SDKs refresh 15
 * minutes before the expiration and would ask again at once. */
bool cache_entry_is_fresh(const struct cache_entry *entry, int64_t now_s);

#endif
