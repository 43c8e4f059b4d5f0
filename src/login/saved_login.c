/* SPDX-License-Identifier: MIT */
#include "login/saved_login.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "broker/cache.h"

enum { WAIT_STEP_MS = 1000 };

static const char suffix[] = CACHE_LOGIN_SUFFIX;

void saved_login_init(struct saved_login *login, const char *portal, bool admin)
{
    *login = (struct saved_login){.admin = admin};
    text_copy(login->portal, sizeof(login->portal), portal);
    buf_init(&login->token, LOGIN_TOKEN_MAX);
}

void saved_login_done(struct saved_login *login)
{
    buf_done(&login->token);
    explicit_bzero(login->otp, sizeof(login->otp));
}

static int find_file(const struct cache *cache, const struct saved_login *login, char out[PATH_MAX],
                     struct err *err)
{
    const char *const parts[] = {"login", login->portal, login->admin ? "admin" : "user"};
    struct cache_id id;
    if (cache_identify(cache, parts, sizeof(parts) / sizeof(parts[0]), &id, err) != 0) {
        return -1;
    }
    int len = snprintf(out, PATH_MAX, "%s/%s%s", cache->dir, id.name, suffix);
    return len > 0 && len < PATH_MAX
               ? 0
               : err_set(err, ERR_FILE, "path too long: %.80s...", cache->dir);
}

/* False if there is no file, or none that is complete, private, and owned by this user. */
static bool read_file(const char *path, struct saved_login *login)
{
    struct buf text;
    struct err ignored;
    bool found = false;
    buf_init(&text, SAVED_LOGIN_FILE_MAX);
    bool good = fs_read_private(path, &text, &found, &ignored) == 0 && found &&
                saved_login_parse(buf_str(&text), text.len, login, &ignored) == 0;
    buf_done(&text);
    return good;
}

/* A file under another one's name (copied or renamed) does not count. */
static void read_again(const char *path, struct saved_login *login)
{
    struct saved_login fresh;
    saved_login_init(&fresh, login->portal, login->admin);
    bool good = read_file(path, &fresh) && strcmp(fresh.portal, login->portal) == 0 &&
                fresh.admin == login->admin;
    if (!good) {
        saved_login_done(&fresh);
        saved_login_init(&fresh, login->portal, login->admin);
    }
    saved_login_done(login);
    *login = fresh;
}

void saved_login_read(const struct cache *cache, struct saved_login *login)
{
    char path[PATH_MAX];
    struct err ignored;
    if (find_file(cache, login, path, &ignored) == 0) {
        read_again(path, login);
    }
}

/* A new user gets a new owner ID, so that the cached credentials of the user before are not found.
 * A token that does not name its user counts as a new user's. */
static int use_grant(struct saved_login *login, const struct login_grant *grant, struct err *err)
{
    struct jwt_claims claims;
    jwt_read(buf_str(&grant->token), &claims);
    bool same = claims.user[0] != '\0' && strcmp(claims.user, login->user) == 0;
    if ((!same || login->cache_owner_id[0] == '\0') &&
        random_hex(login->cache_owner_id, SAVED_LOGIN_OWNER_ID_SIZE / 2, err) != 0) {
        return -1;
    }
    if (!same && claims.user[0] != '\0' && login->user[0] != '\0') {
        log_note("the login changes from %s to %s", login->user, claims.user);
    }
    buf_clear(&login->token);
    text_copy(login->user, sizeof(login->user), claims.user);
    text_copy(login->otp, sizeof(login->otp), grant->otp);
    login->failure[0] = '\0';
    login->failure_kind = 0;
    login->obtained_s = clock_wall_s();
    login->generation++;
    buf_add(&login->token, buf_str(&grant->token), grant->token.len);
    return buf_check(&login->token, err);
}

/* The login before it stays: it may still be good. */
static void record_failure(struct saved_login *login, const struct err *err)
{
    snprintf(login->failure, sizeof(login->failure), "%.*s", SAVED_LOGIN_ERROR_SIZE - 1, err->text);
    text_clean(login->failure);
    login->failure_kind = err->kind;
    login->generation++;
}

/* A login that cannot be saved is used until the process ends. */
static void save(const char *path, struct saved_login *login)
{
    struct buf text;
    struct err err;
    buf_init(&text, SAVED_LOGIN_FILE_MAX);
    saved_login_format(&text, login);
    if (buf_check(&text, &err) != 0 ||
        fs_replace(path, text.data, text.len, &fs_private, &err) != 0) {
        log_debug("the login is not saved: %s", err.text);
        snprintf(login->save_error, sizeof(login->save_error), "%.*s", SAVED_LOGIN_ERROR_SIZE - 1,
                 err.text);
    }
    buf_done(&text);
}

static int ask(const struct saved_login_callbacks *callbacks, struct saved_login *login,
               struct err *err)
{
    struct login_grant grant;
    login_grant_init(&grant);
    int result = callbacks->ask(callbacks->context, &grant, err);
    if (result != 0) {
        record_failure(login, err);
    } else {
        result = use_grant(login, &grant, err);
    }
    login_grant_done(&grant);
    return result;
}

/* With the lock held: an attempt that another process made meanwhile is not repeated. */
static int ask_once(const char *path, const struct saved_login_callbacks *callbacks,
                    struct saved_login *login, struct err *err)
{
    int64_t seen = login->generation;
    read_again(path, login);
    if (login->generation != seen && login->failure[0] != '\0') {
        return err_set(err, (enum err_kind)login->failure_kind, "%s (in another process)",
                       login->failure);
    }
    if (login->generation != seen && login->token.len > 0) {
        log_debug("another process has just logged in");
        return 0;
    }
    int result = ask(callbacks, login, err);
    save(path, login);
    return result;
}

/* Another process holds the lock while it waits for its person. */
static int take_lock(struct fs_lock *lock, const char *path,
                     const struct saved_login_callbacks *callbacks, struct err *err)
{
    int64_t deadline_ms = clock_mono_ms() + callbacks->timeout_ms;
    int64_t until_ms = clock_mono_ms();
    int result = fs_lock_take(lock, path, until_ms, err);
    bool waiting = result != 0 && err->kind == ERR_UNAVAILABLE;
    while (result != 0 && err->kind == ERR_UNAVAILABLE && until_ms < deadline_ms) {
        int64_t left_ms = clock_left_ms(deadline_ms);
        if (!callbacks->wait(callbacks->context, left_ms)) {
            result = err_set(err, ERR_CANCELLED, "interrupted");
            break;
        }
        until_ms = left_ms > WAIT_STEP_MS ? clock_mono_ms() + WAIT_STEP_MS : deadline_ms;
        result = fs_lock_take(lock, path, until_ms, err);
    }
    if (waiting) {
        (void)callbacks->wait(callbacks->context, 0);
    }
    return result != 0 && err->kind == ERR_UNAVAILABLE
               ? err_set(err, ERR_CANCELLED,
                         "no answer to the login page that another process opened")
               : result;
}

int saved_login_get(const struct cache *cache, const struct saved_login_callbacks *callbacks,
                    bool force, struct saved_login *login, struct err *err)
{
    char path[PATH_MAX];
    struct fs_lock lock = {.fd = -1};
    bool good = false;
    if (!force && login->token.len > 0 &&
        callbacks->check(callbacks->context, login, &good, err) != 0) {
        return -1;
    }
    if (good) {
        return 0;
    }
    if (cache == NULL) {
        return ask(callbacks, login, err);
    }
    if (find_file(cache, login, path, err) != 0 || take_lock(&lock, path, callbacks, err) != 0) {
        return err_wrap(err, "login");
    }
    int result = ask_once(path, callbacks, login, err);
    fs_lock_release(&lock);
    return result;
}

static bool is_login_name(const char *name)
{
    size_t len = strlen(name);
    return len == CACHE_NAME_SIZE - 1 + sizeof(suffix) - 1 &&
           strcmp(name + CACHE_NAME_SIZE - 1, suffix) == 0;
}

/* *counts is false for the record of a failed login. False for a file that cannot be read: it may
 * hold a token of any portal, and no run uses it. */
static bool is_of_other_portal(const char *path, const char *portal, bool *counts)
{
    struct saved_login login;
    saved_login_init(&login, "", false);
    bool good = read_file(path, &login);
    bool other = portal != NULL && good && strcmp(login.portal, portal) != 0;
    *counts = !good || login.token.len > 0;
    saved_login_done(&login);
    return other;
}

/* Which logins are forgotten. */
struct forgetting {
    const char *portal; /* NULL: of all portals */
    int *removed;
};

static int forget_one(const char *dir, const char *name, void *context, struct err *err)
{
    const struct forgetting *forgetting = context;
    char path[PATH_MAX];
    bool counts = false;
    int len = snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (!is_login_name(name) || len < 0 || (size_t)len >= sizeof(path) ||
        is_of_other_portal(path, forgetting->portal, &counts)) {
        return 0;
    }
    if (unlink(path) == 0) {
        *forgetting->removed += counts ? 1 : 0;
        return 0;
    }
    return errno == ENOENT ? 0 : err_set_errno(err, ERR_FILE, "cannot remove %s", path);
}

int saved_login_forget(const char *dir, const char *portal, int *removed, struct err *err)
{
    struct forgetting forgetting = {portal, removed};
    *removed = 0;
    return fs_for_each(dir, forget_one, &forgetting, err);
}
