/* SPDX-License-Identifier: MIT */
#include "aws/environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "base/text.h"

const char *const aws_conflicting_variables[] = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    NULL,
};

void aws_environment_list(struct aws_variable out[AWS_VARIABLES],
                          const struct aws_credentials *creds, const char *region,
                          const char *expiration)
{
    const struct aws_variable list[AWS_VARIABLES] = {
        {"AWS_ACCESS_KEY_ID", creds->access_key_id},
        {"AWS_SECRET_ACCESS_KEY", creds->secret_access_key},
        {"AWS_SESSION_TOKEN", creds->session_token},
        {"AWS_REGION", region},
        {"AWS_DEFAULT_REGION", region},
        {"AWS_CREDENTIAL_EXPIRATION", expiration},
        {NULL, NULL},
    };
    memcpy(out, list, sizeof(list));
}

static bool is_set(const struct aws_variable *variable)
{
    return variable->value != NULL && variable->value[0] != '\0';
}

bool aws_variable_is_set(const struct aws_variable *list, const char *name)
{
    for (; list->name != NULL; list++) {
        if (is_set(list) && strcmp(list->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_removed(const char *entry, const struct aws_variable *added,
                       bool (*is_secret)(const char *entry))
{
    if (is_secret != NULL && is_secret(entry)) {
        return true;
    }
    for (size_t i = 0; aws_conflicting_variables[i] != NULL; i++) {
        if (text_is_variable(entry, aws_conflicting_variables[i])) {
            return true;
        }
    }
    for (; added->name != NULL; added++) {
        if (is_set(added) && text_is_variable(entry, added->name)) {
            return true;
        }
    }
    return false;
}

static char *make_entry(const struct aws_variable *variable)
{
    size_t size = strlen(variable->name) + strlen(variable->value) + 2;
    char *entry = malloc(size);
    if (entry != NULL) {
        snprintf(entry, size, "%s=%s", variable->name, variable->value);
    }
    return entry;
}

static bool fill(char **out, const char *const *environment, const struct aws_variable *added,
                 bool (*is_secret)(const char *entry))
{
    for (; *environment != NULL; environment++) {
        if (!is_removed(*environment, added, is_secret)) {
            *out = strdup(*environment);
            if (*out++ == NULL) {
                return false;
            }
        }
    }
    for (; added->name != NULL; added++) {
        if (is_set(added)) {
            *out = make_entry(added);
            if (*out++ == NULL) {
                return false;
            }
        }
    }
    return true;
}

char **aws_environment_new(const char *const *environment, const struct aws_variable *added,
                           bool (*is_secret)(const char *entry), struct err *err)
{
    size_t count = 1;
    for (const char *const *at = environment; *at != NULL; at++) {
        count++;
    }
    for (const struct aws_variable *at = added; at->name != NULL; at++) {
        count++;
    }
    char **out = calloc(count, sizeof(*out));
    if (out == NULL || !fill(out, environment, added, is_secret)) {
        aws_environment_free(out);
        err_set(err, ERR_INTERNAL, "out of memory (environment)");
        return NULL;
    }
    return out;
}

void aws_environment_free(char **environment)
{
    if (environment == NULL) {
        return;
    }
    for (char **at = environment; *at != NULL; at++) {
        explicit_bzero(*at, strlen(*at));
        free(*at);
    }
    free(environment);
}
