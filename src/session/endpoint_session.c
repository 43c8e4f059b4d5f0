/* SPDX-License-Identifier: MIT */
#include "session/endpoint_session.h"

#include <stdlib.h>

#include "aws/credentials_file.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/scope_options.h"
#include "serve/renewal_run.h"
#include "session/confinement.h"

enum {
    RENEWAL_EXTRA_MS = 15000, /* for the lock of a file, and a machine that is busy */
    TIDY_MS = 100,
    LOGIN_EXTRA_MS = 90000, /* another process may be asking the user for the same login */
};

/* Gets credentials as any command does. */
static int fetch_first(void *context, int profile, int64_t want_left_s,
                       struct aws_credentials *creds, int64_t *left_s, struct err *err)
{
    struct endpoint_session *endpoint = context;
    struct session *session = &endpoint->session;
    return session_lasting_credentials(session, &endpoint->profiles.entries[profile].scope,
                                       want_left_s, creds, left_s, err);
}

/* Runs in a child process: what it changes is gone afterwards. The token file is read again each
 * time, because a mounted Secret rotates. One attempt does not --wait: the endpoint repeats it
 * anyway, and waits for all profiles if the portal sends Retry-After. No line shows what it waits
 * for: the parent logs. */
static int fetch(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                 int64_t *left_s, struct err *err)
{
    struct endpoint_session *endpoint = context;
    struct session *session = &endpoint->session;
    session->network.wait_ms = 0;
    session->network.quiet = true;
    session->network.no_pauses = true;
    session->network.closed = want_left_s < 0;
    return session_reload(session, err) != 0
               ? -1
               : fetch_first(context, profile, want_left_s, creds, left_s, err);
}

static int write_file(void *context, int profile, const struct aws_credentials *creds,
                      struct err *err)
{
    struct endpoint_session *endpoint = context;
    bool written = false;
    return credentials_file_put(endpoint->file, endpoint->profiles.entries[profile].name, creds,
                                &endpoint->file_attributes, &written, err);
}

/* Calls add for each value of an option that may be repeated, else for its variable's value. */
static int for_each(struct endpoint_session *endpoint, const struct args *args, enum option_id id,
                    int (*add)(struct endpoint_session *endpoint, const char *text,
                               struct err *err),
                    struct err *err)
{
    if (!command_accepts(args->command, id)) {
        return 0;
    }
    const char *variable = args_given(args, id) ? NULL : args_variable_text(args, id);
    int result = variable != NULL ? add(endpoint, variable, err) : 0;
    for (int i = 0; result == 0 && i < args->given_count; i++) {
        result = args->given[i].id == id ? add(endpoint, args->given[i].value, err) : 0;
    }
    return result == 0 ? 0 : args_blame(args, id, err);
}

static int add_profile(struct endpoint_session *endpoint, const char *text, struct err *err)
{
    return profile_list_add_text(&endpoint->profiles, text, err);
}

/* The scope options name the profile "default". */
static int read_profiles(struct endpoint_session *endpoint, const struct args *args,
                         struct err *err)
{
    struct profile_list *profiles = &endpoint->profiles;
    struct scope scope;
    bool named = false;
    endpoint->config.profiles = profiles;
    if (command_accepts(args->command, OPTION_POLICY)) {
        return 0; /* an agent makes them on demand */
    }
    if (scope_options_find(args, &scope, &named, err) != 0 ||
        (named && profile_list_add(profiles, PROFILE_LIST_DEFAULT_NAME, &scope, err) != 0) ||
        for_each(endpoint, args, OPTION_PROFILE, add_profile, err) != 0) {
        return -1;
    }
    return profiles->count > 0 ? 0 : scope_options_missing(err);
}

static int add_address(struct endpoint_session *endpoint, const char *text, struct err *err)
{
    int at = endpoint->config.address_count;
    if (at == ENDPOINT_SESSION_ADDRESSES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d addresses to listen on", at);
    }
    if (address_parse(&endpoint->addresses[at], text, err) != 0) {
        return -1;
    }
    endpoint->config.address_count++;
    return 0;
}

/* Without --allow-remote a command may listen on loopback, and one that does not have that option
 * also on the addresses of an agent, which are for the containers of this machine. */
static int check_address(const struct args *args, const struct address *address, struct err *err)
{
    char text[ADDRESS_TEXT_SIZE];
    bool agent = !command_accepts(args->command, OPTION_ALLOW_REMOTE);
    if (address_is_loopback(address) || (agent && address_is_agent(address))) {
        return 0;
    }
    address_format(address, text);
    return err_set(err, ERR_USAGE,
                   "--listen %s: other machines can connect to it, without TLS; use %s", text,
                   agent ? "169.254.170.23 or 127.0.0.1" : "127.0.0.1, or add --allow-remote");
}

static int read_addresses(struct endpoint_session *endpoint, const struct args *args,
                          const char *const *defaults, struct err *err)
{
    struct endpoint_config *config = &endpoint->config;
    bool remote = false;
    if (for_each(endpoint, args, OPTION_LISTEN, add_address, err) != 0) {
        return -1;
    }
    for (int i = 0; config->address_count == i && defaults[i] != NULL; i++) {
        if (add_address(endpoint, defaults[i], err) != 0) {
            return -1;
        }
    }
    if (command_accepts(args->command, OPTION_ALLOW_REMOTE) &&
        args_switch(args, OPTION_ALLOW_REMOTE, &remote, err) != 0) {
        return -1;
    }
    for (int i = 0; i < config->address_count && !remote; i++) {
        if (check_address(args, &endpoint->addresses[i], err) != 0) {
            return -1;
        }
    }
    config->addresses = endpoint->addresses;
    return 0;
}

static int log_in(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                  int64_t *left_s, struct err *err)
{
    struct endpoint_session *endpoint = context;
    (void)profile;
    (void)want_left_s;
    (void)creds;
    (void)left_s;
    return session_portal(&endpoint->session, err) != NULL ? 0 : -1;
}

/* With --interactive, the user logs in once, before the endpoint listens; in a child process, as
 * renewals run (serve/renewal.h). */
static int open_login(struct endpoint_session *endpoint, struct err *err)
{
    struct session *session = &endpoint->session;
    struct identity *identity = session->identity;
    struct browser_options browser;
    if (!identity->may_ask || identity->source == IDENTITY_ENVIRONMENT) {
        session->network.unconfined = identity->may_ask = false;
        return 0;
    }
    if (session->logins == NULL) {
        return err_set(err, ERR_FILE,
                       "--interactive needs a directory for the saved login, which renewals use: "
                       "set DUPLO_CACHE or HOME to one that can be written, or use --token-file "
                       "FILE");
    }
    for (int i = 0; i < endpoint->profiles.count; i++) {
        identity->for_admin |= !scope_is_tenant(&endpoint->profiles.entries[i].scope);
    }
    if (session_browser(session->args, &browser, err) != 0) {
        return -1;
    }
    const struct renewal_work work = {
        .context = endpoint,
        .fetch = log_in,
        .limit_ms = browser.timeout_ms + session->network.timeout_ms + LOGIN_EXTRA_MS,
    };
    if (renewal_run_in_terminal(&work, err) != 0) {
        return -1;
    }
    /* Renewals run without a person. */
    session->network.unconfined = identity->may_ask = false;
    return 0;
}

/* Renewals inherit the sandbox. */
static void confine(void *context)
{
    struct endpoint_session *endpoint = context;
    confinement_enter(endpoint->session.args, CONFINEMENT_RENEWALS);
    endpoint->session.network.unconfined = true;
}

struct endpoint_session *endpoint_session_new(const struct args *args, const char *const *defaults,
                                              struct err *err)
{
    struct endpoint_session *endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    log_never_wait();
    if (session_open(&endpoint->session, args, SESSION_NORMAL, err) != 0 ||
        read_profiles(endpoint, args, err) != 0 ||
        read_addresses(endpoint, args, defaults, err) != 0 ||
        network_check(&endpoint->session.network, err) != 0 || open_login(endpoint, err) != 0) {
        endpoint_session_free(endpoint);
        return NULL;
    }
    endpoint->config.confine = confine;
    endpoint->config.work = (struct renewal_work){
        .context = endpoint,
        .fetch = fetch,
        .limit_ms = endpoint->session.network.timeout_ms + RENEWAL_EXTRA_MS,
        .background = true,
    };
    return endpoint;
}

void endpoint_session_set_file(struct endpoint_session *endpoint, const char *file)
{
    endpoint->file = file;
    endpoint->config.work.write = write_file;
}

/* Renewals that were killed may have left files. */
static void tidy(const struct endpoint_session *endpoint)
{
    const struct cache *cache = endpoint->session.cache;
    if (cache != NULL) {
        cache_sweep(cache->dir);
    }
    if (endpoint->file != NULL) {
        fs_tidy(endpoint->file, clock_mono_ms() + TIDY_MS);
    }
}

void endpoint_session_free(struct endpoint_session *endpoint)
{
    if (endpoint != NULL) {
        tidy(endpoint);
        session_close(&endpoint->session);
        auth_wipe(&endpoint->config.auth);
        profile_list_done(&endpoint->profiles);
        free(endpoint);
    }
}

int endpoint_session_fetch_first(struct endpoint_session *endpoint, struct renewal_report *first,
                                 struct err *err)
{
    int64_t longest_ms = network_longest_ms(&endpoint->session.network);
    const struct renewal_work work = {
        .context = endpoint, .fetch = fetch_first, .limit_ms = longest_ms + RENEWAL_EXTRA_MS};
    return renewal_run(&work, 0, first, err);
}
