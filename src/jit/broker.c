/* SPDX-License-Identifier: MIT */
#include "jit/broker.h"

#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "jit/cache.h"

enum {
    /* Less is not worth handing out: the program has to make its request with it. */
    LEFT_LEAST_S = 30,
};

/* One call of broker_get. */
struct deal {
    const struct broker *broker;
    const struct scope *scope;
    struct cache_id id;
    struct cache_entry entry; /* what is known: from the cache, then from the portal */
    bool known;               /* entry came from the cache, maybe stale */
    int64_t deadline_ms;
    int64_t left_s; /* of what was handed out */
};

static bool is_usable(const struct deal *deal)
{
    int64_t least_s = deal->entry.creds.lifetime_s / 10;
    least_s = least_s < LEFT_LEAST_S ? least_s : LEFT_LEAST_S;
    least_s = deal->broker->want_left_s > least_s ? deal->broker->want_left_s : least_s;
    return deal->known && cache_left_s(&deal->entry, deal->broker->now_s()) > least_s;
}

/* Looks into the cache; true when what lies there is fresh. The name of an entry says whose it is,
 * and what is in it must say the same. */
static bool look(struct deal *deal)
{
    const struct broker *broker = deal->broker;
    char scope[SCOPE_TEXT_SIZE];
    scope_describe(deal->scope, scope);
    deal->known = cache_read(broker->cache, &deal->id, &deal->entry) &&
                  strcmp(deal->entry.portal, broker->portal) == 0 &&
                  strcmp(deal->entry.scope, scope) == 0;
    int64_t now_s = broker->now_s();
    return deal->known && cache_is_fresh(&deal->entry, now_s) &&
           cache_left_s(&deal->entry, now_s) > broker->want_left_s;
}

static void hand_out_known(struct deal *deal, struct aws_credentials *creds)
{
    *creds = deal->entry.creds;
    deal->left_s = cache_left_s(&deal->entry, deal->broker->now_s());
}

/* The tenant's ID: given, remembered from the last time, or asked for. */
static int find_tenant(struct deal *deal, bool *remembered, struct err *err)
{
    const struct scope *scope = deal->scope;
    const struct broker_source *source = &deal->broker->source;
    char *id = deal->entry.tenant_id;
    *remembered = false;
    if (scope->kind == SCOPE_TENANT_ID) {
        return text_copy(id, sizeof(deal->entry.tenant_id), scope->tenant)
                   ? 0
                   : err_set(err, ERR_USAGE, "the tenant's ID is too long");
    }
    if (scope->kind != SCOPE_TENANT_NAME) {
        id[0] = '\0';
        return 0;
    }
    *remembered = deal->known && id[0] != '\0';
    return *remembered
               ? 0
               : source->find_tenant(source->context, scope->tenant, id, deal->deadline_ms, err);
}

static int fetch(struct deal *deal, struct aws_credentials *creds, struct err *err)
{
    const struct broker_source *source = &deal->broker->source;
    bool remembered = false;
    if (find_tenant(deal, &remembered, err) != 0) {
        return -1;
    }
    int result = source->fetch(source->context, deal->scope->kind, deal->entry.tenant_id, creds,
                               deal->deadline_ms, err);
    if (result != 0 && remembered && (err->kind == ERR_NOT_FOUND || err->kind == ERR_REFUSED)) {
        /* The tenant may have been deleted and made again under its name. */
        log_debug("the remembered tenant ID fails (%s): looking the name up again", err->text);
        deal->entry.tenant_id[0] = '\0';
        if (find_tenant(deal, &remembered, err) != 0) {
            return -1;
        }
        result = source->fetch(source->context, deal->scope->kind, deal->entry.tenant_id, creds,
                               deal->deadline_ms, err);
    }
    return result;
}

/* A cache that cannot be written is no reason to fail: there are credentials. */
static void keep(struct deal *deal, const struct aws_credentials *creds)
{
    const struct broker *broker = deal->broker;
    struct err err;
    deal->entry.creds = *creds;
    deal->entry.obtained_s = broker->now_s();
    scope_describe(deal->scope, deal->entry.scope);
    if (!text_copy(deal->entry.portal, sizeof(deal->entry.portal), broker->portal)) {
        return;
    }
    if (cache_write(broker->cache, &deal->id, &deal->entry, &err) != 0) {
        log_debug("not cached: %s", err.text);
    }
}

/* Asks the portal, with the lock held where there is one. */
static int renew(struct deal *deal, struct aws_credentials *creds, struct err *err)
{
    bool fallback = is_usable(deal);
    if (fallback) {
        int64_t soon_ms = clock_mono_ms() + BROKER_REFRESH_MS;
        deal->deadline_ms = soon_ms < deal->deadline_ms ? soon_ms : deal->deadline_ms;
    }
    if (fetch(deal, creds, err) == 0) {
        deal->left_s = creds->lifetime_s;
        if (deal->broker->cache != NULL) {
            keep(deal, creds);
        }
        return 0;
    }
    if (fallback && err->kind == ERR_UNAVAILABLE) {
        log_debug("handing out cached credentials that are still valid: %s", err->text);
        hand_out_known(deal, creds);
        return 0;
    }
    return -1;
}

static int get_cached(struct deal *deal, struct aws_credentials *creds, struct err *err)
{
    struct fs_lock lock = {.fd = -1};
    struct err locking;
    if (look(deal)) {
        hand_out_known(deal, creds);
        log_debug("from the cache, %lld s left", (long long)deal->left_s);
        return 0;
    }
    /* Another process renews already: with valid credentials there is no need to wait for it. */
    int64_t until_ms = is_usable(deal) ? clock_mono_ms() : deal->deadline_ms;
    if (cache_lock(deal->broker->cache, &deal->id, &lock, until_ms, &locking) != 0) {
        log_debug("%s", locking.text);
        if (is_usable(deal)) {
            hand_out_known(deal, creds);
            return 0;
        }
        if (locking.kind == ERR_UNAVAILABLE) {
            return err_set(err, ERR_UNAVAILABLE,
                           "%s; end that process, or go around it with --no-cache", locking.text);
        }
    } else if (look(deal)) {
        log_debug("from the cache, another process has renewed it");
        hand_out_known(deal, creds);
        fs_lock_release(&lock);
        return 0;
    }
    int result = renew(deal, creds, err);
    fs_lock_release(&lock);
    return result;
}

int broker_get(const struct broker *broker, const struct scope *scope,
               struct aws_credentials *creds, struct err *err)
{
    struct deal deal = {
        .broker = broker,
        .scope = scope,
        .deadline_ms = clock_mono_ms() + broker->patience_ms,
    };
    int result = -1;
    if (broker->cache == NULL) {
        result = renew(&deal, creds, err);
    } else if (cache_identify(broker->cache, broker->portal, broker->token, scope, &deal.id, err) ==
               0) {
        result = get_cached(&deal, creds, err);
    }
    if (result == 0 && broker->left_s != NULL) {
        *broker->left_s = deal.left_s;
    }
    aws_credentials_wipe(&deal.entry.creds);
    return result;
}

enum broker_state broker_look(const struct broker *broker, const struct scope *scope,
                              struct aws_credentials *creds)
{
    struct deal deal = {.broker = broker, .scope = scope};
    struct err ignored;
    enum broker_state state = BROKER_NOTHING;
    if (broker->cache != NULL && cache_identify(broker->cache, broker->portal, broker->token, scope,
                                                &deal.id, &ignored) == 0) {
        bool fresh = look(&deal);
        state = fresh ? BROKER_FRESH : is_usable(&deal) ? BROKER_USABLE : BROKER_NOTHING;
    }
    if (state != BROKER_NOTHING) {
        hand_out_known(&deal, creds);
        if (broker->left_s != NULL) {
            *broker->left_s = deal.left_s;
        }
    }
    aws_credentials_wipe(&deal.entry.creds);
    return state;
}
