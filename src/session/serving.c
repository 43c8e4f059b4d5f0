/* SPDX-License-Identifier: MIT */
#include "session/serving.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_file.h"
#include "aws/ini/ini.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/args.h"
#include "cli/command.h"

enum { RENEWAL_EXTRA_MS = 15000 }; /* for the lock of a file, and a machine that is busy */

/* The first attempt may wait as long as --wait says. */
static int fetch_first(void *context, int profile, int64_t want_left_s,
                       struct aws_credentials *creds, int64_t *left_s, struct err *err)
{
    struct serving *serving = context;
    struct session *session = &serving->session;
    session->want_left_s = want_left_s;
    if (session_credentials(session, &serving->scopes[profile], creds, err) != 0) {
        return -1;
    }
    *left_s = session->left_s;
    return 0;
}

/* Runs in a process of its own, so what it changes is gone afterwards. A mounted Secret rotates:
 * the token is read again each time. What is typed is not for it: a Ctrl-C ends the process that
 * serves, or the program beside it, or nothing. */
static int fetch(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                 int64_t *left_s, struct err *err)
{
    struct serving *serving = context;
    struct session *session = &serving->session;
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    session->wait_ms = 0; /* it never stops trying anyway; one attempt must come to an end */
    return !session->interactive && identity_reload(&session->identity, err) != 0
               ? -1
               : fetch_first(context, profile, want_left_s, creds, left_s, err);
}

static int write_file(void *context, int profile, const struct aws_credentials *creds,
                      struct err *err)
{
    struct serving *serving = context;
    bool written = false;
    return credentials_file_put(serving->file, serving->names[profile], creds,
                                &serving->file_attributes, &written, err);
}

static int add_profile(struct serving *serving, const char *name, size_t name_len,
                       const struct scope *scope, struct err *err)
{
    int at = serving->config.profile_count;
    if (at == PROFILE_SET_PROFILES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d profiles: start a second endpoint", at);
    }
    if (name_len >= sizeof(serving->names[0])) {
        return err_set(err, ERR_USAGE, "--profile \"%.40s...\": the name is too long", name);
    }
    memcpy(serving->names[at], name, name_len);
    serving->names[at][name_len] = '\0';
    for (int i = 0; i < at; i++) {
        if (strcmp(serving->names[i], serving->names[at]) == 0) {
            return err_set(err, ERR_USAGE, "two profiles are named %s", serving->names[at]);
        }
    }
    if (ini_check_name(INI_CREDENTIALS, serving->names[at], err) != 0) {
        return err_wrap(err, "--profile");
    }
    serving->scopes[at] = *scope;
    serving->name_list[at] = serving->names[at];
    serving->config.profile_count++;
    return 0;
}

/* NAME=SCOPE */
static int take_profile(struct serving *serving, const char *text, struct err *err)
{
    struct scope scope;
    const char *equals = strchr(text, '=');
    if (equals == NULL) {
        return err_set(err, ERR_USAGE, "--profile \"%.60s\": write NAME=tenant:TENANT", text);
    }
    if (scope_parse(&scope, equals + 1, err) != 0) {
        return err_wrap(err, "--profile");
    }
    return add_profile(serving, text, (size_t)(equals - text), &scope, err);
}

/* Calls take for each value of an option that may be repeated, else for its variable's. */
static int for_each(struct serving *serving, const struct args *args, enum option_id id,
                    int (*take)(struct serving *serving, const char *text, struct err *err),
                    struct err *err)
{
    if (!command_accepts(args->command, id)) {
        return 0;
    }
    const char *variable = args_given(args, id) ? NULL : args_variable_text(args, id);
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].id == id && take(serving, args->given[i].value, err) != 0) {
            return -1;
        }
    }
    return variable != NULL ? take(serving, variable, err) : 0;
}

/* What the scope options name is the profile "default". */
static int read_profiles(struct serving *serving, const struct args *args, struct err *err)
{
    static const char name[] = "default";
    struct endpoint_config *config = &serving->config;
    struct scope scope;
    bool named = false;
    if (session_scope(args, &scope, &named, err) != 0 ||
        (named && add_profile(serving, name, sizeof(name) - 1, &scope, err) != 0) ||
        for_each(serving, args, OPTION_PROFILE, take_profile, err) != 0) {
        return -1;
    }
    if (config->profile_count == 0) {
        return err_set(err, ERR_USAGE,
                       "whose credentials? give --tenant NAME, --tenant-id ID, --admin or "
                       "--duplo-ops");
    }
    config->default_profile = config->profile_count == 1 ? 0 : -1;
    for (int i = 0; i < config->profile_count; i++) {
        if (strcmp(serving->names[i], name) == 0) {
            config->default_profile = i;
        }
    }
    config->profiles = serving->name_list;
    return 0;
}

static int take_address(struct serving *serving, const char *text, struct err *err)
{
    int at = serving->config.address_count;
    if (at == SERVING_ADDRESSES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d addresses to listen on", at);
    }
    if (address_parse(&serving->addresses[at], text, err) != 0) {
        return err_wrap(err, "--listen");
    }
    serving->config.address_count++;
    return 0;
}

static int read_addresses(struct serving *serving, const struct args *args,
                          const char *addresses_default, struct err *err)
{
    bool remote = false;
    if (for_each(serving, args, OPTION_LISTEN, take_address, err) != 0 ||
        (serving->config.address_count == 0 &&
         take_address(serving, addresses_default, err) != 0) ||
        args_switch(args, OPTION_ALLOW_REMOTE, &remote, err) != 0) {
        return -1;
    }
    for (int i = 0; i < serving->config.address_count; i++) {
        char text[ADDRESS_TEXT_SIZE];
        address_format(&serving->addresses[i], text);
        if (!remote && !address_is_loopback(&serving->addresses[i])) {
            return err_set(err, ERR_USAGE,
                           "--listen %s can be reached from other machines, without TLS: use "
                           "127.0.0.1, or say --allow-remote",
                           text);
        }
    }
    serving->config.addresses = serving->addresses;
    return 0;
}

struct serving *serving_new(const struct args *args, const char *addresses_default, struct err *err)
{
    struct serving *serving = calloc(1, sizeof(*serving));
    if (serving == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    log_never_wait();
    if (session_open(&serving->session, args, err) != 0 || read_profiles(serving, args, err) != 0 ||
        read_addresses(serving, args, addresses_default, err) != 0 ||
        session_check_network(&serving->session, err) != 0 || serving_log_in(serving, err) != 0) {
        serving_free(serving);
        return NULL;
    }
    serving->config.work = (struct renewal_work){
        .context = serving,
        .fetch = fetch,
        .limit_ms = serving->session.timeout_ms + RENEWAL_EXTRA_MS,
    };
    return serving;
}

void serving_also_write(struct serving *serving, const char *file)
{
    serving->file = file;
    serving->config.work.write = write_file;
}

void serving_free(struct serving *serving)
{
    if (serving != NULL) {
        session_close(&serving->session);
        auth_wipe(&serving->config.auth);
        free(serving);
    }
}

int serving_fetch_first(struct serving *serving, struct renewal_report *first, struct err *err)
{
    const struct session *session = &serving->session;
    int64_t longest_ms =
        session->wait_ms > session->timeout_ms ? session->wait_ms : session->timeout_ms;
    const struct renewal_work work = {
        .context = serving, .fetch = fetch_first, .limit_ms = longest_ms + RENEWAL_EXTRA_MS};
    struct renewal renewal;
    renewal_init(&renewal);
    if (renewal_start(&renewal, &work, 0, 0, err) != 0) {
        return -1;
    }
    enum renewal_event event = RENEWAL_NOTHING;
    while ((event = renewal_step(&renewal)) == RENEWAL_NOTHING) {
        struct pollfd file = {.fd = renewal.fd, .events = POLLIN};
        poll(&file, 1, (int)clock_left_ms(renewal.deadline_ms));
    }
    *first = renewal.report;
    *err = renewal.report.err;
    renewal_end(&renewal);
    return event == RENEWAL_FETCHED ? 0 : -1;
}
