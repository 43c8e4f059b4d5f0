/* SPDX-License-Identifier: MIT */
/*
 * The policy of an agent: which credentials a pod gets, by its namespace and its service account. A
 * YAML file, such as a Kubernetes ConfigMap mounts, or JSON:
 *
 *   apiVersion: duplojit/v1
 *   defaultRule: namespace         # the default; or deny
 *   rules:
 *     - name: payments             # left out: "rule 1" for the first rule
 *       namespace: payments-*      # exact, or a beginning and *
 *       serviceAccount: worker     # the same; left out: all of the namespace
 *       tenant: payments-prod      # or tenantId: UUID, admin: true, duploOps: true, deny: true
 *
 * The first rule that matches decides. Then the default rule gives a pod in the namespace
 * duploservices-TENANT the tenant TENANT, because DuploCloud names a tenant's namespace that way.
 * Every other pod is denied.
 */
#ifndef SERVE_POLICY_H
#define SERVE_POLICY_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "portal/scope.h"

struct err;

/* The name of the default rule. */
#define POLICY_DEFAULT_RULE "default"

enum { POLICY_FILE_MAX = 256 << 10, POLICY_RULES_MAX = 1000 };

struct policy_rule {
    unsigned int name; /* this and the next three: offsets in policy.strings */
    unsigned int namespace;
    unsigned int account;
    unsigned int tenant;
    unsigned int line; /* in the file */
    enum scope_kind kind;
    bool denies; /* kind and tenant do not count then */
};

/* Zeroed, it denies everything. Not to be changed by its users. */
struct policy {
    struct policy_rule *rules;
    int rule_count;
    struct buf strings;
    bool has_default_rule;
    /* The file that was read. */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

/*
 * Reads a policy. *policy is one that was read before, or zeroed. It is released and replaced if
 * the file is valid; after an error it is unchanged. Returns 0, or -1 with ERR_FILE, the path and
 * the line of the first of these errors: the file cannot be read or is above the limits; it is not
 * YAML; a field is unknown, missing, twice or of another type; a name that Kubernetes or the portal
 * does not allow; a rule with no scope or with two; two rules with one name; a rule that never
 * matches, because a rule before it matches first; and a rule with admin or duploOps unless it
 * names one namespace and one service account. ERR_INTERNAL if memory is exhausted.
 */
int policy_read(struct policy *policy, const char *path, struct err *err)
    __attribute__((warn_unused_result));

/* The same from a text, with no path in the messages. */
int policy_parse(struct policy *policy, const char *text, size_t len, struct err *err)
    __attribute__((warn_unused_result));

/* Releases the rules; policy is zeroed then. */
void policy_done(struct policy *policy);

/*
 * Whether a pod gets credentials; *scope is set only then. *rule becomes the name of the rule that
 * decided, "default" or "no rule", none of which a rule in the file can have; it is valid until the
 * policy is read again or released. A namespace or service account that Kubernetes does not allow
 * is denied. So is duploservices-TENANT if TENANT has 32 characters or more, or is not a namespace
 * by itself: the portal's clients take such a text for an ID, so it needs a rule with tenantId.
 */
bool policy_decide(const struct policy *policy, const char *namespace, const char *account,
                   struct scope *scope, const char **rule);

/* Whether the file at path, after following links, is another one than the one that was read, or
 * has changed, or cannot be found. Stays true until policy_read succeeds. */
bool policy_is_stale(const struct policy *policy, const char *path);

#endif
