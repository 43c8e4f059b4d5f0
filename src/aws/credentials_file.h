/* SPDX-License-Identifier: MIT */
/*
 * Writes credentials into profiles of a shared credentials file (~/.aws/credentials), which other
 * programs may read at the same time.
 */
#ifndef AWS_CREDENTIALS_FILE_H
#define AWS_CREDENTIALS_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct aws_credentials;
struct err;
struct fs_attributes;
struct shadow;

/* One profile to write. */
struct credentials_file_entry {
    const char *profile;
    const struct aws_credentials *creds;
    const struct shadow *replaced; /* its keys in the file are commented out; may be NULL */
};

/*
 * Changes the sections of the profiles and no other byte: sets the access key, the secret key, the
 * session token and x_security_token_expires (RFC 3339; saml2aws and other tools use the same key),
 * and removes aws_security_token, which botocore would prefer to aws_session_token. The file is
 * replaced as shared_file_update does it; attributes, *written and errors are the same.
 */
int credentials_file_put_all(const char *path, const struct credentials_file_entry *entries,
                             size_t count, const struct fs_attributes *attr, bool *written,
                             struct err *err) __attribute__((warn_unused_result));

/* The same for one profile. */
int credentials_file_put(const char *path, const char *profile, const struct aws_credentials *creds,
                         const struct fs_attributes *attr, bool *written, struct err *err)
    __attribute__((warn_unused_result));

#endif
