/* SPDX-License-Identifier: MIT */
/*
 * A cache entry, and its file's text: JSON, which a person can read.
 */
#ifndef BROKER_CACHE_ENTRY_H
#define BROKER_CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "net/url.h"
#include "portal/portal.h"
#include "portal/scope.h"

struct buf;
struct err;

enum { CACHE_ENTRY_MAX = 16 << 10 }; /* bytes of a file */

struct cache_entry {
    char portal[URL_ORIGIN_SIZE];
    char scope[SCOPE_KEY_SIZE];     /* see scope_key */
    char tenant_id[PORTAL_ID_SIZE]; /* "" for a scope without a tenant */
    int64_t obtained_s;             /* by this machine's clock */
    struct aws_credentials creds;
};

/* -1 for anything that cache_entry_format did not write. */
int cache_entry_parse(const char *text, size_t len, struct cache_entry *entry, struct err *err)
    __attribute__((warn_unused_result));

void cache_entry_format(struct buf *out, const struct cache_entry *entry);

/*
 * Seconds that credentials have left at now_s of this machine's clock; 0 if they have expired, or
 * if the clock is at a time before they were obtained. Counted from then, not from the expiration:
 * a clock that is always wrong by the same time does no harm.
 */
int64_t cache_entry_left_s(const struct cache_entry *entry, int64_t now_s);

/* False for credentials with less than 20 minutes left, or less than half of a lifetime of under 40
 * minutes. SDKs refresh 15 minutes before the expiration and would ask again at once. */
bool cache_entry_is_fresh(const struct cache_entry *entry, int64_t now_s);

#endif
