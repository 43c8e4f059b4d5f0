/* SPDX-License-Identifier: MIT */
/* The portal's keys of the settings, as the environment and the options name them. */
#ifndef CMD_SETTINGS_SETTINGS_KEYS_H
#define CMD_SETTINGS_SETTINGS_KEYS_H

struct args;
struct err;
struct setting_keys;

/* Checks a type or a key that the user gave: it goes into a URL and into JSON. ERR_USAGE. */
int settings_check_key(const char *word, struct err *err) __attribute__((warn_unused_result));

/* Fills keys from settings_table and the environment variables that it names. ERR_USAGE. */
int settings_read_keys(const struct args *args, struct setting_keys *keys, struct err *err)
    __attribute__((warn_unused_result));

#endif
