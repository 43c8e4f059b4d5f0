/* SPDX-License-Identifier: MIT */
/* duplojit agent: credentials for the pods of a Kubernetes node, each by its service account. */
#include <stddef.h>

#include "cli/choice.h"
#include "cmd/agent/check_policy.h"
#include "cmd/commands.h"
#include "session/agent_session.h"
#include "session/endpoint_run.h"
#include "session/session.h"
#include "session/token_reviews.h"

static int run_agent(const struct args *args, struct err *err)
{
    struct agent_session session = {0};
    int result = agent_session_open(&session, args, err) == 0
                     ? endpoint_session_serve(session.endpoint, NULL, err)
                     : -1;
    agent_session_close(&session);
    return result;
}

static int run(const struct args *args, struct err *err)
{
    static const char *const names[] = {"check-policy", NULL};
    if (args->operand_count == 0 && !args_given(args, OPTION_AS)) {
        return run_agent(args, err);
    }
    return choice_read_argument(args, names, err) < 0 ? -1 : agent_check_policy(args, err);
}

static const enum option_id option_list[] = {
    OPTION_POLICY,     OPTION_LISTEN,   OPTION_AUDIENCE,
    OPTION_SCOPES_MAX, OPTION_AS,       OPTION_SERVICE_ACCOUNT_DIR,
    OPTION_HOST,       OPTION_API_HOST, OPTION_TOKEN_FILE,
    OPTION_TOKEN,      OPTION_OTP,      OPTION_CA_FILE,
    OPTION_RESOLVE,    OPTION_TIMEOUT,  COMMON_OPTIONS,
    CACHE_OPTIONS,
};

static const struct option_text texts[] = {
    {OPTION_LISTEN, .text = "Address to listen on (default: 169.254.170.23:9911, and "
                            "[fd00:ec2::23]:9911 with IPv6)"},
    {OPTION_AS, .text = "check-policy: what a pod of this account gets"},
};

static const struct command_notes notes = {
    .exit_codes = "  0  check-policy: valid, and the pod of --as gets credentials\n"
                  "  4  check-policy: the pod is denied\n"
                  "  6  the policy is not valid\n",
    .files = "  --policy FILE                                  YAML: see docs/kubernetes.md\n"
             "  " TOKEN_REVIEWS_DIR "  token and ca.crt\n",
    .security =
        "A pod with the token of another pod gets the credentials of that pod. Root on the node\n"
        "can read the token for the portal. Answers are not encrypted.\n",
};

const struct command command_agent = {
    .name = "agent",
    .operands = "[check-policy FILE]",
    .operands_max = 2,
    .summary = "Serve credentials to the pods of a Kubernetes node",
    .examples = "agent --policy /etc/duplojit/policy.yaml --token-file /run/duplojit/token\n"
                "agent check-policy policy.yaml --as payments/worker\n",
    .details =
        "A pod sends the projected token of its service account, which the API server reviews;\n"
        "the policy says which tenant the account may use. Adds its addresses to the node, which\n"
        "needs CAP_NET_ADMIN; then drops the capabilities that its options do not need. Logs\n"
        "each decision as a line of JSON. Runs in the cluster: see docs/kubernetes.md.\n"
        "  /                              credentials for the pod\n"
        "  /healthz, /readyz, /metrics    need no token\n"
        "\n"
        "check-policy reads a policy, - for standard input.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
