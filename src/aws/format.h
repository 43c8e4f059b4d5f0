/* SPDX-License-Identifier: MIT */
/*
 * Credentials as text: the credential_process JSON, and environments for shells, files and CI.
 * Pure; the command that was asked for a format writes the result.
 */
#ifndef AWS_FORMAT_H
#define AWS_FORMAT_H

#include <stdbool.h>

struct aws_credentials;
struct buf;
struct err;

enum aws_format {
    AWS_FORMAT_PROCESS,    /* credential_process JSON, Version 1 */
    AWS_FORMAT_ENV,        /* KEY=value: dotenv, `export $(...)` */
    AWS_FORMAT_SHELL,      /* export KEY='value', for eval */
    AWS_FORMAT_FISH,       /* set -gx KEY 'value'; */
    AWS_FORMAT_POWERSHELL, /* $Env:KEY = 'value' */
    AWS_FORMAT_INI,        /* a section of a shared credentials file */
    AWS_FORMAT_GITHUB,     /* workflow masks on stdout, KEY=value for $GITHUB_ENV */
    AWS_FORMAT_COUNT
};

/* A format by the name that -o takes; "json" is process. False where there is none. */
bool aws_format_parse(const char *name, enum aws_format *format);

/* "process, env, ..." for messages and help. */
const char *aws_format_names(void);

/*
 * Appends the credentials. region may be empty: its variables are left out then. profile names the
 * section of AWS_FORMAT_INI. creds have passed aws_credentials_check, so no value needs escaping;
 * quotes are for the reader. -1 with ERR_UNAVAILABLE if the expiration is not a
 * date, or with ERR_INTERNAL if an append to out has failed.
 */
int aws_format_add(struct buf *out, enum aws_format format, const struct aws_credentials *creds,
                   const char *region, const char *profile, struct err *err)
    __attribute__((warn_unused_result));

/* The workflow commands that make GitHub's log hide the secret key and the session token. They go
 * to stdout, even where the variables go to the file that GITHUB_ENV names. */
void aws_format_add_masks(struct buf *out, const struct aws_credentials *creds);

#endif
