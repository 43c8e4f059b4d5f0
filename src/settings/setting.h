/* SPDX-License-Identifier: MIT */
/*
 * The six settings that control just-in-time access: name, place in the portal, default, and the
 * conversion of their values between user input, the portal's text and output. Pure.
 */
#ifndef SETTINGS_SETTING_H
#define SETTINGS_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum setting_id {
    SETTING_ADMIN_UI,
    SETTING_NON_ADMIN_UI,
    SETTING_ADMIN_DURATION,
    SETTING_ROLE_MAX,
    SETTING_TOKEN_VALIDITY,
    SETTING_TENANT_ROLE_MAX,
    SETTING_COUNT
};

/* Durations are those that AWS allows for a session (STS AssumeRole, DurationSeconds). */
enum { SETTING_DURATION_MIN_S = 900, SETTING_DURATION_MAX_S = 43200 };

struct setting {
    const char *name;
    const char *type;      /* of the portal's row; NULL: a setting of each tenant */
    const char *key;       /* of the portal's row */
    bool verified;         /* the key is documented, or has been seen in use */
    bool is_switch;        /* on or off; else a duration in seconds */
    bool inverted;         /* the portal's "true" means off */
    int64_t default_value; /* if it is not set: seconds, or 1 for on */
    const char *variable;  /* environment variable that names another key */
    const char *meaning;
};

extern const struct setting settings_table[SETTING_COUNT];

struct setting_value {
    bool set;
    bool invalid;  /* the portal's text is not a value of this setting */
    int64_t value; /* seconds, or 1 for on and 0 for off */
};

/* By name; NULL if there is none. */
const struct setting *setting_find(const char *name);

/* Whether the setting is one of each tenant, not of the system. */
bool setting_is_tenants(const struct setting *setting);

/* User input: seconds or a duration such as 2h or 90m; on, off, true or false. ERR_USAGE. */
int setting_value_parse(const struct setting *setting, const char *text,
                        struct setting_value *value, struct err *err)
    __attribute__((warn_unused_result));

/* From the portal's text; NULL: not set. Accepts durations that AWS does not allow. */
struct setting_value setting_value_decode(const struct setting *setting, const char *text);

/* Enough for every text below. */
enum { SETTING_TEXT_SIZE = 64 };

/* The portal's text: "7200", "true". */
void setting_value_encode(const struct setting *setting, int64_t value,
                          char out[SETTING_TEXT_SIZE]);

/* As setting_value_parse accepts it: "7200", "on". */
void setting_value_format(const struct setting *setting, int64_t value,
                          char out[SETTING_TEXT_SIZE]);

/* For messages: "7200 (2 h)", "on". */
void setting_value_describe(const struct setting *setting, int64_t value,
                            char out[SETTING_TEXT_SIZE]);

/* For messages, from the portal's text or NULL: "7200 (2 h)", "on", "not set"; the text in quotes,
 * cut to fit, if it is not a value of the setting or setting is NULL. */
enum { SETTING_DESCRIPTION_SIZE = 100 };
void setting_describe_text(const struct setting *setting, const char *text,
                           char out[SETTING_DESCRIPTION_SIZE]);

/* False if one of them is invalid. */
bool setting_value_equal(const struct setting_value *a, const struct setting_value *b);

#endif
