/* SPDX-License-Identifier: MIT */
/*
 * Credentials as text: credential_process JSON, and variables for shells, files and CI. Pure: the
 * caller writes the text.
 */
#ifndef AWS_FORMAT_H
#define AWS_FORMAT_H

#include <stdbool.h>

struct aws_credentials;
struct buf;
struct err;

enum aws_format {
    AWS_FORMAT_PROCESS, /* credential_process JSON, Version 1 */
    AWS_FORMAT_ENV,     /* KEY=value: dotenv, `export $(...)` */
    /* These also remove the variables that SDKs use instead (aws/environment.h). */
    AWS_FORMAT_SHELL,      /* export KEY='value', for eval */
    AWS_FORMAT_FISH,       /* set -gx KEY 'value'; */
    AWS_FORMAT_POWERSHELL, /* $Env:KEY = 'value' */
    AWS_FORMAT_INI,        /* a section of a shared credentials file */
    AWS_FORMAT_GITHUB,     /* KEY=value for $GITHUB_ENV; see aws_format_add_masks */
    AWS_FORMAT_COUNT
};

/* The names in the order of the enumeration; then "json" (aws_format_add_json); then NULL. */
extern const char *const aws_format_names[AWS_FORMAT_COUNT + 2];

/* The fields of the portal's answer that process leaves out. */
struct aws_format_fields {
    const char *region;      /* "" for none, as the others */
    const char *console_url; /* UTF-8; a secret */
    bool has_validity;
};

/* Appends a JSON object with the fields of process and these. Returns as aws_format_add. */
int aws_format_add_json(struct buf *out, const struct aws_credentials *creds,
                        const struct aws_format_fields *fields, struct err *err)
    __attribute__((warn_unused_result));

/*
 * Appends the credentials. If region is empty, its variables are omitted. profile is the section
 * name of AWS_FORMAT_INI. creds must have passed aws_credentials_check: no value is escaped.
 * Returns 0, or -1: ERR_UNAVAILABLE if the expiration is not a date, ERR_INTERNAL if an append to
 * out failed.
 */
int aws_format_add(struct buf *out, enum aws_format format, const struct aws_credentials *creds,
                   const char *region, const char *profile, struct err *err)
    __attribute__((warn_unused_result));

/* Appends the fields that the container endpoint and the metadata service have in common, as the
 * end of a JSON object: `"AccessKeyId":...}` and a newline. Returns as aws_format_add. */
int aws_format_add_endpoint(struct buf *out, const struct aws_credentials *creds, struct err *err)
    __attribute__((warn_unused_result));

/* The line to print instead of credentials if there are none: it fails in the program that
 * evaluates the output. NULL for a format that is not evaluated. format is a place in
 * aws_format_names. */
const char *aws_format_failure(int format);

/* Appends the workflow commands that mask the secret key and the session token in GitHub's logs.
 * The runner reads them from stdout and stderr, not from the GITHUB_ENV file. */
void aws_format_add_masks(struct buf *out, const struct aws_credentials *creds);

#endif
