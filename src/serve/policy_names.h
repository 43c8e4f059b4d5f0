/* SPDX-License-Identifier: MIT */
/* The names in a policy: what Kubernetes allows (RFC 1123), and patterns for several of them. */
#ifndef SERVE_POLICY_NAMES_H
#define SERVE_POLICY_NAMES_H

#include <stdbool.h>

struct err;

enum policy_name { POLICY_NAME_RULE, POLICY_NAME_NAMESPACE, POLICY_NAME_ACCOUNT };

/* A rule has the form of a namespace: a label of at most 63 characters. A service account may have
 * dots and 253 characters. A pattern is such a name, or the beginning of one and a star. */
bool policy_name_is_valid(const char *text, enum policy_name kind, bool pattern);

/* The same; ERR_USAGE if it is not valid. */
int policy_name_check(const char *text, enum policy_name kind, bool pattern, struct err *err)
    __attribute__((warn_unused_result));

bool policy_name_is_pattern(const char *text);

/* Whether a pattern matches a name, or all names that another pattern matches. */
bool policy_name_matches(const char *pattern, const char *name);

#endif
