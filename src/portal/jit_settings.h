/* SPDX-License-Identifier: MIT */
/*
 * The six settings that decide about just-in-time access, each described once: its name here, where
 * the portal keeps it, what its values mean. Commands and the planner read the table; the functions
 * turn a person's text, the portal's text and words into one another. No network, no files.
 */
#ifndef PORTAL_JIT_SETTINGS_H
#define PORTAL_JIT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct err;

enum jit_setting_id {
    JIT_ADMIN_UI,
    JIT_NON_ADMIN_UI,
    JIT_ADMIN_DURATION,
    JIT_ROLE_MAX,
    JIT_TOKEN_VALIDITY,
    JIT_TENANT_ROLE_MAX,
    JIT_SETTING_COUNT
};

enum { JIT_DURATION_MIN_S = 900, JIT_DURATION_MAX_S = 43200, JIT_TEXT_SIZE = 64 };

struct jit_setting {
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

extern const struct jit_setting jit_settings[JIT_SETTING_COUNT];

/* What a setting has, or is to have. */
struct jit_value {
    bool set;
    bool odd;      /* the portal has something that is no value of this setting */
    int64_t value; /* seconds, or 1 for on */
};

/* By name; NULL where there is none. */
const struct jit_setting *jit_setting_find(const char *name);

/* From a person: seconds or 2h, 90m; on, off, true, false. ERR_USAGE. */
int jit_value_parse(const struct jit_setting *setting, const char *text, struct jit_value *value,
                    struct err *err) __attribute__((warn_unused_result));

/* From the portal; NULL is not set. */
struct jit_value jit_value_read(const struct jit_setting *setting, const char *text);

/* For the portal. */
void jit_value_store(const struct jit_setting *setting, int64_t value, char out[JIT_TEXT_SIZE]);

/* For people: "7200 (2 h)", "on". jit_value_print without the words: what parse takes again. */
void jit_value_format(const struct jit_setting *setting, int64_t value, char out[JIT_TEXT_SIZE]);
void jit_value_print(const struct jit_setting *setting, int64_t value, char out[JIT_TEXT_SIZE]);

/* Whether both say the same; two odd values never do. */
bool jit_value_equal(const struct jit_value *a, const struct jit_value *b);

#endif
