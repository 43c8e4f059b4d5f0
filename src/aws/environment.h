/* SPDX-License-Identifier: MIT */
/*
 * Credentials as environment variables, and the environment of a program that gets them: the
 * inherited one without the variables that would make an AWS SDK use other credentials.
 */
#ifndef AWS_ENVIRONMENT_H
#define AWS_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

struct aws_credentials;
struct err;

/* A variable to set. A NULL name ends a list; a NULL or empty value leaves the variable unset. */
struct aws_variable {
    const char *name;
    const char *value;
};

/* Length of the list of credential variables, with its end. */
enum { AWS_VARIABLES = 7 };

/* The variables that contain or select AWS credentials: access key, session and security tokens,
 * profile, container endpoint, web identity, role. SDKs use them before or instead of credentials
 * that are added to an environment. Ends with a NULL. */
extern const char *const aws_conflicting_variables[];

/* Fills in the list of credential variables. The values are borrowed. expiration is RFC 3339;
 * region may be empty. */
void aws_environment_list(struct aws_variable out[AWS_VARIABLES],
                          const struct aws_credentials *creds, const char *region,
                          const char *expiration);

/* Whether the list sets the variable. */
bool aws_variable_is_set(const struct aws_variable *list, const char *name);

/*
 * Copies environment (NULL-terminated) without aws_conflicting_variables and without entries for
 * which is_secret is true (NULL: none), and adds the variables in added. The result is
 * NULL-terminated, for execve. aws_environment_free wipes and frees it with its strings; it accepts
 * NULL. Returns NULL with ERR_INTERNAL if memory runs out.
 */
char **aws_environment_new(const char *const *environment, const struct aws_variable *added,
                           bool (*is_secret)(const char *entry), struct err *err);
void aws_environment_free(char **environment);

#endif
