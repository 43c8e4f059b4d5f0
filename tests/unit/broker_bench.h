/* SPDX-License-Identifier: MIT */
/* A broker with a cache in the sandbox, a portal that counts its calls, and a clock that stands
 * still. */
#ifndef UNIT_BROKER_BENCH_H
#define UNIT_BROKER_BENCH_H

#include <stdint.h>

#include "base/err.h"
#include "broker/broker.h"
#include "broker/cache.h"
#include "broker/identity.h"

enum { BENCH_LIFETIME_S = 3600, BENCH_START_S = 1000000 };

/* Two tenants, dev01 and dev02. */
struct bench_portal {
    int finds;
    int fetches;
    const char *dev01; /* the present ID of the name */
    enum err_kind find_fails;
    enum err_kind fetch_fails;
    enum err_kind old_fails; /* for any ID but the present ones */
    int64_t lifetime_s;
    int64_t sent_ms_ago;  /* when the request of a fetch was sent */
    int64_t last_left_ms; /* the time that the last call had */
    char last_id[PORTAL_ID_SIZE];
};

struct bench {
    struct bench_portal portal;
    struct cache cache;
    struct given_token user;
    struct broker broker;
    struct console_link *link; /* NULL: none is wanted */
    int64_t left_s;            /* of the last credentials */
};

extern const struct scope bench_dev01;
extern const struct scope bench_dev02;

/* Starts with the token of a user, an empty cache, and the clock at BENCH_START_S. */
void bench_start(struct bench *bench);

/* Moves the clock. */
void bench_advance(int64_t seconds);
int64_t bench_now(void);

void bench_set_token(struct bench *bench, const char *token);

/* The access key of the credentials, which names the scope's kind, the tenant ID and the number of
 * the call; or "refused" etc. */
const char *bench_get(struct bench *bench, const struct scope *scope);

/* The name of a scope's cache entry for the present user. */
void bench_identify(struct bench *bench, const struct scope *scope, struct cache_id *id);

void bench_expect_calls(const struct bench *bench, int finds, int fetches);

/* What the broker's fetch does; context is a struct bench_portal. */
int bench_fetch(void *context, const struct scope *scope, const char *tenant_id,
                const struct issued *issued, int64_t deadline_ms, struct err *err);

#endif
