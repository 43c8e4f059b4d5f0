/* SPDX-License-Identifier: MIT */
/*
 * Finds what AWS SDKs prefer to the credential_process of a profile, so that they would never run
 * it: static keys in the profile, or in the credentials file under the same name.
 */
#ifndef AWS_SHADOW_H
#define AWS_SHADOW_H

#include <limits.h>
#include <stdbool.h>

struct err;
struct ini_doc;

enum { SHADOW_TEXT_SIZE = PATH_MAX + 300 };

/* Sets *found, and text to the key and its place. config is the parsed config file; credentials is
 * the path of the credentials file, which may be missing, or NULL if there is none. Returns 0, or
 * -1 with ERR_FILE if the credentials file cannot be read. */
int shadow_find(const struct ini_doc *config, const char *credentials, const char *profile,
                bool *found, char text[SHADOW_TEXT_SIZE], struct err *err)
    __attribute__((warn_unused_result));

#endif
