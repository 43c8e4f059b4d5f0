/* SPDX-License-Identifier: MIT */
#include "session/session.h"

#include <string.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/scope_options.h"
#include "net/http.h"

enum { TIMEOUT_DEFAULT_MS = 20000 };

int session_host(const struct args *args, struct url_origin *host, struct err *err)
{
    const char *text = args_text(args, OPTION_HOST);
    if (text == NULL) {
        return err_set(err, ERR_USAGE, "no portal: give --host https://PORTAL, or set DUPLO_HOST");
    }
    return url_parse_origin(text, host, err) != 0 ? err_wrap(err, "--host") : 0;
}

static int open_origins(struct session *session, struct err *err)
{
    const char *api = args_text(session->args, OPTION_API_HOST);
    if (session_host(session->args, &session->host, err) != 0) {
        return -1;
    }
    session->api = session->host;
    if (api != NULL && url_parse_origin(api, &session->api, err) != 0) {
        return err_wrap(err, "--api-host");
    }
    return 0;
}

static struct identity_sources token_sources(const struct args *args)
{
    return (struct identity_sources){
        .token_file = args_given_text(args, OPTION_TOKEN_FILE),
        .token_argument = args_given_text(args, OPTION_TOKEN),
        .token_file_named = args_variable_text(args, OPTION_TOKEN_FILE),
        .token_environment = args_variable_text(args, OPTION_TOKEN),
    };
}

bool session_has_token(const struct args *args)
{
    struct identity_sources sources = token_sources(args);
    return sources.token_file != NULL || sources.token_argument != NULL ||
           sources.token_file_named != NULL || sources.token_environment != NULL;
}

bool session_cache_dir(const struct args *args, char out[PATH_MAX])
{
    return cache_find_dir(out, args_text(args, OPTION_CACHE_DIR),
                          args_environment(args, "XDG_CACHE_HOME"), args_environment(args, "HOME"));
}

/* Every --resolve, else the variable. Returns how many. */
static int list_resolve(const struct args *args, const char *out[ARGS_GIVEN_MAX])
{
    int count = 0;
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id == OPTION_RESOLVE) {
            out[count++] = args->given[i].value;
        }
    }
    const char *variable = args_variable_text(args, OPTION_RESOLVE);
    if (count == 0 && variable != NULL) {
        out[count++] = variable;
    }
    return count;
}

/* No place for a cache, or none that can be written: it works without. */
static int open_cache(struct session *session, struct err *err)
{
    char dir[PATH_MAX];
    bool off = false;
    struct err why;
    if (args_switch(session->args, OPTION_NO_CACHE, &off, err) != 0) {
        return -1;
    }
    if (off || !session_cache_dir(session->args, dir)) {
        log_debug("no cache");
        return 0;
    }
    session->has_cache = cache_open(&session->cache, dir, &why) == 0;
    if (!session->has_cache) {
        log_debug("no cache: %s", why.text);
    }
    return 0;
}

/* What needs no file. */
static int open_words(struct session *session, struct err *err)
{
    const struct args *args = session->args;
    return open_origins(session, err) != 0 ||
                   session_check_otp(args_text(args, OPTION_OTP), err) != 0 ||
                   browser_wait_check(args, err) != 0 ||
                   args_duration_ms(args, OPTION_TIMEOUT, TIMEOUT_DEFAULT_MS, &session->timeout_ms,
                                    err) != 0 ||
                   args_duration_ms(args, OPTION_WAIT, 0, &session->wait_ms, err) != 0
               ? -1
               : 0;
}

/* A token that was given counts; without one, --interactive has a person asked when it comes to
 * that. */
static int open_identity(struct session *session, struct err *err)
{
    const struct args *args = session->args;
    struct identity_sources sources = token_sources(args);
    bool wanted = false;
    if (args_switch(args, OPTION_INTERACTIVE, &wanted, err) != 0) {
        return -1;
    }
    session->interactive =
        wanted && command_accepts(args->command, OPTION_INTERACTIVE) && !session_has_token(args);
    return session->interactive ? 0 : identity_load(&session->identity, &sources, err);
}

/* Whether it is an administrator's access that the options ask for. */
static int find_role(struct session *session, struct err *err)
{
    return command_accepts(session->args->command, OPTION_ADMIN)
               ? scope_options_need_admin(session->args, &session->as_admin, err)
               : 0;
}

int session_open(struct session *session, const struct args *args, struct err *err)
{
    *session = (struct session){.args = args};
    if (open_words(session, err) != 0 || open_identity(session, err) != 0 ||
        session_read_otp(session, err) != 0 || open_cache(session, err) != 0) {
        return -1;
    }
    return session->interactive ? find_role(session, err) : 0;
}

/* A login for administrators does for what needs none, where nobody is asked for another. */
static void open_any_login(struct session *session)
{
    session_login_open(session);
    if (session->login.token.len == 0 && !session->as_admin) {
        session->as_admin = true;
        session_login_open(session);
        session->as_admin = false;
    }
}

int session_open_known(struct session *session, const struct args *args, bool may_ask,
                       struct err *err)
{
    bool wanted = false;
    if (session_has_token(args)) {
        return session_open(session, args, err);
    }
    *session = (struct session){.args = args, .interactive = true};
    if (args_switch(args, OPTION_INTERACTIVE, &wanted, err) != 0 || open_words(session, err) != 0 ||
        session_read_otp(session, err) != 0 || open_cache(session, err) != 0) {
        return -1;
    }
    session->non_interactive = !wanted || !may_ask;
    if (find_role(session, err) != 0) {
        return -1;
    }
    if (session->non_interactive) {
        open_any_login(session);
    }
    return 0;
}

int session_open_person(struct session *session, const struct args *args, struct err *err)
{
    *session = (struct session){.args = args, .interactive = true};
    return open_words(session, err) != 0 || open_cache(session, err) != 0
               ? -1
               : args_switch(args, OPTION_ADMIN, &session->as_admin, err);
}

int session_check(const struct args *args, struct err *err)
{
    struct session session = {.args = args};
    struct identity_sources sources = {.token_argument = args_given_text(args, OPTION_TOKEN)};
    bool has_token = sources.token_argument != NULL && strcmp(sources.token_argument, "-") != 0;
    int result = open_words(&session, err);
    if (result == 0 && has_token) {
        result = identity_load(&session.identity, &sources, err);
    }
    const char *resolve[ARGS_GIVEN_MAX];
    int resolve_count = list_resolve(args, resolve);
    for (int i = 0; result == 0 && i < resolve_count; i++) {
        result = http_check_resolve(resolve[i], err) != 0 ? err_wrap(err, "--resolve") : 0;
    }
    session_close(&session);
    return result;
}

void session_close(struct session *session)
{
    if (session->http != NULL) {
        http_free(session->http);
    }
    cache_close(&session->cache);
    identity_done(&session->identity);
    if (session->login.token.data != NULL) {
        login_done(&session->login);
    }
    explicit_bzero(session->otp_line, sizeof(session->otp_line));
}

/* --ca-file and what stands in its place. The name of the variable goes into the message. */
static const char *find_ca_file(const struct args *args, const char **said_by)
{
    static const char *const variables[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"};
    const char *path = args_text(args, OPTION_CA_FILE);
    *said_by = args_given(args, OPTION_CA_FILE) ? "--ca-file" : options[OPTION_CA_FILE].variable;
    for (size_t i = 0; path == NULL && i < sizeof(variables) / sizeof(variables[0]); i++) {
        path = args_environment(args, variables[i]);
        *said_by = variables[i];
    }
    return path;
}

/* Starts the client, or only tells whether it would start. */
static int open_http(struct session *session, bool only_check, struct err *err)
{
    const char *resolve[ARGS_GIVEN_MAX];
    const struct args *args = session->args;
    int resolve_count = list_resolve(args, resolve);
    const char *said_by = NULL;
    const char *ca_file = find_ca_file(args, &said_by);
    const struct http_options http_options = {
        .ca_file = ca_file,
        .resolve = resolve,
        .resolve_count = resolve_count,
        .timeout_ms = session->timeout_ms,
        .wait_ms = session->wait_ms,
    };
    if (only_check) {
        if (http_check(&http_options, err) == 0) {
            return 0;
        }
    } else if ((session->http = http_new(&http_options, err)) != NULL) {
        return 0;
    }
    if (err->kind == ERR_USAGE) {
        return err_wrap(err, "--resolve");
    }
    return err->kind == ERR_FILE && ca_file != NULL ? err_wrap(err, "%s", said_by) : -1;
}

static int start_http(struct session *session, struct err *err)
{
    return open_http(session, false, err);
}

int session_restart_http(struct session *session, struct err *err)
{
    http_free(session->http);
    session->http = NULL;
    session->restarted = true;
    return start_http(session, err);
}

static int log_in(struct session *session, bool renew, struct err *err)
{
    if (session->login.portal[0] == '\0') {
        session_login_open(session);
    }
    session->restarted = false;
    if (session_log_in(session, renew, err) != 0) {
        return -1;
    }
    return session->renewed && !session->restarted ? session_restart_http(session, err) : 0;
}

int session_new_login(struct session *session, struct err *err)
{
    return session->http == NULL && start_http(session, err) != 0 ? -1 : log_in(session, true, err);
}

const struct portal *session_portal(struct session *session, struct err *err)
{
    if ((session->http == NULL && start_http(session, err) != 0) ||
        (session->interactive && !session->logged_in && log_in(session, false, err) != 0)) {
        return NULL;
    }
    const char *login_otp = session->login.otp[0] != '\0' ? session->login.otp : NULL;
    session->portal = (struct portal){
        .http = session->http,
        .api = &session->api,
        .token = session->interactive ? buf_str(&session->login.token)
                                      : identity_token(&session->identity),
        .otp = session->otp != NULL ? session->otp : login_otp,
    };
    return &session->portal;
}

int session_check_network(struct session *session, struct err *err)
{
    return open_http(session, true, err);
}

/* A person's time is not the portal's. */
static void limit(struct session *session, int64_t deadline_ms)
{
    if (deadline_ms < INT64_MAX) {
        http_limit(session->http, deadline_ms + session->asked_ms);
    }
}

static int find_tenant(void *context, const char *name, char *id, int64_t deadline_ms,
                       struct err *err)
{
    struct session *session = context;
    struct scope scope = {.kind = SCOPE_TENANT_NAME};
    const struct portal *portal = session_portal(session, err);
    if (portal == NULL) {
        return -1;
    }
    limit(session, deadline_ms);
    text_copy(scope.tenant, sizeof(scope.tenant), name);
    return portal_resolve_tenant(portal, &scope, id, err);
}

static int fetch(void *context, enum scope_kind kind, const char *tenant_id,
                 struct aws_credentials *creds, int64_t deadline_ms, struct err *err)
{
    struct session *session = context;
    const struct portal *portal = session_portal(session, err);
    if (portal == NULL) {
        return -1;
    }
    limit(session, deadline_ms);
    return portal_get_credentials(portal, kind, tenant_id, creds, err);
}

bool session_renew_login(struct session *session, struct err *err)
{
    if (!session->interactive || err->kind != ERR_REFUSED || !session_login_is_stale(session)) {
        return false;
    }
    log_debug("the login is stale: %s", err->text);
    return log_in(session, true, err) == 0;
}

int session_tenant_id(struct session *session, const struct scope *scope, char id[PORTAL_ID_SIZE],
                      struct err *err)
{
    const struct portal *portal = session_portal(session, err);
    return portal != NULL ? portal_resolve_tenant(portal, scope, id, err) : -1;
}

static struct broker make_broker(struct session *session, const char *key)
{
    return (struct broker){
        .cache = session->has_cache ? &session->cache : NULL,
        .source = {.context = session, .find_tenant = find_tenant, .fetch = fetch},
        .portal = session->api.origin,
        .token = key,
        .timeout_ms =
            session->wait_ms > session->timeout_ms ? session->wait_ms : session->timeout_ms,
        .want_left_s = session->want_left_s,
        .left_s = &session->left_s,
        .now_s = clock_wall_s,
    };
}

/*
 * What the cache has needs no login. Else the login comes first: a person takes minutes, and the
 * lock of an entry is not held that long. Where the portal cannot be reached, what the cache has is
 * handed out while it is valid.
 */
static int prepare_login(struct session *session, const struct scope *scope, bool *hit,
                         struct aws_credentials *creds, struct err *err)
{
    char key[SESSION_KEY_SIZE];
    session_login_open(session);
    *hit = false;
    if (session_login_key(session, key)) {
        const struct broker broker = make_broker(session, key);
        enum broker_state state = broker_look(&broker, scope, creds);
        *hit = state == BROKER_FRESH;
        if (*hit) {
            return 0;
        }
        if (state == BROKER_USABLE && start_http(session, err) != 0) {
            return -1;
        }
        if (state == BROKER_USABLE) {
            http_limit(session->http, clock_mono_ms() + BROKER_REFRESH_MS);
            *hit = session_portal(session, err) == NULL && err->kind == ERR_UNAVAILABLE;
            return *hit || session->logged_in ? 0 : -1;
        }
    }
    return session_portal(session, err) != NULL ? 0 : -1;
}

/* With the login as it is; once more with a new one where that may help. */
static int get_as_person(struct session *session, const struct scope *scope,
                         struct aws_credentials *creds, struct err *err)
{
    bool hit = false;
    char key[SESSION_KEY_SIZE];
    if (prepare_login(session, scope, &hit, creds, err) != 0) {
        return -1;
    }
    if (hit) {
        return 0;
    }
    for (;;) {
        session_login_key(session, key);
        const struct broker broker = make_broker(session, key);
        if (broker_get(&broker, scope, creds, err) == 0) {
            return 0;
        }
        if (!session_renew_login(session, err)) {
            return -1;
        }
    }
}

int session_credentials(struct session *session, const struct scope *scope,
                        struct aws_credentials *creds, struct err *err)
{
    char what[SCOPE_TEXT_SIZE];
    const struct broker broker = make_broker(session, identity_token(&session->identity));
    int result = session->interactive ? get_as_person(session, scope, creds, err)
                                      : broker_get(&broker, scope, creds, err);
    if (result == 0) {
        return 0;
    }
    scope_describe(scope, what);
    return err_wrap(err, "credentials for %s", what);
}

int session_check_region(const struct args *args, struct err *err)
{
    const char *region = args_text(args, OPTION_REGION);
    bool bad = region != NULL && aws_region_check(region, err) != 0;
    return bad ? err_wrap(err, "--region") : 0;
}

void session_forget(struct session *session, const struct scope *scope)
{
    struct cache_id id;
    struct err ignored;
    char key[SESSION_KEY_SIZE];
    const char *who = identity_token(&session->identity);
    if (!session->has_cache || (session->interactive && !session_login_key(session, key))) {
        return;
    }
    if (cache_identify(&session->cache, session->api.origin, session->interactive ? key : who,
                       scope, &id, &ignored) == 0) {
        cache_remove(&session->cache, &id);
    }
}
