/* SPDX-License-Identifier: MIT */
/*
 * A cache entry as text: JSON, so that a person can look. Only broker/cache.c writes and reads
 * files with it; the fuzzers call it on its own.
 */
#ifndef BROKER_CACHE_ENTRY_H
#define BROKER_CACHE_ENTRY_H

#include <stddef.h>

struct buf;
struct cache_entry;
struct err;

enum { CACHE_ENTRY_MAX = 16 << 10 }; /* bytes of a file */

/* -1 for anything that cache_entry_format did not write. */
int cache_entry_parse(const char *text, size_t len, struct cache_entry *entry, struct err *err)
    __attribute__((warn_unused_result));

void cache_entry_format(struct buf *out, const struct cache_entry *entry);

#endif
