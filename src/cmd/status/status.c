/* SPDX-License-Identifier: MIT */
/*
 * duplojit status: how long the user's next session lasts, and what limits it. Each section of the
 * output has a function, which makes the portal calls that it needs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/output_value.h"
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
    bool found;          /* the user has the tenant of the scope; else why says why not */
    bool has_validity;   /* the tenant's settings or features are known */
    struct err why;
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

static bool admin_jit_is_known(const struct status *status)
{
    return status->features.has_admin_jit || status->owners[0].current[SETTING_ADMIN_UI].set;
}

/* Why the user gets no administrator session; NULL if they get one. */
static const char *why_no_administrator(const struct status *status)
{
    const struct setting_value *flag = &status->owners[0].current[SETTING_ADMIN_UI];
    bool enabled = status->features.has_admin_jit ? status->features.admin_jit_enabled
                                                  : !flag->set || flag->value == 1;
    if (status->administrator) {
        return enabled ? NULL : "admin-jit-ui is off";
    }
    return status->features.otp_needed
               ? "a new MFA code is required (--otp), or the user is not an administrator"
               : "the user is not an administrator";
}

static void add_administrator(struct status *status)
{
    const char *why = why_no_administrator(status);
    if (why != NULL) {
        add_refused(status, "administrator", why);
    } else {
        add_duration(status, "administrator", SETTING_ADMIN_DURATION, &status->owners[0],
                     admin_jit_is_known(status)
                         ? ""
                         : "; the portal does not report whether admin-jit-ui is off");
    }
}

/* For users who may not read the tenant's settings. Its features have them, too, but not the role's
 * maximum. */
static void add_users_tenant(struct status *status)
{
    const char *after = status->features.has_flags
                            ? ""
                            : "; the portal does not report whether non-admin-jit-ui is off";
    if (!status->has_validity) {
        status_add(&status->lines, "",
                   "3600 (1 h) unless the tenant's token-validity is set, which only "
                   "administrators can read%s",
                   after);
        return;
    }
    add_duration(status, "", SETTING_TOKEN_VALIDITY, &status->owners[1], after);
    if (settings_validity_s(&status->owners[1], false) >
        settings_role_max_s(status->owners, 1, false)) {
        status_add(&status->lines, "",
                   "AWS refuses that if it is above the role's maximum, which only "
                   "administrators can read");
    }
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

static int find_tenant(struct status *status, struct err *err)
{
    struct portal_tenant *tenants = NULL;
    struct settings_owner *owner = &status->owners[1];
    size_t count = 0;
    if (portal_list_tenants(status->portal, &tenants, &count, err) != 0) {
        return -1;
    }
    const struct portal_tenant *tenant =
        portal_find_tenant(tenants, count, status->scope.tenant, &status->why);
    status->found = tenant != NULL &&
                    text_copy(owner->tenant, sizeof(owner->tenant), tenant->name) &&
                    text_copy(owner->tenant_id, sizeof(owner->tenant_id), tenant->id);
    free(tenants);
    return 0;
}

static int load_tenant(struct status *status, struct err *err)
{
    struct settings_owner *owner = &status->owners[1];
    if (status->scope.tenant[0] == '\0') {
        return 0;
    }
    if (find_tenant(status, err) != 0) {
        return -1;
    }
    if (!status->found || (!status->administrator && status->users_disabled)) {
        return 0;
    }
    status->has_validity = status->administrator;
    return status->administrator
               ? settings_owner_load(status->portal, owner, &status->keys, err)
               : settings_owner_load_features(status->portal, owner, &status->keys,
                                              &status->has_validity, err);
}

/* Why the user gets no session in the tenant; NULL if they get one, or may get one. */
static const char *why_no_tenant(const struct status *status)
{
    if (!status->found) {
        return status->why.text;
    }
    if (!status->administrator) {
        return status->users_disabled ? "non-admin-jit-ui is off" : NULL;
    }
    return settings_validity_s(&status->owners[1], false) >
                   settings_role_max_s(status->owners, 1, false)
               ? "token-validity is above the role's maximum"
               : NULL;
}

static void add_tenant(struct status *status)
{
    if (status->scope.tenant[0] == '\0') {
        return;
    }
    status_add(&status->lines, "tenant", "%s", status->scope.tenant);
    if (status->found && status->administrator) {
        add_known_tenant(status);
    } else if (why_no_tenant(status) != NULL) {
        add_refused(status, "", why_no_tenant(status));
    } else {
        add_users_tenant(status);
    }
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

static int add_sections(struct status *status, struct buf *out, struct err *err)
{
    table_init(&status->lines, 2);
    status->lines.wraps = true;
    add_portal(status);
    int result = account_add(&status->session, &status->features, &status->lines, err);
    add_administrator(status);
    add_tenant(status);
    table_write(&status->lines, out);
    return result;
}

/* Seconds, or null if they are unknown or the session is refused. */
static void write_session(struct json_writer *json, const char *why, bool known, int64_t seconds)
{
    json_write_key(json, "Seconds");
    if (why == NULL && known) {
        json_write_int(json, seconds);
    } else {
        json_write_null(json);
    }
    json_write_key(json, "Refused");
    if (why != NULL) {
        json_write_string(json, why);
    } else {
        json_write_null(json);
    }
    json_end_object(json);
}

static int write_json(const struct status *status, struct buf *out, struct err *err)
{
    const struct setting_value *duration = &status->owners[0].current[SETTING_ADMIN_DURATION];
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_put_string(&json, "Portal", status->session.host.origin);
    json_put_bool(&json, "Administrator", status->administrator);
    int result = account_write(&status->session, &status->features, &json, err);
    json_write_key(&json, "AdministratorSession");
    json_begin_object(&json);
    write_session(&json, why_no_administrator(status), true,
                  duration->set && !duration->invalid ? duration->value
                                                      : PORTAL_DEFAULT_VALIDITY_S);
    if (status->scope.tenant[0] != '\0') {
        json_write_key(&json, "TenantSession");
        json_begin_object(&json);
        json_put_string(&json, "Tenant", status->scope.tenant);
        write_session(&json, why_no_tenant(status), status->has_validity,
                      settings_validity_s(&status->owners[1], false));
    }
    json_end_object(&json);
    buf_add_char(out, '\n');
    return result;
}

static int run(const struct args *args, struct err *err)
{
    struct status status = {0};
    struct output_value value;
    struct buf out;
    if (output_value_read(args, output_value_text, &value, err) != 0) {
        return -1;
    }
    output_init(&out);
    int result = open(&status, args, err) != 0 || load_tenant(&status, err) != 0 ? -1
                 : value.own < 0 ? write_json(&status, &out, err)
                                 : add_sections(&status, &out, err);
    result = result == 0 ? output_value_write(&value, &out, err) : -1;
    buf_done(&out);
    portal_settings_done(&status.owners[0].rows);
    portal_settings_done(&status.owners[1].rows);
    session_close(&status.session);
    return result;
}

static const enum option_id option_list[] = {OUTPUT_VALUE_OPTIONS, SCOPE_OPTIONS, SESSION_OPTIONS,
                                             CACHE_OPTIONS};

static const struct option_text texts[] = {OUTPUT_VALUE_TEXT};

const struct command command_status = {
    .name = "status",
    .operands = "",
    .summary = "Show how long the next session lasts and what limits it",
    .examples = "status --tenant dev01\n"
                "status --tenant dev01 -q TenantSession.Seconds\n",
    .details =
        "Requests no credentials. Shows settings as unknown if only administrators may read them.\n"
        "JSON: Portal, User, Administrator, Token, MfaRequired, AdminJit, Cached,\n"
        "AdministratorSession and TenantSession, with Seconds and why it is Refused, or null.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
