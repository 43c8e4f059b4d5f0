/* SPDX-License-Identifier: MIT */
/*
 * The secret that clients of the endpoint must know: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.
 * `serve` keeps it in a file, `exec --endpoint` in the child's environment.
 */
#ifndef SERVE_AUTH_H
#define SERVE_AUTH_H

#include <stdbool.h>

struct err;
struct fs_attributes;

/* Headers have to fit into the server's memory for a connection. */
enum { AUTH_TOKEN_SIZE = 1025, AUTH_TOKEN_MIN = 16 };

struct auth {
    char token[AUTH_TOKEN_SIZE];
};

/* 256 random bits, as 43 characters of base64url. */
int auth_make(struct auth *auth, struct err *err) __attribute__((warn_unused_result));

/*
 * The token of a file that exists; where there is none, a new one, written without a newline, with
 * mode and owner set before the first byte. ERR_FILE for a file that holds no usable token: it is
 * compared as it stands, and SDKs refuse one with a line end.
 */
int auth_load(struct auth *auth, const char *path, const struct fs_attributes *attr,
              struct err *err) __attribute__((warn_unused_result));

/* In a time that tells nothing about the token. given may be NULL. */
bool auth_matches(const char *token, const char *given);

void auth_wipe(struct auth *auth);

#endif
