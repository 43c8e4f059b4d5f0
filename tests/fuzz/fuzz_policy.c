/* SPDX-License-Identifier: MIT */
/* Policies of an agent: a line with a namespace, one with a service account, and a file. The rule
 * of exact names decides for them, since no rule before it may match. Administrators' access is for
 * exact names only. The default rule gives the tenant in the namespace. A file that is refused
 * changes nothing. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "serve/policy.h"
#include "serve/policy_names.h"

static bool is_exact(const char *text)
{
    return strchr(text, '*') == NULL;
}

static void check_rule(const struct policy *policy, const struct policy_rule *rule)
{
    const char *strings = policy->strings.data;
    const char *namespace = strings + rule->namespace;
    const char *account = strings + rule->account;
    const char *name = NULL;
    struct scope scope;
    bool exact = is_exact(namespace) && is_exact(account);
    FUZZ_CHECK(exact || rule->denies || scope_is_tenant(&(struct scope){.kind = rule->kind}));
    FUZZ_CHECK(policy_name_is_valid(namespace, POLICY_NAME_NAMESPACE, true));
    FUZZ_CHECK(policy_name_is_valid(account, POLICY_NAME_ACCOUNT, true));
    if (exact) {
        FUZZ_CHECK(policy_decide(policy, namespace, account, &scope, &name) == !rule->denies);
        FUZZ_CHECK(strcmp(name, strings + rule->name) == 0);
    }
}

static void check_pod(const struct policy *policy, const char *namespace, const char *account)
{
    static const char prefix[] = "duploservices-";
    struct scope again;
    struct scope scope;
    struct err err = {0};
    char key[SCOPE_KEY_SIZE];
    const char *rule = NULL;
    if (!policy_decide(policy, namespace, account, &scope, &rule)) {
        FUZZ_CHECK(rule[0] != '\0' && strcmp(rule, POLICY_DEFAULT_RULE) != 0);
        return;
    }
    FUZZ_CHECK(policy_name_check(namespace, POLICY_NAME_NAMESPACE, false, &err) == 0);
    FUZZ_CHECK(policy_name_check(account, POLICY_NAME_ACCOUNT, false, &err) == 0);
    FUZZ_CHECK(strcmp(rule, "no rule") != 0 && !scope.kubernetes && scope.kind != SCOPE_PLAN);
    scope_key(&scope, key);
    FUZZ_CHECK(scope_parse(&again, key, &err) == 0 && again.kind == scope.kind);
    if (strcmp(rule, POLICY_DEFAULT_RULE) == 0) {
        FUZZ_CHECK(policy->has_default_rule && scope.kind == SCOPE_TENANT_NAME);
        FUZZ_CHECK(strncmp(namespace, prefix, strlen(prefix)) == 0);
        FUZZ_CHECK(strcmp(namespace + strlen(prefix), scope.tenant) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct policy policy = {0};
    struct fuzz_input input = fuzz_begin(data, len);
    struct err err = {0};
    char namespace[80];
    char account[300];
    fuzz_line(&input, namespace, sizeof(namespace));
    fuzz_line(&input, account, sizeof(account));
    char *text = fuzz_copy(input.at, input.len);
    if (policy_parse(&policy, text, input.len, &err) == 0) {
        FUZZ_CHECK(policy.rule_count <= POLICY_RULES_MAX);
        for (int i = 0; i < policy.rule_count; i++) {
            check_rule(&policy, &policy.rules[i]);
        }
        check_pod(&policy, namespace, account);
        struct policy before = policy;
        FUZZ_CHECK(policy_parse(&policy, "x", 1, &err) != 0);
        FUZZ_CHECK(memcmp(&before, &policy, sizeof(policy)) == 0);
    } else {
        FUZZ_CHECK(policy.rule_count == 0 && policy.strings.data == NULL);
        fuzz_check_err(&err);
    }
    policy_done(&policy);
    free(text);
    return 0;
}
