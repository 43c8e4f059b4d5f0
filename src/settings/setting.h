/* SPDX-License-Identifier: MIT */
/*
 * The six settings that decide about just-in-time access, each described once: its name here, where
 * the portal keeps it, what its values mean. Commands and the planner read the table; the functions
 * turn a person's text, the portal's text and words into one another. No network, no files.
 */
#ifndef SETTINGS_SETTING_H
#define SETTINGS_SETTING_H

#include <stdbool.h>
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

enum { SETTING_DURATION_MIN_S = 900, SETTING_DURATION_MAX_S = 43200, SETTING_TEXT_SIZE = 64 };

struct setting {
    const char *name;
    const char *type; /* NULL: a tenant's setting */
    const char *key;
    bool verified;        /* the key is documented, or was seen */
    bool is_switch;       /* on or off; else a duration in seconds */
    bool inverted;        /* the portal's "true" is off */
    int64_t otherwise;    /* what holds where it is not set: seconds, or 1 for on */
    const char *variable; /* an environment variable with another key */
    const char *meaning;
};

extern const struct setting settings_table[SETTING_COUNT];

/* What a setting has, or is to have. */
struct setting_value {
    bool set;
    bool invalid;  /* the portal has something that is no value of this setting */
    int64_t value; /* seconds, or 1 for on */
};

/* By name; NULL where there is none. */
const struct setting *setting_find(const char *name);

/* From a person: seconds or 2h, 90m; on, off, true, false. ERR_USAGE. */
int setting_value_parse(const struct setting *setting, const char *text,
                        struct setting_value *value, struct err *err)
    __attribute__((warn_unused_result));

/* From the portal; NULL is not set. */
struct setting_value setting_value_read(const struct setting *setting, const char *text);

/* For the portal. */
void setting_value_store(const struct setting *setting, int64_t value, char out[SETTING_TEXT_SIZE]);

/* For people: "7200 (2 h)", "on". jit_value_print without the words: what parse takes again. */
void setting_value_format(const struct setting *setting, int64_t value,
                          char out[SETTING_TEXT_SIZE]);
void setting_value_print(const struct setting *setting, int64_t value, char out[SETTING_TEXT_SIZE]);

/* Whether both say the same; two odd values never do. */
bool setting_value_equal(const struct setting_value *a, const struct setting_value *b);

#endif
