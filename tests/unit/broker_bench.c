/* SPDX-License-Identifier: MIT */
#include "broker_bench.h"

#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "sandbox.h"

static int64_t now_s;

void bench_advance(int64_t seconds)
{
    now_s += seconds;
}

int64_t bench_now(void)
{
    return now_s;
}

static int find_tenant(void *context, const struct scope *scope, char id[PORTAL_ID_SIZE],
                       int64_t deadline_ms, struct err *err)
{
    struct bench_portal *portal = context;
    id[0] = '\0';
    if (scope->kind != SCOPE_TENANT_NAME) { /* no call */
        snprintf(id, PORTAL_ID_SIZE, "%.63s", scope->tenant);
        return 0;
    }
    portal->finds++;
    portal->last_left_ms = clock_left_ms(deadline_ms);
    if (portal->find_fails != ERR_NONE) {
        return err_set(err, portal->find_fails, "the list fails");
    }
    snprintf(id, PORTAL_ID_SIZE, "%s",
             strcmp(scope->tenant, "dev01") == 0 ? portal->dev01 : "id-of-dev02");
    return 0;
}

/* The access key names the scope, the tenant ID and the number of the call. */
int bench_fetch(void *context, const struct scope *scope, const char *tenant_id,
                const struct issued *issued, int64_t deadline_ms, struct err *err)
{
    struct aws_credentials *creds = issued->aws;
    enum scope_kind kind = scope->kind;
    struct bench_portal *portal = context;
    portal->fetches++;
    portal->last_left_ms = clock_left_ms(deadline_ms);
    snprintf(portal->last_id, sizeof(portal->last_id), "%s", tenant_id);
    bool old = kind == SCOPE_TENANT_NAME && strcmp(tenant_id, portal->dev01) != 0 &&
               strcmp(tenant_id, "id-of-dev02") != 0;
    enum err_kind fails = old ? portal->old_fails : portal->fetch_fails;
    if (fails != ERR_NONE) {
        issued_wipe(issued);
        return err_set(err, fails, "the portal fails");
    }
    *creds = (struct aws_credentials){.secret_access_key = "s", .session_token = "t"};
    snprintf(creds->access_key_id, sizeof(creds->access_key_id), "ASIA-%d-%s-%d", (int)kind,
             tenant_id, portal->fetches);
    creds->lifetime_s = portal->lifetime_s;
    creds->sent_ms = clock_boot_ms() - portal->sent_ms_ago;
    creds->expiration_s = now_s + portal->lifetime_s;
    if (issued->link != NULL) {
        issued->link->obtained_s = now_s;
        snprintf(issued->link->url, sizeof(issued->link->url), "https://console/%d",
                 portal->fetches);
    }
    return 0;
}

void bench_set_token(struct bench *bench, const char *token)
{
    struct err err;
    identity_done(bench->broker.identity);
    assert_int_equal(given_token_load(&bench->user, IDENTITY_ARGUMENT, token, &err), 0);
    bench->broker.identity = &bench->user.identity;
}

void bench_start(struct bench *bench)
{
    struct err err = {0};
    int removed = 0;
    now_s = BENCH_START_S;
    *bench = (struct bench){0};
    bench->portal = (struct bench_portal){.dev01 = "id-of-dev01", .lifetime_s = BENCH_LIFETIME_S};
    row_int(err.text, cache_clear(sandbox_path("cache"), &removed, &err), 0);
    row_int(err.text, cache_open(&bench->cache, sandbox_path("cache"), &err), 0);
    bench->broker = (struct broker){
        .cache = &bench->cache,
        .source = {&bench->portal, find_tenant, bench_fetch},
        .portal = "https://portal.example.com",
        .timeout_ms = 20000,
        .lock_hint = "what to do",
        .now_s = bench_now,
    };
    bench_set_token(bench, "CANARY-token");
}

const struct scope bench_dev01 = {.kind = SCOPE_TENANT_NAME, .tenant = "dev01"};
const struct scope bench_dev02 = {.kind = SCOPE_TENANT_NAME, .tenant = "dev02"};

const char *bench_get(struct bench *bench, const struct scope *scope)
{
    static char key[AWS_ACCESS_KEY_SIZE];
    static const char *const kinds[] = {
        [ERR_INTERNAL] = "internal",       [ERR_USAGE] = "usage",
        [ERR_REFUSED] = "refused",         [ERR_REJECTED] = "not found",
        [ERR_UNAVAILABLE] = "unavailable", [ERR_FILE] = "file",
        [ERR_CANCELLED] = "cancelled",
    };
    struct aws_credentials creds;
    const struct issued issued = {.aws = &creds, .link = bench->link};
    struct err err = {0};
    if (broker_get(&bench->broker, scope, &issued, &bench->left_s, &err) != 0) {
        return kinds[err.kind];
    }
    memcpy(key, creds.access_key_id, sizeof(key));
    return key;
}

void bench_identify(struct bench *bench, const struct scope *scope, struct cache_id *id)
{
    char key[SCOPE_KEY_SIZE];
    struct identity_key user;
    struct err err;
    scope_key(scope, key);
    assert_true(identity_cache_key(bench->broker.identity, &user));
    const char *const parts[] = {"credentials", bench->broker.portal, user.kind, user.value, key};
    assert_int_equal(cache_identify(&bench->cache, parts, ROWS(parts), id, &err), 0);
}

void bench_expect_calls(const struct bench *bench, int finds, int fetches)
{
    assert_int_equal(bench->portal.finds, finds);
    assert_int_equal(bench->portal.fetches, fetches);
}
