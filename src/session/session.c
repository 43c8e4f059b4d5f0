/* SPDX-License-Identifier: MIT */
#include "session/session.h"

#include <string.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/scope_options.h"

static void init(struct session *session, const struct args *args)
{
    *session = (struct session){
        .args = args,
        .client = {.api = &session->api,
                   .hints = &session->network.hints.portal,
                   .start = network_start,
                   .context = &session->network},
    };
}

/* Without a directory for it, or with one that cannot be written, there is no cache. err says why.
 */
static int find_cache(struct session *session, struct err *err)
{
    char dir[PATH_MAX];
    if (session_cache_dir(session->args, dir, err) != 0 ||
        cache_open(&session->cache_storage, dir, err) != 0) {
        return -1;
    }
    session->logins = &session->cache_storage;
    return 0;
}

/* Without --no-cache for credentials and logins, with it for logins only. Only a new login must be
 * saved. */
static int open_cache(struct session *session, bool login, enum session_mode mode, struct err *err)
{
    bool off = false;
    struct err why;
    if (args_switch(session->args, OPTION_NO_CACHE, &off, err) != 0) {
        return -1;
    }
    if (off && !login) {
        return 0;
    }
    if (find_cache(session, &why) == 0) {
        session->cache = off ? NULL : session->logins;
        return 0;
    }
    if (mode == SESSION_NEW_LOGIN) {
        *err = why;
        return err_wrap(err, "cannot save the login");
    }
    log_debug("no cache: %s", why.text);
    return 0;
}

/* What needs no file. */
static int read_options(struct session *session, struct browser_options *browser, struct err *err)
{
    const struct args *args = session->args;
    return session_host(args, &session->host, err) != 0 ||
                   session_api(args, &session->host, &session->api, err) != 0 ||
                   session_check_otp(args, err) != 0 || session_browser(args, browser, err) != 0
               ? -1
               : network_read(&session->network, args, err);
}

/* Whether a login is used: a token that is given comes first, except for a new login. *token is
 * one from the environment, to be used before the login. */
static int choose_kind(const struct session *session, enum session_mode mode, bool *login,
                       bool *may_ask, const char **token, struct err *err)
{
    const struct args *args = session->args;
    bool interactive = false;
    if (mode == SESSION_NEW_LOGIN) {
        *login = *may_ask = true;
        return 0;
    }
    if (args_switch(args, OPTION_INTERACTIVE, &interactive, err) != 0) {
        return -1;
    }
    *may_ask = interactive && command_accepts(args->command, OPTION_INTERACTIVE);
    if (*may_ask && session_variable_token(args, token, err) != 0) {
        return -1;
    }
    *login =
        *token != NULL || ((*may_ask || mode == SESSION_SAVED_LOGIN) && !session_has_token(args));
    return 0;
}

static int open_given(struct session *session, struct err *err)
{
    struct given_token *given = &session->kind.given;
    int result = session_load_token(session->args, given, err);
    session->identity = given->identity.ops != NULL ? &given->identity : NULL;
    return result;
}

/* Whether the options ask for an administrator's access. */
static int find_role(const struct args *args, enum session_mode mode, bool *admin, struct err *err)
{
    if (mode == SESSION_NEW_LOGIN) {
        return args_switch(args, OPTION_ADMIN, admin, err);
    }
    /* In the grammars of other tools, commands without a scope accept --admin, too. */
    const char *by_context = args_context_text(args, OPTION_ADMIN);
    *admin = mode == SESSION_ADMIN || args_given(args, OPTION_ADMIN) ||
             (by_context != NULL && args_truth(by_context) == 1);
    return command_accepts(args->command, OPTION_ADMIN) ? scope_options_need_admin(args, admin, err)
                                                        : 0;
}

static int open_login(struct session *session, const struct browser_options *browser, bool may_ask,
                      enum session_mode mode, struct err *err)
{
    struct login_identity *login = &session->kind.login;
    login_identity_init(login, &session->host);
    login->cache = session->logins;
    login->client = &session->client;
    login->browser = *browser;
    login->missing_hint = "run `duplojit login`, or use --token-file FILE";
    login->identity.may_ask = may_ask;
    session->network.unconfined = session->network.late = may_ask; /* it starts a browser */
    login->browser.settled = network_confine;
    login->browser.settled_context = &session->network;
    session->identity = &login->identity;
    return find_role(session->args, mode, &login->identity.for_admin, err);
}

/* The token before the cache: without one, no directory is created. */
static int open_identity(struct session *session, const struct browser_options *browser,
                         enum session_mode mode, struct err *err)
{
    char otp[IDENTITY_OTP_SIZE];
    bool login = false;
    bool may_ask = false;
    const char *token = NULL;
    if (choose_kind(session, mode, &login, &may_ask, &token, err) != 0 ||
        (!login && open_given(session, err) != 0)) {
        return -1;
    }
    bool has_stdin = login || session->identity->source != IDENTITY_STDIN;
    if (session_read_otp(session->args, has_stdin, otp, err) != 0 ||
        open_cache(session, login, mode, err) != 0 ||
        (login && open_login(session, browser, may_ask, mode, err) != 0)) {
        return -1;
    }
    if (token != NULL) {
        session->kind.login.given = token;
        session->identity->source = IDENTITY_ENVIRONMENT;
    }
    text_copy(session->identity->otp, sizeof(session->identity->otp), otp);
    explicit_bzero(otp, sizeof(otp));
    return 0;
}

int session_open(struct session *session, const struct args *args, enum session_mode mode,
                 struct err *err)
{
    struct browser_options browser;
    init(session, args);
    if (read_options(session, &browser, err) != 0) {
        return -1;
    }
    if (mode == SESSION_CHECK) {
        return session_check_token(args, err) != 0 ? -1 : network_check_resolve(args, err);
    }
    return open_identity(session, &browser, mode, err);
}

void session_close(struct session *session)
{
    portal_client_drop(&session->client);
    identity_done(session->identity);
    cache_close(&session->cache_storage);
}

int session_check(const struct args *args, struct err *err)
{
    struct session session;
    int result = session_open(&session, args, SESSION_CHECK, err);
    session_close(&session);
    return result;
}

const struct portal *session_portal(struct session *session, struct err *err)
{
    struct identity *identity = session->identity;
    return identity_open(identity, INT64_MAX, err) == 0 &&
                   portal_client_use(&session->client, identity_token(identity),
                                     identity_otp(identity), &session->portal, err) == 0
               ? &session->portal
               : NULL;
}

/* The portal for calls of the broker. */
static const struct portal *portal_until(struct session *session, int64_t deadline_ms,
                                         struct err *err)
{
    const struct portal *portal = session_portal(session, err);
    portal_client_limit(&session->client, deadline_ms);
    return portal;
}

static int find_tenant(void *context, const struct scope *scope, char id[PORTAL_ID_SIZE],
                       int64_t deadline_ms, struct err *err)
{
    const struct portal *portal = portal_until(context, deadline_ms, err);
    return portal != NULL ? portal_resolve_tenant(portal, scope, id, err) : -1;
}

/* Puts the region of the scope's tenant into an administrator's credentials, which are good for all
 * regions. */
static void set_region(const struct portal *portal, const struct scope *scope,
                       struct aws_credentials *creds)
{
    struct scope tenant;
    struct err err;
    char id[PORTAL_ID_SIZE];
    char region[AWS_REGION_SIZE];
    if (scope_set_tenant(&tenant, scope->tenant, &err) == 0 &&
        portal_resolve_tenant(portal, &tenant, id, &err) == 0 &&
        portal_get_tenant_region(portal, id, region, sizeof(region), &err) == 0) {
        text_copy(creds->region, sizeof(creds->region), region);
        return;
    }
    log_warn("cannot get the region of tenant %s: %s. Using the portal's default", scope->tenant,
             err.text);
}

static int fetch(void *context, const struct scope *scope, const char *tenant_id,
                 const struct issued *issued, int64_t deadline_ms, struct err *err)
{
    const struct portal *portal = portal_until(context, deadline_ms, err);
    if (portal == NULL) {
        return -1;
    }
    if (issued->kube != NULL) {
        return portal_get_kube_access(portal, scope, tenant_id, issued->kube, err);
    }
    int result = portal_get_credentials(portal, scope->kind, tenant_id, issued, err);
    if (result == 0 && scope->kind == SCOPE_ADMIN && scope->tenant[0] != '\0') {
        set_region(portal, scope, issued->aws);
    }
    return result;
}

static struct broker make_broker(struct session *session, int64_t want_left_s)
{
    return (struct broker){
        .cache = session->cache,
        .source = {.context = session, .find_tenant = find_tenant, .fetch = fetch},
        .portal = session->api.origin,
        .identity = session->identity,
        .timeout_ms = network_longest_ms(&session->network),
        .want_left_s = want_left_s,
        .lock_hint = "end that process, or use --no-cache",
        .now_s = clock_wall_s,
    };
}

int session_issued(struct session *session, const struct scope *scope, int64_t want_left_s,
                   const struct issued *issued, int64_t *left_s, struct err *err)
{
    char what[SCOPE_TEXT_SIZE];
    const struct broker broker = make_broker(session, want_left_s);
    if (broker_get(&broker, scope, issued, left_s, err) == 0) {
        return 0;
    }
    scope_describe(scope, what);
    return err_wrap(err, "credentials for %s", what);
}

int session_lasting_credentials(struct session *session, const struct scope *scope,
                                int64_t want_left_s, struct aws_credentials *creds, int64_t *left_s,
                                struct err *err)
{
    const struct issued issued = {.aws = creds};
    return session_issued(session, scope, want_left_s, &issued, left_s, err);
}

int session_credentials(struct session *session, const struct scope *scope,
                        struct aws_credentials *creds, struct err *err)
{
    return session_lasting_credentials(session, scope, 0, creds, NULL, err);
}

int session_tenant_id(struct session *session, const struct scope *scope, char id[PORTAL_ID_SIZE],
                      struct err *err)
{
    return find_tenant(session, scope, id, INT64_MAX, err);
}

int session_log_in(struct session *session, struct err *err)
{
    return login_identity_log_in(&session->kind.login, err);
}

bool session_renew(struct session *session, struct err *err)
{
    return identity_renew(session->identity, err);
}

int session_reload(struct session *session, struct err *err)
{
    return identity_reload(session->identity, err) != 0 ? session_blame_token(session->args, err)
                                                        : 0;
}

void session_forget(struct session *session, const struct scope *scope)
{
    const struct broker broker = make_broker(session, 0);
    broker_forget(&broker, scope);
}
