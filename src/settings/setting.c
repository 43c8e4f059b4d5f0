/* SPDX-License-Identifier: MIT */
#include "settings/setting.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "portal/portal.h"

const struct setting settings_table[] = {
    [SETTING_ADMIN_UI] = {.name = "admin-jit-ui",
                          .type = "Flags",
                          .key = "EnableAwsAdminJIT",
                          .is_switch = true,
                          .variable = "DUPLO_KEY_ADMIN_JIT_UI",
                          .meaning = "administrators can get AWS access"},
    [SETTING_NON_ADMIN_UI] = {.name = "non-admin-jit-ui",
                              .type = "Flags",
                              .key = "DisableNonAdminAwsJIT",
                              .is_switch = true,
                              .inverted = true,
                              .default_value = 1,
                              .variable = "DUPLO_KEY_NON_ADMIN_JIT_UI",
                              .meaning = "other users can get AWS access"},
    [SETTING_ADMIN_DURATION] = {.name = "admin-session-duration",
                                .type = "AppConfig",
                                .key = "AdminJitSessionDuration",
                                .verified = true,
                                .default_value = PORTAL_DEFAULT_VALIDITY_S,
                                .variable = "DUPLO_KEY_ADMIN_SESSION_DURATION",
                                .meaning = "length of an administrator's session"},
    [SETTING_ROLE_MAX] = {.name = "role-max-session-duration",
                          .type = "AppConfig",
                          .key = "MaximumSessionDuration",
                          .verified = true,
                          .default_value = PORTAL_DEFAULT_VALIDITY_S,
                          .variable = "DUPLO_KEY_ROLE_MAX_SESSION_DURATION",
                          .meaning = "longest session that the AWS roles of the tenants allow"},
    [SETTING_TOKEN_VALIDITY] = {.name = "token-validity",
                                .key = "AwsAccessTokenValidity",
                                .default_value = PORTAL_DEFAULT_VALIDITY_S,
                                .variable = "DUPLO_KEY_TOKEN_VALIDITY",
                                .meaning = "length of a session in the tenant"},
    [SETTING_TENANT_ROLE_MAX] = {.name = "tenant-role-max-session-duration",
                                 .key = "MaximumSessionDuration",
                                 .default_value = PORTAL_DEFAULT_VALIDITY_S,
                                 .variable = "DUPLO_KEY_TENANT_ROLE_MAX_SESSION_DURATION",
                                 .meaning = "longest session that the tenant's AWS role allows; "
                                            "if not set, role-max-session-duration applies"},
};

_Static_assert(sizeof(settings_table) / sizeof(settings_table[0]) == SETTING_COUNT,
               "every setting has a row");

const struct setting *setting_find(const char *name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings_table[i].name, name) == 0) {
            return &settings_table[i];
        }
    }
    return NULL;
}

bool setting_is_tenants(const struct setting *setting)
{
    return setting->type == NULL;
}

/* 1 for on, 0 for off, -1 for any other text. */
static int parse_switch(const char *text)
{
    bool on = text_equal_nocase(text, "on") || text_equal_nocase(text, "true");
    bool off = text_equal_nocase(text, "off") || text_equal_nocase(text, "false");
    return on ? 1 : off ? 0 : -1;
}

int setting_value_parse(const struct setting *setting, const char *text,
                        struct setting_value *value, struct err *err)
{
    const int64_t max_ms = (int64_t)SETTING_DURATION_MAX_S * 1000;
    *value = (struct setting_value){.set = true};
    if (setting->is_switch) {
        value->value = parse_switch(text);
        return value->value >= 0
                   ? 0
                   : err_set(err, ERR_USAGE, "%s \"%.40s\" is not on or off", setting->name, text);
    }
    int64_t ms = 0;
    if (!text_parse_duration_ms(text, max_ms, &ms) || ms % 1000 != 0 ||
        ms / 1000 < SETTING_DURATION_MIN_S) {
        return err_set(err, ERR_USAGE,
                       "%s \"%.40s\" is not a session duration that AWS allows: %d to %d seconds, "
                       "or 15m to 12h",
                       setting->name, text, SETTING_DURATION_MIN_S, SETTING_DURATION_MAX_S);
    }
    value->value = ms / 1000;
    return 0;
}

struct setting_value setting_value_decode(const struct setting *setting, const char *text)
{
    struct setting_value value = {.set = text != NULL};
    if (text == NULL) {
        return value;
    }
    if (!setting->is_switch) {
        value.invalid = !text_parse_int(text, 1, INT32_MAX, &value.value);
        return value;
    }
    int on = parse_switch(text);
    value.invalid = on < 0;
    value.value = setting->inverted ? on == 0 : on == 1;
    return value;
}

void setting_value_encode(const struct setting *setting, int64_t value, char out[SETTING_TEXT_SIZE])
{
    if (setting->is_switch) {
        snprintf(out, SETTING_TEXT_SIZE, "%s",
                 (value != 0) != setting->inverted ? "true" : "false");
    } else {
        snprintf(out, SETTING_TEXT_SIZE, "%lld", (long long)value);
    }
}

void setting_value_format(const struct setting *setting, int64_t value, char out[SETTING_TEXT_SIZE])
{
    if (setting->is_switch) {
        snprintf(out, SETTING_TEXT_SIZE, "%s", value != 0 ? "on" : "off");
    } else {
        snprintf(out, SETTING_TEXT_SIZE, "%lld", (long long)value);
    }
}

void setting_value_describe(const struct setting *setting, int64_t value,
                            char out[SETTING_TEXT_SIZE])
{
    char duration[CLOCK_DURATION_SIZE];
    if (setting->is_switch || value == 0) {
        setting_value_format(setting, value, out);
        return;
    }
    clock_format_duration(value, duration);
    snprintf(out, SETTING_TEXT_SIZE, "%lld (%s)", (long long)value, duration);
}

void setting_describe_text(const struct setting *setting, const char *text,
                           char out[SETTING_DESCRIPTION_SIZE])
{
    struct setting_value value = {.set = text != NULL, .invalid = true};
    if (setting != NULL) {
        value = setting_value_decode(setting, text);
    }
    if (!value.set) {
        snprintf(out, SETTING_DESCRIPTION_SIZE, "not set");
    } else if (value.invalid) {
        snprintf(out, SETTING_DESCRIPTION_SIZE, "\"%.*s\"", SETTING_DESCRIPTION_SIZE - 3, text);
        text_clean(out);
    } else {
        setting_value_describe(setting, value.value, out);
    }
}

bool setting_value_equal(const struct setting_value *a, const struct setting_value *b)
{
    return !a->invalid && !b->invalid && a->set == b->set && (!a->set || a->value == b->value);
}
