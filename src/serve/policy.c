/* SPDX-License-Identifier: MIT */
#include "serve/policy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/text.h"
#include "serve/policy_names.h"

enum { TENANT_ID_MIN = 32 }; /* see scope_set_tenant */

void policy_done(struct policy *policy)
{
    free(policy->rules);
    buf_done(&policy->strings);
    *policy = (struct policy){0};
}

static const struct policy_rule *find_rule(const struct policy *policy, const char *namespace,
                                           const char *account)
{
    for (int i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        if (policy_name_matches(policy->strings.data + rule->namespace, namespace) &&
            policy_name_matches(policy->strings.data + rule->account, account)) {
            return rule;
        }
    }
    return NULL;
}

/* The tenant of a namespace with DuploCloud's name for it. */
static bool decide_by_namespace(const char *namespace, struct scope *scope)
{
    static const char prefix[] = "duploservices-";
    struct err ignored;
    if (strncmp(namespace, prefix, strlen(prefix)) != 0) {
        return false;
    }
    const char *tenant = namespace + strlen(prefix);
    return strlen(tenant) < TENANT_ID_MIN &&
           policy_name_is_valid(tenant, POLICY_NAME_NAMESPACE, false) &&
           scope_set_tenant(scope, tenant, &ignored) == 0;
}

bool policy_decide(const struct policy *policy, const char *namespace, const char *account,
                   struct scope *scope, const char **rule)
{
    struct scope found = {0};
    *rule = "no rule";
    if (!policy_name_is_valid(namespace, POLICY_NAME_NAMESPACE, false) ||
        !policy_name_is_valid(account, POLICY_NAME_ACCOUNT, false)) {
        return false;
    }
    const struct policy_rule *match = find_rule(policy, namespace, account);
    if (match != NULL) {
        *rule = policy->strings.data + match->name;
        found.kind = match->kind;
        text_copy(found.tenant, sizeof(found.tenant), policy->strings.data + match->tenant);
    } else if (policy->has_default_rule && decide_by_namespace(namespace, &found)) {
        *rule = POLICY_DEFAULT_RULE;
    } else {
        return false;
    }
    if (match != NULL && match->denies) {
        return false;
    }
    *scope = found;
    return true;
}

bool policy_is_stale(const struct policy *policy, const char *path)
{
    struct stat info;
    return stat(path, &info) != 0 || info.st_dev != policy->device ||
           info.st_ino != policy->inode || info.st_size != policy->size ||
           info.st_mtim.tv_sec != policy->changed.tv_sec ||
           info.st_mtim.tv_nsec != policy->changed.tv_nsec;
}
