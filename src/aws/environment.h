/* SPDX-License-Identifier: MIT */
/*
 * Credentials in environment variables, and the environment of a program that is started with them:
 * everything it would have had, but for what would keep an AWS SDK from using them. `exec` hands it
 * to execve; the formats that are variables (aws/format.h) print the same ones.
 */
#ifndef AWS_ENVIRONMENT_H
#define AWS_ENVIRONMENT_H

#include <stddef.h>

struct aws_credentials;
struct err;

/* A variable to set; a NULL name ends a list, a NULL or empty value leaves it unset. */
struct aws_variable {
    const char *name;
    const char *value;
};

/* Those that hold credentials, and the NULL that ends the list. */
enum { AWS_VARIABLES = 7 };

/* Lists them; nothing is copied. expiration is RFC 3339. */
void aws_environment_list(struct aws_variable out[AWS_VARIABLES],
                          const struct aws_credentials *creds, const char *region,
                          const char *expiration);

/*
 * Copies environment without the variables that name, hold or point to AWS credentials (access key,
 * session and security tokens, profile, container endpoint, web identity, role), and without those
 * in added, which it appends. The result is NULL-terminated, for execve; free it, with its strings,
 * by aws_environment_free, which wipes them. NULL when memory runs out.
 */
char **aws_environment_new(const char *const *environment, const struct aws_variable *added,
                           struct err *err);
void aws_environment_free(char **environment);

#endif
