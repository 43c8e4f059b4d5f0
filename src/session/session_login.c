/* SPDX-License-Identifier: MIT */
#include "session/session_login.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "login/browser_wait.h"
#include "login/login_ask.h"
#include "net/http.h"
#include "session/session.h"

/* Beside the time that another process's person has: its calls of the portal. */
enum { SHARE_MARGIN_MS = 30000 };

void session_login_open(struct session *session)
{
    login_done(&session->login);
    login_init(&session->login, session->host.origin, session->as_admin);
    if (session->has_cache) {
        login_read(&session->cache, &session->login);
    }
}

static int check(void *context, const struct login *login, bool *good, struct err *err)
{
    struct session *session = context;
    struct portal_features features;
    const struct portal portal = {
        .http = session->http, .api = &session->api, .token = buf_str(&login->token)};
    *good = portal_get_features(&portal, &features, err) == 0;
    if (!*good) {
        return err->kind == ERR_REFUSED ? 0 : err_wrap(err, "checking the login");
    }
    bool has_code = login->otp[0] != '\0' || session->otp != NULL;
    *good = !session->as_admin || !features.otp_needed || has_code;
    return 0;
}

/* What the portal refuses is no login: anybody's page can send a browser here with any word, and a
 * paste can lack its end. Where the portal cannot be asked, the next call tells. */
static int ask(void *context, struct login_grant *grant, struct err *err)
{
    struct session *session = context;
    struct portal_features features;
    if (interactive_ask(session->args, &session->host, session->as_admin, grant, err) != 0 ||
        session_restart_http(session, err) != 0) {
        return -1;
    }
    const struct portal portal = {
        .http = session->http, .api = &session->api, .token = buf_str(&grant->token)};
    return portal_get_features(&portal, &features, err) == 0 || err->kind != ERR_REFUSED
               ? 0
               : err_wrap(err, grant->pasted ? "login: perhaps not all of it was pasted" : "login");
}

/* The page is in another process's browser; who sits at this terminal sees why nothing happens. */
static bool wait(void *context, int64_t left_ms)
{
    char line[160];
    struct session *session = context;
    struct terminal *terminal = &session->waits_at;
    int left_s = (int)((left_ms + 999) / 1000);
    if (!session->waits) {
        terminal_watch(terminal);
    }
    session->waits = left_s > 0;
    if (left_s == 0) {
        terminal_close(terminal);
        return true;
    }
    terminal_input(terminal);
    snprintf(line, sizeof(line),
             "waiting for the login in another process: %d:%02d left (Ctrl-C ends it)", left_s / 60,
             left_s % 60);
    terminal_show(terminal, line);
    return terminal_signal() == 0;
}

/* For those who only look. */
static int use_known(struct session *session, struct err *err)
{
    bool good = false;
    if (session->login.token.len > 0 && check(session, &session->login, &good, err) != 0) {
        return -1;
    }
    session->logged_in = good;
    return good ? 0
                : err_set(err, ERR_REFUSED,
                          "no token, and nobody is logged in to %s%s: `duplojit login`, or give "
                          "--token-file FILE",
                          session->host.origin,
                          session->as_admin ? " for an administrator's access" : "");
}

int session_log_in(struct session *session, bool renew, struct err *err)
{
    int64_t timeout_ms = 0;
    int64_t start_ms = clock_mono_ms();
    int64_t generation = session->login.generation;
    if (session->logged_in && !renew) {
        return 0;
    }
    if (session->non_interactive) {
        return use_known(session, err);
    }
    if (browser_wait_timeout_ms(session->args, &timeout_ms, err) != 0) {
        return -1;
    }
    const struct login_callbacks callbacks = {
        .context = session,
        .check = check,
        .ask = ask,
        .wait = wait,
        .timeout_ms = timeout_ms + SHARE_MARGIN_MS,
    };
    if (login_get(session->has_cache ? &session->cache : NULL, &callbacks, renew, &session->login,
                  err) != 0) {
        return -1;
    }
    session->logged_in = true;
    session->renewed = session->login.generation != generation;
    /* A person's time is not the portal's: limits on calls begin anew. */
    session->asked_ms += session->renewed ? clock_mono_ms() - start_ms : 0;
    return 0;
}

bool session_login_is_stale(struct session *session)
{
    struct portal_features features;
    struct err err;
    if (session->renewed || session->non_interactive || session->http == NULL) {
        return false;
    }
    const struct portal portal = {
        .http = session->http, .api = &session->api, .token = buf_str(&session->login.token)};
    if (portal_get_features(&portal, &features, &err) != 0) {
        return err.kind == ERR_REFUSED;
    }
    return session->as_admin && features.otp_needed && session->otp == NULL;
}

bool session_login_key(const struct session *session, char out[SESSION_KEY_SIZE])
{
    snprintf(out, SESSION_KEY_SIZE, "interactive %s", session->login.cache_owner_id);
    return session->login.cache_owner_id[0] != '\0';
}
