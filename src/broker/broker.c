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
#include "broker/identity.h"
#include "kube/kube_access.h"

enum {
    /* With less left, the program could not complete its own request. */
    LEFT_LEAST_S = 30,
    MS_PER_S = 1000,
};

/* One call of broker_get. */
struct request {
    const struct broker *broker;
    const struct scope *scope;
    const struct issued *issued;
    char key[SCOPE_KEY_SIZE]; /* of the scope */
    struct cache_id id;       /* "" without a cache, and while the user is not known */
    struct cache_entry entry; /* from the cache, then from the portal */
    bool cached;              /* entry came from the cache, maybe stale */
    int64_t deadline_ms;
    int64_t left_s; /* of the credentials that are returned */
};

/* The name of the request's entry. False without a cache, and while the user is not known. */
static bool identify(struct request *request)
{
    const struct broker *broker = request->broker;
    struct identity_key user;
    struct err ignored;
    request->id.name[0] = '\0';
    if (broker->cache == NULL || !identity_cache_key(broker->identity, &user)) {
        return false;
    }
    const char *const parts[] = {"credentials", broker->portal, user.kind, user.value,
                                 request->key};
    return cache_identify(broker->cache, parts, sizeof(parts) / sizeof(parts[0]), &request->id,
                          &ignored) == 0;
}

/* Whether the cached credentials are good enough to return while better ones cannot be had. */
static bool is_usable(const struct request *request)
{
    int64_t least_s = request->entry.lifetime_s / 10;
    least_s = least_s < LEFT_LEAST_S ? least_s : LEFT_LEAST_S;
    least_s = request->broker->want_left_s > least_s ? request->broker->want_left_s : least_s;
    return request->cached &&
           cache_entry_left_s(&request->entry, request->broker->now_s()) > least_s;
}

/* Whether the cached console link is good enough, if one is wanted. An old one is forgotten. */
static bool has_link(struct request *request, int64_t now_s)
{
    struct console_link *link = request->issued->link;
    if (link == NULL) {
        return true;
    }
    int64_t age_s = now_s - link->obtained_s;
    if (age_s < 0 || age_s > CONSOLE_LINK_MAX_AGE_S) {
        explicit_bzero(link, sizeof(*link));
    }
    return link->url[0] != '\0';
}

/* Reads the cache entry; true if it is fresh. An entry under another one's name (a file that was
 * copied or renamed) does not count. */
static bool look(struct request *request)
{
    const struct broker *broker = request->broker;
    request->cached = cache_read(broker->cache, &request->id, request->issued, &request->entry) &&
                      strcmp(request->entry.portal, broker->portal) == 0 &&
                      strcmp(request->entry.scope, request->key) == 0;
    int64_t now_s = broker->now_s();
    return request->cached && has_link(request, now_s) &&
           cache_entry_is_fresh(&request->entry, now_s) &&
           cache_entry_left_s(&request->entry, now_s) > broker->want_left_s;
}

/* What look has read is returned. */
static int return_cached(struct request *request)
{
    request->left_s = cache_entry_left_s(&request->entry, request->broker->now_s());
    return 0;
}

/* The tenant's ID: remembered from the last time, else found. */
static int find_tenant(struct request *request, bool *remembered, struct err *err)
{
    const struct broker_source *source = &request->broker->source;
    char *id = request->entry.tenant_id;
    *remembered = request->cached && id[0] != '\0';
    return *remembered ? 0
                       : source->find_tenant(source->context, request->scope, id,
                                             request->deadline_ms, err);
}

static int fetch(struct request *request, struct err *err)
{
    const struct broker_source *source = &request->broker->source;
    bool remembered = false;
    if (find_tenant(request, &remembered, err) != 0) {
        return -1;
    }
    int result = source->fetch(source->context, request->scope, request->entry.tenant_id,
                               request->issued, request->deadline_ms, err);
    if (result != 0 && remembered && request->scope->kind == SCOPE_TENANT_NAME &&
        (err->kind == ERR_REJECTED || err->kind == ERR_REFUSED)) {
        /* The tenant may have been deleted and created again under its name. */
        log_debug("the remembered tenant ID fails (%s): looking the name up again", err->text);
        request->entry.tenant_id[0] = '\0';
        if (find_tenant(request, &remembered, err) != 0) {
            return -1;
        }
        result = source->fetch(source->context, request->scope, request->entry.tenant_id,
                               request->issued, request->deadline_ms, err);
    }
    return result;
}

/* Of what the portal has issued: it did so after the request was sent, and the response may have
 * come slowly. */
static int64_t issued_age_s(const struct issued *issued)
{
    int64_t sent_ms = issued->kube != NULL ? issued->kube->sent_ms : issued->aws->sent_ms;
    return (clock_boot_ms() - sent_ms) / MS_PER_S;
}

/* A cache that cannot be written is not an error: the credentials are at hand. */
static void save(struct request *request)
{
    const struct broker *broker = request->broker;
    struct err err;
    request->entry.obtained_s = broker->now_s() - issued_age_s(request->issued);
    text_copy(request->entry.scope, sizeof(request->entry.scope), request->key);
    if (!text_copy(request->entry.portal, sizeof(request->entry.portal), broker->portal)) {
        return;
    }
    if (cache_write(broker->cache, &request->id, &request->entry, request->issued, &err) != 0) {
        log_debug("not cached: %s", err.text);
    }
}

static int64_t earlier_ms(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static void take_times(struct request *request)
{
    const struct issued *issued = request->issued;
    struct cache_entry *entry = &request->entry;
    entry->expiration_s =
        issued->kube != NULL ? issued->kube->expiration_s : issued->aws->expiration_s;
    entry->lifetime_s = issued->kube != NULL ? issued->kube->lifetime_s : issued->aws->lifetime_s;
}

/* Asks the portal, with the lock of the entry held if there is one. */
static int refresh(struct request *request, struct err *err)
{
    bool fallback = is_usable(request);
    if (fallback) {
        request->deadline_ms =
            earlier_ms(request->deadline_ms, clock_mono_ms() + BROKER_REFRESH_MS);
    }
    if (fetch(request, err) == 0) {
        take_times(request);
        if (request->id.name[0] != '\0') {
            save(request);
        }
        int64_t left_s = request->entry.lifetime_s - issued_age_s(request->issued);
        request->left_s = left_s > 0 ? left_s : 0;
        return 0;
    }
    if (!fallback || err->kind != ERR_UNAVAILABLE) {
        return -1;
    }
    /* The failed call has overwritten what was read. */
    look(request);
    if (!is_usable(request)) {
        return -1;
    }
    log_debug("using cached credentials that are still valid: %s", err->text);
    return return_cached(request);
}

/* With a cache entry that is not fresh, or no entry. */
static int refresh_once(struct request *request, struct err *err)
{
    struct fs_lock lock = {.fd = -1};
    struct err locking;
    /* If another process refreshes already, valid credentials are used without waiting for it. */
    int64_t until_ms = is_usable(request) ? clock_mono_ms() : request->deadline_ms;
    if (cache_lock(request->broker->cache, &request->id, &lock, until_ms, &locking) != 0) {
        log_debug("%s", locking.text);
        if (is_usable(request)) {
            return return_cached(request);
        }
        if (locking.kind == ERR_UNAVAILABLE) {
            return err_set(err, ERR_UNAVAILABLE, "%s; %s", locking.text,
                           request->broker->lock_hint);
        }
    } else if (look(request)) {
        log_debug("from the cache, refreshed by another process");
        fs_lock_release(&lock);
        return return_cached(request);
    }
    int result = refresh(request, err);
    fs_lock_release(&lock);
    return result;
}

/* One attempt with the identity open. It may be another user's than before it was opened. */
static int attempt(struct request *request, struct err *err)
{
    const struct cache_id before = request->id;
    request->deadline_ms = clock_mono_ms() + request->broker->timeout_ms;
    if (!identify(request)) {
        return refresh(request, err);
    }
    if (strcmp(before.name, request->id.name) != 0 && look(request)) {
        return return_cached(request);
    }
    return refresh_once(request, err);
}

static int get(struct request *request, struct err *err)
{
    struct identity *identity = request->broker->identity;
    if (identify(request) && look(request)) {
        return_cached(request);
        log_debug("from the cache, %lld s left", (long long)request->left_s);
        return 0;
    }
    bool usable = is_usable(request);
    int64_t deadline_ms = usable ? clock_mono_ms() + BROKER_REFRESH_MS : INT64_MAX;
    if (identity_open(identity, deadline_ms, err) != 0) {
        return usable && err->kind == ERR_UNAVAILABLE ? return_cached(request) : -1;
    }
    if (attempt(request, err) == 0) {
        return 0;
    }
    return identity_renew(identity, err) ? attempt(request, err) : -1;
}

static void init(struct request *request, const struct broker *broker, const struct scope *scope,
                 const struct issued *issued)
{
    *request = (struct request){.broker = broker, .scope = scope, .issued = issued};
    scope_key(scope, request->key);
}

int broker_get(const struct broker *broker, const struct scope *scope, const struct issued *issued,
               int64_t *left_s, struct err *err)
{
    struct request request;
    init(&request, broker, scope, issued);
    int result = get(&request, err);
    if (result == 0 && left_s != NULL) {
        *left_s = request.left_s;
    }
    if (result != 0) {
        issued_wipe(issued);
    }
    return result;
}

void broker_forget(const struct broker *broker, const struct scope *scope)
{
    struct request request;
    init(&request, broker, scope, NULL);
    if (identify(&request)) {
        cache_remove(broker->cache, &request.id);
    }
}
