/* SPDX-License-Identifier: MIT */
/*
 * Finds the keys of a profile that AWS tools prefer to its credential_process, or to static keys in
 * the credentials file: tools that do never use these.
 */
#ifndef AWS_SHADOW_H
#define AWS_SHADOW_H

#include <stddef.h>

struct err;
struct ini_doc;

enum { SHADOW_KEYS_MAX = 16, SHADOW_TEXT_SIZE = 640 };

/* What the profile is meant to use. */
enum shadow_target { SHADOW_PROCESS, SHADOW_STATIC_KEYS };

/* The keys that are preferred in at least one tool. All strings are static. */
struct shadow {
    const char *config_keys[SHADOW_KEYS_MAX]; /* in the config file */
    size_t config_count;
    const char *credentials_keys[SHADOW_KEYS_MAX]; /* under the same name in the credentials file */
    size_t credentials_count;
    unsigned tools; /* those that prefer one of them; see shadow_describe */
};

/* Both files count, as AWS tools merge them; either may be NULL. Returns 0, or -1 with
 * ERR_INTERNAL. */
int shadow_find(enum shadow_target target, const struct ini_doc *config,
                const struct ini_doc *credentials, const char *profile, struct shadow *out,
                struct err *err) __attribute__((warn_unused_result));

/* Writes "TOOLS prefer KEYS in FILE and KEYS in FILE to TARGET"; long paths are cut. A path may be
 * NULL if no key is in that file. */
void shadow_describe(const struct shadow *shadow, enum shadow_target target, const char *config,
                     const char *credentials, char out[SHADOW_TEXT_SIZE]);

#endif
