/* SPDX-License-Identifier: MIT */
/*
 * Puts credentials into a profile of a shared credentials file (~/.aws/credentials), which other
 * programs may be reading at that moment. `aws --write-credentials` and `serve --also-write` call
 * it. It does not know where credentials come from, nor which file is meant.
 */
#ifndef AWS_CREDENTIALS_FILE_H
#define AWS_CREDENTIALS_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct aws_credentials;
struct err;
struct fs_attributes;

/* One profile to write. */
struct credentials_file_entry {
    const char *profile;
    const struct aws_credentials *creds;
};

/*
 * Edits the profiles' sections and no other byte: sets the two keys, the session token and
 * x_security_token_expires (the note that saml2aws and others leave), and removes
 * aws_security_token, which botocore would prefer. The file is replaced as a whole and once for all
 * profiles, under a lock, with links followed; it and its directory (0700) are made where they are
 * missing. The mode is attr's; an owner or group of -1 stays as it is. *written is false where all
 * was so already. -1 with ERR_FILE; with ERR_USAGE for a profile name that must not be written.
 */
int credentials_file_put_all(const char *path, const struct credentials_file_entry *entries,
                             size_t count, const struct fs_attributes *attr, bool *written,
                             struct err *err) __attribute__((warn_unused_result));

/* The same for one. */
int credentials_file_put(const char *path, const char *profile, const struct aws_credentials *creds,
                         const struct fs_attributes *attr, bool *written, struct err *err)
    __attribute__((warn_unused_result));

#endif
