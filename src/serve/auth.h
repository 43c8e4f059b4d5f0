/* SPDX-License-Identifier: MIT */
/*
 * The secret that clients send in the Authorization header. SDKs read it from the file in
 * AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, or from AWS_CONTAINER_AUTHORIZATION_TOKEN.
 */
#ifndef SERVE_AUTH_H
#define SERVE_AUTH_H

#include <stdbool.h>

struct err;
struct fs_attributes;

/* Bytes with the NUL, and the least number of characters. The headers of a request must fit into
 * the memory that the server keeps for a connection. */
enum { AUTH_TOKEN_SIZE = 1025, AUTH_TOKEN_MIN = 16 };

struct auth {
    char token[AUTH_TOKEN_SIZE];
};

/* Makes a token of 256 random bits: 43 characters of base64url. 0, or -1 with ERR_INTERNAL. */
int auth_make(struct auth *auth, struct err *err) __attribute__((warn_unused_result));

/*
 * Reads the token from a file. If the file is missing, makes a token and writes it there without a
 * newline; mode and owner are set before the first byte is written. ERR_FILE for a file with
 * anything but visible ASCII characters: SDKs send the content unchanged and reject a newline.
 * Prints a warning if every user can read the file.
 */
int auth_load(struct auth *auth, const char *path, const struct fs_attributes *attr,
              struct err *err) __attribute__((warn_unused_result));

/* Whether a client's token is the right one. The time it takes depends on the length of given
 * alone. given may be NULL; an empty token matches nothing. */
bool auth_matches(const char *token, const char *given);

void auth_wipe(struct auth *auth);

#endif
