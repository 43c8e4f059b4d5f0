/* SPDX-License-Identifier: MIT */
#include "cmd/agent/check_policy.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "serve/policy.h"
#include "serve/policy_names.h"

enum { POD_SIZE = 320 }; /* a namespace, a slash and a service account, and some bytes more */

/* A namespace and a service account, both NULL if none are given. */
struct pod {
    char text[POD_SIZE];
    const char *namespace;
    const char *account;
};

static int read_pod(const struct args *args, struct pod *pod, struct err *err)
{
    const char *value = args_text(args, OPTION_AS);
    pod->namespace = NULL;
    pod->account = NULL;
    if (value == NULL) {
        return 0;
    }
    char *slash = text_copy(pod->text, sizeof(pod->text), value) ? strchr(pod->text, '/') : NULL;
    if (slash == NULL) {
        err_fill(err, ERR_USAGE, "\"%.60s\" is not NAMESPACE/SERVICEACCOUNT", value);
        return args_blame(args, OPTION_AS, err);
    }
    *slash = '\0';
    pod->namespace = pod->text;
    pod->account = slash + 1;
    return policy_name_check(pod->namespace, POLICY_NAME_NAMESPACE, false, err) == 0 &&
                   policy_name_check(pod->account, POLICY_NAME_ACCOUNT, false, err) == 0
               ? 0
               : args_blame(args, OPTION_AS, err);
}

/* What the pod gets, and by which rule. */
static int add_decision(const struct policy *policy, const struct pod *pod, struct buf *out,
                        struct err *err)
{
    struct scope scope;
    const char *rule = NULL;
    char what[SCOPE_TEXT_SIZE];
    bool allowed = policy_decide(policy, pod->namespace, pod->account, &scope, &rule);
    const char *word =
        strchr(rule, ' ') != NULL ? "" : "rule "; /* "rule 1" and "no rule" have it */
    if (!allowed) {
        return err_set(err, ERR_REJECTED, "%s/%s: denied (%s%s)", pod->namespace, pod->account,
                       word, rule);
    }
    scope_describe(&scope, what);
    buf_add_fmt(out, "%s/%s: %s (%s%s)\n", pod->namespace, pod->account, what, word, rule);
    return 0;
}

static int add_answer(const struct policy *policy, const char *path, const struct pod *pod,
                      struct buf *out, struct err *err)
{
    if (pod->namespace != NULL) {
        return add_decision(policy, pod, out, err);
    }
    buf_add_fmt(out, "%s: valid: %d rule%s, then %s\n", path, policy->rule_count,
                policy->rule_count == 1 ? "" : "s",
                policy->has_default_rule ? "the default rule" : "deny");
    return 0;
}

int agent_check_policy(const struct args *args, struct err *err)
{
    struct policy policy = {0};
    struct pod pod;
    struct buf out;
    if (read_pod(args, &pod, err) != 0) {
        return -1;
    }
    if (args->operand_count < 2) {
        (void)err_set(err, ERR_USAGE, "missing file: agent check-policy FILE");
        return usage_add_help(args, err);
    }
    const char *path = args->operands[1];
    path = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    if (policy_read(&policy, path, err) != 0) {
        return -1;
    }
    output_init(&out);
    int result = add_answer(&policy, path, &pod, &out, err);
    policy_done(&policy);
    if (result != 0) {
        buf_done(&out);
        return -1;
    }
    return output_write(&out, err);
}
