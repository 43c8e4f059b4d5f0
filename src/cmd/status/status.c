/* SPDX-License-Identifier: MIT */
/*
 * duplojit status: how long the user's next session lasts, and what limits it. Each section of the
 * output has a function, which makes the portal calls that it needs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "cmd/settings/settings_keys.h"
#include "cmd/status/account.h"
#include "cmd/status/status_lines.h"
#include "session/session.h"
#include "settings/settings_plan.h"

struct status {
    struct session session;
    struct scope scope;
    const struct portal *portal;
    struct portal_features features;
    struct setting_keys keys;
    /* The system, whose settings only administrators may read, and the tenant of the scope. */
    struct settings_owner owners[2];
    bool administrator;  /* the portal lets the user read its settings */
    bool users_disabled; /* the features report that non-admin-jit-ui is off */
    struct table lines;
};

static void add_refused(struct status *status, const char *label, const char *why)
{
    status_add(&status->lines, label, "refused: %s", why);
}

/* "7200 (2 h): token-validity", or the default; after is appended. */
static void add_duration(struct status *status, const char *label, enum setting_id id,
                         const struct settings_owner *owner, const char *after)
{
    const struct setting *setting = &settings_table[id];
    const struct setting_value *value = &owner->current[id];
    bool usable = value->set && !value->invalid;
    char text[SETTING_TEXT_SIZE];
    setting_value_describe(setting, usable ? value->value : setting->default_value, text);
    status_add(&status->lines, label, "%s: %s%s%s", text, setting->name,
               usable           ? ""
               : value->invalid ? " is invalid, this is the default"
                                : " is not set, this is the default",
               after);
}

static void add_portal(struct status *status)
{
    status_add(&status->lines, "portal", "%s", status->session.host.origin);
    status_add(&status->lines, "user", "%s",
               status->administrator ? "administrator"
               : status->features.otp_needed
                   ? "not an administrator, or without a new MFA code (use "
                     "--otp)"
                   : "not an administrator");
}

static void add_administrator(struct status *status)
{
    const struct setting_value *flag = &status->owners[0].current[SETTING_ADMIN_UI];
    bool reported = status->features.has_admin_jit;
    bool enabled = reported ? status->features.admin_jit_enabled : !flag->set || flag->value == 1;
    if (status->administrator && enabled) {
        bool known = reported || flag->set;
        add_duration(status, "administrator", SETTING_ADMIN_DURATION, &status->owners[0],
                     known ? "" : "; the portal does not report whether admin-jit-ui is off");
    } else {
        add_refused(status, "administrator",
                    status->administrator ? "admin-jit-ui is off"
                    : status->features.otp_needed
                        ? "a new MFA code is required (--otp), or the user is not an administrator"
                        : "the user is not an administrator");
    }
}

/* For users who may not read the tenant's settings. Its features have them, too, but not the role's
 * maximum. */
static int add_users_tenant(struct status *status, struct err *err)
{
    const char *after = status->features.has_flags
                            ? ""
                            : "; the portal does not report whether non-admin-jit-ui is off";
    struct settings_owner *owner = &status->owners[1];
    bool found = false;
    if (status->users_disabled) {
        add_refused(status, "", "non-admin-jit-ui is off");
        return 0;
    }
    if (settings_owner_load_features(status->portal, owner, &status->keys, &found, err) != 0) {
        return -1;
    }
    if (found) {
        bool above =
            settings_validity_s(owner, false) > settings_role_max_s(status->owners, 1, false);
        add_duration(status, "", SETTING_TOKEN_VALIDITY, owner, after);
        if (above) {
            status_add(&status->lines, "",
                       "AWS refuses that if it is above the role's maximum, which only "
                       "administrators can read");
        }
        return 0;
    }
    status_add(&status->lines, "",
               "3600 (1 h) unless the tenant's token-validity is set, which only administrators "
               "can read%s",
               after);
    return 0;
}

static void add_known_tenant(struct status *status)
{
    const struct setting *setting = &settings_table[SETTING_TOKEN_VALIDITY];
    int64_t validity_s = settings_validity_s(&status->owners[1], false);
    int64_t max_s = settings_role_max_s(status->owners, 1, false);
    char validity[SETTING_TEXT_SIZE];
    char max[SETTING_TEXT_SIZE];
    if (validity_s <= max_s) {
        add_duration(status, "", SETTING_TOKEN_VALIDITY, &status->owners[1], "");
        return;
    }
    setting_value_describe(setting, validity_s, validity);
    setting_value_describe(setting, max_s, max);
    status_add(&status->lines, "",
               "refused by AWS: token-validity %s is above the role's maximum, %s", validity, max);
}

/* Whether the user has the scope's tenant; why says why not. */
static int find_tenant(struct status *status, bool *found, struct err *why, struct err *err)
{
    struct portal_tenant *tenants = NULL;
    struct settings_owner *owner = &status->owners[1];
    size_t count = 0;
    if (portal_list_tenants(status->portal, &tenants, &count, err) != 0) {
        return -1;
    }
    const struct portal_tenant *tenant =
        portal_find_tenant(tenants, count, status->scope.tenant, why);
    *found = tenant != NULL && text_copy(owner->tenant, sizeof(owner->tenant), tenant->name) &&
             text_copy(owner->tenant_id, sizeof(owner->tenant_id), tenant->id);
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
    if (find_tenant(status, &found, &why, err) != 0 ||
        (found && status->administrator &&
         settings_owner_load(status->portal, &status->owners[1], &status->keys, err) != 0)) {
        return -1;
    }
    status_add(&status->lines, "tenant", "%s", status->scope.tenant);
    if (!found) {
        add_refused(status, "", why.text);
    } else if (status->administrator) {
        add_known_tenant(status);
    } else {
        return add_users_tenant(status, err);
    }
    return 0;
}

/* Reads the features, as every user may, and the system's settings, as administrators may. */
static int load(struct status *status, struct err *err)
{
    if (portal_get_flag(status->portal, status->keys.key[SETTING_NON_ADMIN_UI],
                        &status->users_disabled, &status->features, err) != 0) {
        return -1;
    }
    status->administrator =
        settings_owner_load(status->portal, &status->owners[0], &status->keys, err) == 0;
    return status->administrator || err->kind == ERR_REFUSED || err->kind == ERR_REJECTED ? 0 : -1;
}

static int open(struct status *status, const struct args *args, struct err *err)
{
    bool named = false;
    if (scope_options_find(args, &status->scope, &named, err) != 0 ||
        settings_read_keys(args, &status->keys, err) != 0 ||
        session_open(&status->session, args, SESSION_SAVED_LOGIN, err) != 0) {
        return -1;
    }
    status->portal = session_portal(&status->session, err);
    return status->portal != NULL ? load(status, err) : -1;
}

static int add_sections(struct status *status, struct err *err)
{
    add_portal(status);
    if (account_add(&status->session, &status->features, &status->lines, err) != 0) {
        return -1;
    }
    add_administrator(status);
    return add_tenant(status, err);
}

static int run(const struct args *args, struct err *err)
{
    struct status status = {0};
    struct buf out;
    output_init(&out);
    table_init(&status.lines, 2);
    int result = open(&status, args, err) != 0 ? -1 : add_sections(&status, err);
    table_write(&status.lines, &out);
    result = result == 0 ? output_write(&out, err) : -1;
    buf_done(&out);
    portal_settings_done(&status.owners[0].rows);
    portal_settings_done(&status.owners[1].rows);
    session_close(&status.session);
    return result;
}

static const enum option_id option_list[] = {SCOPE_OPTIONS, SESSION_OPTIONS, CACHE_OPTIONS};

const struct command command_status = {
    .name = "status",
    .operands = "",
    .summary = "Show how long the next session lasts and what limits it",
    .examples = "status --tenant dev01\n"
                "status -I --admin\n",
    .details = "Requests no credentials. Shows settings as unknown if only administrators may read "
               "them.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
