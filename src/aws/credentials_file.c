/* SPDX-License-Identifier: MIT */
#include "aws/credentials_file.h"

#include <stdlib.h>

#include "aws/credentials.h"
#include "aws/shadow.h"
#include "aws/shared_file.h"
#include "base/clock.h"
#include "base/err.h"

enum { KEYS = 5 };

/* The changes of one profile, with the text that they need. */
struct profile_edits {
    char expires[CLOCK_RFC3339_SIZE];
    struct ini_edit edits[KEYS + SHADOW_KEYS_MAX];
};

static int fill(const struct credentials_file_entry *entry, struct profile_edits *own,
                struct shared_file_edit *edit, struct err *err)
{
    if (!clock_format_rfc3339(entry->creds->expiration_s, own->expires)) {
        return err_set(err, ERR_INTERNAL, "invalid expiration time in the credentials");
    }
    own->edits[0] =
        (struct ini_edit){.key = "aws_access_key_id", .value = entry->creds->access_key_id};
    own->edits[1] =
        (struct ini_edit){.key = "aws_secret_access_key", .value = entry->creds->secret_access_key};
    own->edits[2] =
        (struct ini_edit){.key = "aws_session_token", .value = entry->creds->session_token};
    own->edits[3] = (struct ini_edit){.key = "aws_security_token", .value = NULL};
    own->edits[4] = (struct ini_edit){.key = "x_security_token_expires", .value = own->expires};
    size_t count = KEYS;
    for (size_t i = 0; entry->replaced != NULL && i < entry->replaced->credentials_count; i++) {
        own->edits[count++] = (struct ini_edit){
            .key = entry->replaced->credentials_keys[i],
            .comment_out = true,
        };
    }
    *edit = (struct shared_file_edit){entry->profile, own->edits, count};
    return 0;
}

int credentials_file_put_all(const char *path, const struct credentials_file_entry *entries,
                             size_t count, const struct fs_attributes *attr, bool *written,
                             struct err *err)
{
    struct profile_edits *own = calloc(count + 1, sizeof(*own));
    struct shared_file_edit *edits = calloc(count + 1, sizeof(*edits));
    int result = own == NULL || edits == NULL
                     ? err_set(err, ERR_INTERNAL, "out of memory (%zu profiles)", count)
                     : 0;
    *written = false;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = fill(&entries[i], &own[i], &edits[i], err);
    }
    if (result == 0) {
        const struct shared_file_change change = {path, INI_CREDENTIALS, edits, count};
        result = shared_file_update(&change, attr, written, err);
    }
    free(own);
    free(edits);
    return result;
}

int credentials_file_put(const char *path, const char *profile, const struct aws_credentials *creds,
                         const struct fs_attributes *attr, bool *written, struct err *err)
{
    const struct credentials_file_entry entry = {profile, creds, NULL};
    return credentials_file_put_all(path, &entry, 1, attr, written, err);
}
