/* SPDX-License-Identifier: MIT */
/*
 * Who asks: the portal token, from where the user keeps it.
 * Commands open one; the broker and the portal get the token out of it. It knows nothing of the
 * network, and says where a token is from without saying what it is.
 */
#ifndef BROKER_IDENTITY_H
#define BROKER_IDENTITY_H

#include "base/buf.h"

struct err;

enum {
    IDENTITY_TOKEN_MAX = 16 << 10, /* bytes; a JWT of a busy user has 2,000 */
    IDENTITY_STORAGE = 3072,
};

enum identity_kind {
    IDENTITY_FILE, /* can be read again: a mounted Secret rotates */
    IDENTITY_STDIN,
    IDENTITY_ARGUMENT, /* on the command line */
    IDENTITY_ENVIRONMENT,
};

struct identity {
    enum identity_kind kind;
    const char *file; /* of IDENTITY_FILE: as it was named, for as long as the sources live */
    struct buf token;
    char storage[IDENTITY_STORAGE]; /* what the token lies in when it is not long */
};

/* Where to look, in this order; NULL is "not given". */
struct identity_sources {
    const char *token_file;       /* --token-file */
    const char *token_argument;   /* --token; "-" is stdin */
    const char *token_file_named; /* by the environment */
    const char *token_environment;
};

/* Reads the token. No source, or a token that is empty or has control characters or blanks, is
 * ERR_USAGE; a file that cannot be read ERR_FILE. Release with identity_done in any case. */
int identity_load(struct identity *identity, const struct identity_sources *sources,
                  struct err *err) __attribute__((warn_unused_result));

/* Reads a token file again; the old token stays when that fails. */
int identity_reload(struct identity *identity, struct err *err) __attribute__((warn_unused_result));

void identity_done(struct identity *identity);

/* The token. Lives until the next reload. */
const char *identity_token(const struct identity *identity);

#endif
