/* SPDX-License-Identifier: MIT */
#include "login/login_identity.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/terminal.h"
#include "login/login_ask.h"
#include "net/url.h"
#include "portal/client.h"

/* Added to the time that another process gives its person: for its calls of the portal. */
enum { SHARE_MARGIN_MS = 30000 };

/* One attempt to get a login that the portal accepts. */
struct attempt {
    struct login_identity *login;
    int64_t deadline_ms; /* for the check of the saved login */
    bool waiting;        /* for another process, at this terminal: */
    struct terminal terminal;
};

static struct login_identity *login_of(struct identity *identity)
{
    return (struct login_identity *)identity;
}

static bool has_given_otp(const struct login_identity *login)
{
    return login->identity.otp[0] != '\0';
}

static void read_saved(struct login_identity *login, bool admin)
{
    saved_login_done(&login->saved);
    saved_login_init(&login->saved, login->portal->origin, admin);
    if (login->cache != NULL) {
        saved_login_read(login->cache, &login->saved);
    }
    login->identity.source = admin ? IDENTITY_ADMIN_LOGIN : IDENTITY_LOGIN;
    login->state = LOGIN_READ;
}

/* If no person may be asked, an administrator's login also serves for what any user may do. */
static void read_once(struct login_identity *login)
{
    const struct identity *identity = &login->identity;
    if (login->state != LOGIN_UNREAD) {
        return;
    }
    read_saved(login, identity->for_admin);
    if (login->saved.token.len == 0 && !identity->may_ask && !identity->for_admin) {
        read_saved(login, true);
        if (login->saved.token.len == 0) {
            read_saved(login, false);
        }
    }
}

static int get_features(struct login_identity *login, const char *token, int64_t deadline_ms,
                        struct portal_features *features, struct err *err)
{
    struct portal portal;
    if (portal_client_use(login->client, token, NULL, &portal, err) != 0) {
        return -1;
    }
    portal_client_limit(login->client, deadline_ms);
    return portal_get_features(&portal, features, err);
}

/* An administrator's login without an MFA code is of no use to a portal that requires one. */
static int check(void *context, const struct saved_login *saved, bool *good, struct err *err)
{
    const struct attempt *attempt = context;
    struct login_identity *login = attempt->login;
    struct portal_features features;
    *good = get_features(login, buf_str(&saved->token), attempt->deadline_ms, &features, err) == 0;
    if (!*good) {
        return err->kind == ERR_REFUSED ? 0 : err_wrap(err, "checking the login");
    }
    bool has_code = saved->otp[0] != '\0' || has_given_otp(login);
    *good = !login->identity.for_admin || !features.otp_needed || has_code;
    return 0;
}

/* A token that the portal refuses is not a login: any web page can send the browser here with a
 * text of its own, and a pasted text may be incomplete. If the portal cannot be asked, the next
 * call shows it. The connection was idle while the person was busy. */
static int try(void *context, const struct login_grant *grant, struct err *err)
{
    struct login_identity *login = context;
    struct portal_features features;
    portal_client_drop(login->client);
    return get_features(login, buf_str(&grant->token), INT64_MAX, &features, err) == 0 ||
                   err->kind != ERR_REFUSED
               ? 0
           : grant->pasted ? err_wrap(err, "perhaps not all of it was pasted")
                           : -1;
}

static int ask(void *context, struct login_grant *grant, struct err *err)
{
    const struct attempt *attempt = context;
    struct login_identity *login = attempt->login;
    const struct login_question question = {
        .browser = &login->browser,
        .portal = login->portal,
        .admin = login->identity.for_admin,
        .context = login,
        .try = try,
    };
    return login_ask_person(&question, grant, err);
}

/* The page is in the browser of another process; this terminal shows what we wait for. */
static bool wait(void *context, int64_t left_ms)
{
    char line[160];
    struct attempt *attempt = context;
    int left_s = (int)((left_ms + 999) / 1000);
    if (!attempt->waiting) {
        terminal_watch(&attempt->terminal);
    }
    attempt->waiting = left_s > 0;
    if (left_s == 0) {
        terminal_close(&attempt->terminal);
        portal_client_drop(attempt->login->client);
        return true;
    }
    terminal_input(&attempt->terminal);
    snprintf(line, sizeof(line),
             "waiting for the login in another process: %d:%02d left (Ctrl-C cancels)", left_s / 60,
             left_s % 60);
    terminal_show(&attempt->terminal, line);
    return terminal_signal() == 0;
}

/* The saved login or nothing. */
static int use_saved(struct login_identity *login, struct attempt *attempt, struct err *err)
{
    bool good = false;
    if (login->saved.token.len > 0 && check(attempt, &login->saved, &good, err) != 0) {
        return -1;
    }
    if (!good) {
        return err_set(err, ERR_REFUSED, "not logged in to %s%s: %s", login->portal->origin,
                       login->identity.for_admin ? " as an administrator" : "",
                       login->missing_hint);
    }
    login->state = LOGIN_ACCEPTED;
    return 0;
}

static int log_in(struct login_identity *login, bool force, int64_t deadline_ms, struct err *err)
{
    struct attempt attempt = {.login = login, .deadline_ms = deadline_ms};
    const struct saved_login_callbacks callbacks = {
        .context = &attempt,
        .check = check,
        .ask = ask,
        .wait = wait,
        .timeout_ms = login->browser.timeout_ms + SHARE_MARGIN_MS,
    };
    if (portal_client_start(login->client, err) != 0) {
        return -1; /* before a person is asked */
    }
    read_once(login);
    int64_t generation = login->saved.generation;
    if (!login->identity.may_ask) {
        return use_saved(login, &attempt, err);
    }
    if (saved_login_get(login->cache, &callbacks, force, &login->saved, err) != 0) {
        return -1;
    }
    login->state = login->saved.generation != generation ? LOGIN_NEW : LOGIN_ACCEPTED;
    return 0;
}

static const char *token_of_login(const struct identity *identity)
{
    const struct login_identity *login = (const struct login_identity *)identity;
    return login->given != NULL ? login->given : buf_str(&login->saved.token);
}

static const char *otp_of_login(const struct identity *identity)
{
    const struct login_identity *login = (const struct login_identity *)identity;
    if (has_given_otp(login)) {
        return identity->otp;
    }
    return login->saved.otp[0] != '\0' ? login->saved.otp : NULL;
}

static bool key_of_login(struct identity *identity, struct identity_key *key)
{
    struct login_identity *login = login_of(identity);
    if (login->given != NULL) {
        *key = (struct identity_key){.kind = "token", .value = login->given};
        return true;
    }
    read_once(login);
    *key = (struct identity_key){.kind = "login", .value = login->saved.cache_owner_id};
    return key->value[0] != '\0';
}

/* Whether a new login could help: the portal refuses the token, or requires a new MFA code. */
static bool is_stale(struct login_identity *login, int64_t deadline_ms)
{
    struct portal_features features;
    struct err err;
    const char *token = identity_token(&login->identity);
    if (get_features(login, token, deadline_ms, &features, &err) != 0) {
        return err.kind == ERR_REFUSED;
    }
    return login->identity.for_admin && features.otp_needed && !has_given_otp(login);
}

/* False after a note if the portal refuses the token that was given. */
static bool use_given(struct login_identity *login, int64_t deadline_ms)
{
    if (login->identity.may_ask && is_stale(login, deadline_ms)) {
        log_note("the portal refuses the token of the environment: using the browser login");
        login->given = NULL;
        return false;
    }
    login->state = LOGIN_ACCEPTED;
    return true;
}

static int open_login(struct identity *identity, int64_t deadline_ms, struct err *err)
{
    struct login_identity *login = login_of(identity);
    if (login->state >= LOGIN_ACCEPTED || (login->given != NULL && use_given(login, deadline_ms))) {
        return 0;
    }
    return log_in(login, false, deadline_ms, err);
}

static bool renew_login(struct identity *identity, struct err *err)
{
    struct login_identity *login = login_of(identity);
    if (err->kind != ERR_REFUSED || login->state != LOGIN_ACCEPTED || !identity->may_ask ||
        login->given != NULL || !is_stale(login, INT64_MAX)) {
        return false;
    }
    log_debug("the login is stale: %s", err->text);
    return log_in(login, true, INT64_MAX, err) == 0;
}

static int reload_login(struct identity *identity, struct err *err)
{
    (void)err;
    if (login_of(identity)->given == NULL) {
        login_of(identity)->state = LOGIN_UNREAD;
    }
    return 0;
}

static void done_login(struct identity *identity)
{
    saved_login_done(&login_of(identity)->saved);
    explicit_bzero(identity->otp, sizeof(identity->otp));
}

void login_identity_init(struct login_identity *login, const struct url_origin *portal)
{
    static const struct identity_ops ops = {
        .open = open_login,
        .token = token_of_login,
        .otp = otp_of_login,
        .cache_key = key_of_login,
        .renew = renew_login,
        .reload = reload_login,
        .done = done_login,
    };
    *login = (struct login_identity){
        .identity = {.ops = &ops, .source = IDENTITY_LOGIN, .may_ask = true},
        .portal = portal,
    };
    saved_login_init(&login->saved, portal->origin, false);
}

int login_identity_log_in(struct login_identity *login, struct err *err)
{
    struct portal_features features;
    if (log_in(login, true, INT64_MAX, err) != 0) {
        return -1;
    }
    if (get_features(login, identity_token(&login->identity), INT64_MAX, &features, err) != 0) {
        return err_wrap(err, "the new login");
    }
    return login->saved.save_error[0] == '\0'
               ? 0
               : err_set(err, ERR_FILE, "cannot save the login: %s", login->saved.save_error);
}
