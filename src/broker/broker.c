/* SPDX-License-Identifier: MIT */
#include "broker/broker.h"

#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "broker/cache.h"

enum {
    /* Less is not worth handing out: the program has to make its request with it. */
    LEFT_LEAST_S = 30,
};

/* One call of broker_get. */
struct request {
    const struct broker *broker;
    const struct scope *scope;
    struct cache_id id;
    struct cache_entry entry; /* what is known: from the cache, then from the portal */
    bool known;               /* entry came from the cache, maybe stale */
    int64_t deadline_ms;
    int64_t left_s; /* of what was handed out */
};

static bool is_usable(const struct request *request)
{
    int64_t least_s = request->entry.creds.lifetime_s / 10;
    least_s = least_s < LEFT_LEAST_S ? least_s : LEFT_LEAST_S;
    least_s = request->broker->want_left_s > least_s ? request->broker->want_left_s : least_s;
    return request->known && cache_left_s(&request->entry, request->broker->now_s()) > least_s;
}

/* Looks into the cache; true when what lies there is fresh. The name of an entry says whose it is,
 * and what is in it must say the same. */
static bool look(struct request *request)
{
    const struct broker *broker = request->broker;
    char scope[SCOPE_TEXT_SIZE];
    scope_describe(request->scope, scope);
    request->known = cache_read(broker->cache, &request->id, &request->entry) &&
                     strcmp(request->entry.portal, broker->portal) == 0 &&
                     strcmp(request->entry.scope, scope) == 0;
    int64_t now_s = broker->now_s();
    return request->known && cache_is_fresh(&request->entry, now_s) &&
           cache_left_s(&request->entry, now_s) > broker->want_left_s;
}

static void hand_out_known(struct request *request, struct aws_credentials *creds)
{
    *creds = request->entry.creds;
    request->left_s = cache_left_s(&request->entry, request->broker->now_s());
}

/* The tenant's ID: given, remembered from the last time, or asked for. */
static int find_tenant(struct request *request, bool *remembered, struct err *err)
{
    const struct scope *scope = request->scope;
    const struct broker_source *source = &request->broker->source;
    char *id = request->entry.tenant_id;
    *remembered = false;
    if (scope->kind == SCOPE_TENANT_ID) {
        return text_copy(id, sizeof(request->entry.tenant_id), scope->tenant)
                   ? 0
                   : err_set(err, ERR_USAGE, "the tenant's ID is too long");
    }
    if (scope->kind != SCOPE_TENANT_NAME) {
        id[0] = '\0';
        return 0;
    }
    *remembered = request->known && id[0] != '\0';
    return *remembered
               ? 0
               : source->find_tenant(source->context, scope->tenant, id, request->deadline_ms, err);
}

static int fetch(struct request *request, struct aws_credentials *creds, struct err *err)
{
    const struct broker_source *source = &request->broker->source;
    bool remembered = false;
    if (find_tenant(request, &remembered, err) != 0) {
        return -1;
    }
    int result = source->fetch(source->context, request->scope->kind, request->entry.tenant_id,
                               creds, request->deadline_ms, err);
    if (result != 0 && remembered && (err->kind == ERR_REJECTED || err->kind == ERR_REFUSED)) {
        /* The tenant may have been deleted and made again under its name. */
        log_debug("the remembered tenant ID fails (%s): looking the name up again", err->text);
        request->entry.tenant_id[0] = '\0';
        if (find_tenant(request, &remembered, err) != 0) {
            return -1;
        }
        result = source->fetch(source->context, request->scope->kind, request->entry.tenant_id,
                               creds, request->deadline_ms, err);
    }
    return result;
}

/* A cache that cannot be written is no reason to fail: there are credentials. */
static void keep(struct request *request, const struct aws_credentials *creds)
{
    const struct broker *broker = request->broker;
    struct err err;
    request->entry.creds = *creds;
    request->entry.obtained_s = broker->now_s();
    scope_describe(request->scope, request->entry.scope);
    if (!text_copy(request->entry.portal, sizeof(request->entry.portal), broker->portal)) {
        return;
    }
    if (cache_write(broker->cache, &request->id, &request->entry, &err) != 0) {
        log_debug("not cached: %s", err.text);
    }
}

/* Asks the portal, with the lock held where there is one. */
static int renew(struct request *request, struct aws_credentials *creds, struct err *err)
{
    bool fallback = is_usable(request);
    if (fallback) {
        int64_t soon_ms = clock_mono_ms() + BROKER_REFRESH_MS;
        request->deadline_ms = soon_ms < request->deadline_ms ? soon_ms : request->deadline_ms;
    }
    if (fetch(request, creds, err) == 0) {
        request->left_s = creds->lifetime_s;
        if (request->broker->cache != NULL) {
            keep(request, creds);
        }
        return 0;
    }
    if (fallback && err->kind == ERR_UNAVAILABLE) {
        log_debug("handing out cached credentials that are still valid: %s", err->text);
        hand_out_known(request, creds);
        return 0;
    }
    return -1;
}

static int get_cached(struct request *request, struct aws_credentials *creds, struct err *err)
{
    struct fs_lock lock = {.fd = -1};
    struct err locking;
    if (look(request)) {
        hand_out_known(request, creds);
        log_debug("from the cache, %lld s left", (long long)request->left_s);
        return 0;
    }
    /* Another process renews already: with valid credentials there is no need to wait for it. */
    int64_t until_ms = is_usable(request) ? clock_mono_ms() : request->deadline_ms;
    if (cache_lock(request->broker->cache, &request->id, &lock, until_ms, &locking) != 0) {
        log_debug("%s", locking.text);
        if (is_usable(request)) {
            hand_out_known(request, creds);
            return 0;
        }
        if (locking.kind == ERR_UNAVAILABLE) {
            return err_set(err, ERR_UNAVAILABLE,
                           "%s; end that process, or go around it with --no-cache", locking.text);
        }
    } else if (look(request)) {
        log_debug("from the cache, another process has renewed it");
        hand_out_known(request, creds);
        fs_lock_release(&lock);
        return 0;
    }
    int result = renew(request, creds, err);
    fs_lock_release(&lock);
    return result;
}

int broker_get(const struct broker *broker, const struct scope *scope,
               struct aws_credentials *creds, struct err *err)
{
    struct request request = {
        .broker = broker,
        .scope = scope,
        .deadline_ms = clock_mono_ms() + broker->timeout_ms,
    };
    int result = -1;
    if (broker->cache == NULL) {
        result = renew(&request, creds, err);
    } else if (cache_identify(broker->cache, broker->portal, broker->token, scope, &request.id,
                              err) == 0) {
        result = get_cached(&request, creds, err);
    }
    if (result == 0 && broker->left_s != NULL) {
        *broker->left_s = request.left_s;
    }
    aws_credentials_wipe(&request.entry.creds);
    return result;
}

enum broker_state broker_look(const struct broker *broker, const struct scope *scope,
                              struct aws_credentials *creds)
{
    struct request request = {.broker = broker, .scope = scope};
    struct err ignored;
    enum broker_state state = BROKER_NOTHING;
    if (broker->cache != NULL && cache_identify(broker->cache, broker->portal, broker->token, scope,
                                                &request.id, &ignored) == 0) {
        bool fresh = look(&request);
        state = fresh ? BROKER_FRESH : is_usable(&request) ? BROKER_USABLE : BROKER_NOTHING;
    }
    if (state != BROKER_NOTHING) {
        hand_out_known(&request, creds);
        if (broker->left_s != NULL) {
            *broker->left_s = request.left_s;
        }
    }
    aws_credentials_wipe(&request.entry.creds);
    return state;
}
