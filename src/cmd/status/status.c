/* SPDX-License-Identifier: MIT */
/*
 * duplojit status: what the token's user gets next, and why. One function per section of the
 * output; each adds lines of its own and asks the portal what the sections before it did not.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "cmd/settings/settings.h"
#include "cmd/status/account.h"

/* What all sections go by. places[0] is the system, and empty for those who may not see it. */
struct status {
    struct session session;
    struct scope scope;
    const struct portal *portal;
    struct portal_features features;
    struct setting_keys keys;
    struct settings_owner places[2];
    bool administrator; /* the portal lets the user read its settings */
    bool users_refused; /* as far as the portal tells */
    struct buf out;
};

/* "7200 (2 h): token-validity", or what holds without it; and what else there is to say. */
static void add_duration(struct status *status, enum setting_id id,
                         const struct settings_owner *place, const char *more)
{
    const struct setting *setting = &settings_table[id];
    const struct setting_value *value = &place->now[id];
    bool usable = value->set && !value->invalid;
    char words[SETTING_TEXT_SIZE];
    setting_value_format(setting, usable ? value->value : setting->otherwise, words);
    buf_add_fmt(&status->out, "%s: %s%s%s\n", words, setting->name,
                usable           ? ""
                : value->invalid ? " cannot be read, this is the default"
                                 : " is not set, this is the default",
                more);
}

static void add_portal(struct status *status)
{
    buf_add_fmt(&status->out, "portal         %s\nuser           %s\n", status->session.host.origin,
                status->administrator ? "an administrator"
                : status->features.otp_needed
                    ? "no administrator, or one without a new MFA code (--otp)"
                    : "no administrator");
}

static void add_administrator(struct status *status)
{
    const struct setting_value *flag = &status->places[0].now[SETTING_ADMIN_UI];
    bool told = status->features.tells_admin_jit;
    bool enabled = told ? status->features.admin_jit_enabled : !flag->set || flag->value == 1;
    buf_add_str(&status->out, "administrator  ");
    if (status->administrator && enabled) {
        add_duration(status, SETTING_ADMIN_DURATION, &status->places[0],
                     told || flag->set ? "" : "; unless admin-jit-ui is off, which nothing tells");
    } else {
        buf_add_fmt(&status->out, "refused: %s\n",
                    status->administrator ? "admin-jit-ui is off"
                    : status->features.otp_needed
                        ? "a new MFA code is needed (--otp), or the user is no administrator"
                        : "the user is no administrator");
    }
}

/* For those who may not read a tenant's settings. */
static void add_unknown_tenant(struct status *status)
{
    buf_add_fmt(&status->out, "%s%s\n",
                status->users_refused ? "refused: non-admin-jit-ui is off"
                                      : "3600 (1 h) unless the tenant's token-validity says "
                                        "otherwise, which only administrators can read",
                status->features.tells_flags
                    ? ""
                    : "; the portal does not tell whether non-admin-jit-ui is off");
}

static void add_known_tenant(struct status *status)
{
    const struct setting *setting = &settings_table[SETTING_TOKEN_VALIDITY];
    int64_t validity_s = settings_validity_s(&status->places[1], false);
    int64_t max_s = settings_role_max_s(status->places, 1, false);
    char validity[SETTING_TEXT_SIZE];
    char max[SETTING_TEXT_SIZE];
    if (validity_s <= max_s) {
        add_duration(status, SETTING_TOKEN_VALIDITY, &status->places[1], "");
        return;
    }
    setting_value_format(setting, validity_s, validity);
    setting_value_format(setting, max_s, max);
    buf_add_fmt(&status->out, "refused by AWS: token-validity %s is above the role's maximum, %s\n",
                validity, max);
}

/* Whether the user has the tenant; *why says what there is where not. */
static int find_tenant(struct status *status, const struct scope *scope, bool *found,
                       struct err *why, struct err *err)
{
    struct portal_tenant *tenants = NULL;
    struct settings_owner *place = &status->places[1];
    size_t count = 0;
    if (portal_list_tenants(status->portal, &tenants, &count, err) != 0) {
        return -1;
    }
    const struct portal_tenant *tenant = portal_find_tenant(tenants, count, scope->tenant, why);
    *found = tenant != NULL && text_copy(place->tenant, sizeof(place->tenant), tenant->name) &&
             text_copy(place->tenant_id, sizeof(place->tenant_id), tenant->id);
    free(tenants);
    return 0;
}

static int add_tenant(struct status *status, struct err *err)
{
    struct err why;
    bool found = false;
    if (status->scope.tenant[0] == '\0') {
        return 0;
    }
    if (find_tenant(status, &status->scope, &found, &why, err) != 0 ||
        (found && status->administrator &&
         settings_owner_load(status->portal, &status->places[1], &status->keys, err) != 0)) {
        return -1;
    }
    buf_add_fmt(&status->out, "tenant         %s\n               ", status->scope.tenant);
    if (!found) {
        buf_add_fmt(&status->out, "refused: %s\n", why.text);
    } else if (status->administrator) {
        add_known_tenant(status);
    } else {
        add_unknown_tenant(status);
    }
    return 0;
}

/* The features tell everyone something of the settings; administrators read the settings. */
static int look(struct status *status, struct err *err)
{
    if (portal_get_flag(status->portal, status->keys.key[SETTING_NON_ADMIN_UI],
                        &status->users_refused, &status->features, err) != 0) {
        return -1;
    }
    status->administrator =
        settings_owner_load(status->portal, &status->places[0], &status->keys, err) == 0;
    return status->administrator || err->kind == ERR_REFUSED || err->kind == ERR_REJECTED ? 0 : -1;
}

static int open(struct status *status, const struct args *args, struct err *err)
{
    bool named = false;
    if (scope_options_find(args, &status->scope, &named, err) != 0 ||
        settings_find_keys(args, &status->keys, err) != 0 ||
        session_open(&status->session, args, SESSION_SAVED_LOGIN, err) != 0) {
        return -1;
    }
    status->portal = session_portal(&status->session, err);
    return status->portal != NULL ? look(status, err) : -1;
}

static int add_sections(struct status *status, struct err *err)
{
    add_portal(status);
    if (account_add(&status->session, &status->features, &status->out, err) != 0) {
        return -1;
    }
    add_administrator(status);
    return add_tenant(status, err);
}

static int run(const struct args *args, struct err *err)
{
    struct status status = {0};
    output_init(&status.out);
    int result = open(&status, args, err) != 0 || add_sections(&status, err) != 0
                     ? -1
                     : output_write(&status.out, err);
    buf_done(&status.out);
    portal_settings_done(&status.places[0].rows);
    portal_settings_done(&status.places[1].rows);
    session_close(&status.session);
    return result;
}

static const enum option_id option_list[] = {SCOPE_OPTIONS, SESSION_OPTIONS, CACHE_OPTIONS};

const struct command command_status = {
    .name = "status",
    .operands = "",
    .summary = "Show how long the next session lasts and what limits it",
    .examples = "  duplojit status --tenant dev01\n"
                "  duplojit status -I --admin\n",
    .details = "Requests no credentials. Settings that only administrators may read are shown as\n"
               "unknown.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
