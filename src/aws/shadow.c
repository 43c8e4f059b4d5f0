/* SPDX-License-Identifier: MIT */
#include "aws/shadow.h"

#include <stdio.h>

#include "aws/shared_file.h"
#include "base/buf.h"
#include "base/err.h"

static int has_static_keys(const struct ini_doc *doc, const char *profile, bool *found,
                           struct err *err)
{
    return ini_get(doc, profile, "aws_access_key_id", NULL, found, err);
}

static int find_in_credentials(const char *path, const char *profile, bool *found, struct err *err)
{
    struct buf text;
    struct ini_doc doc;
    buf_init(&text, SHARED_FILE_MAX);
    int result = shared_file_read(path, INI_CREDENTIALS, profile, &text, &doc, err);
    if (result == 0) {
        result = has_static_keys(&doc, profile, found, err);
    }
    ini_done(&doc);
    buf_done(&text);
    return result;
}

int shadow_find(const struct ini_doc *config, const char *credentials, const char *profile,
                bool *found, char text[SHADOW_TEXT_SIZE], struct err *err)
{
    if (has_static_keys(config, profile, found, err) != 0) {
        return -1;
    }
    if (*found) {
        snprintf(text, SHADOW_TEXT_SIZE, "aws_access_key_id in the profile itself");
        return 0;
    }
    if (credentials == NULL) {
        return 0;
    }
    if (find_in_credentials(credentials, profile, found, err) != 0) {
        return -1;
    }
    if (*found) {
        snprintf(text, SHADOW_TEXT_SIZE, "aws_access_key_id in [%s] of %s", profile, credentials);
    }
    return 0;
}
