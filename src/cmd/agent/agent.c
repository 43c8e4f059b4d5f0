/* SPDX-License-Identifier: MIT */
/* duplojit agent: the policy of an agent for the pods of a Kubernetes node. */
#include <stddef.h>

#include "cli/choice.h"
#include "cmd/agent/check_policy.h"
#include "cmd/commands.h"

static int run(const struct args *args, struct err *err)
{
    static const char *const names[] = {"check-policy", NULL};
    return choice_read_argument(args, names, err) < 0 ? -1 : agent_check_policy(args, err);
}

static const enum option_id option_list[] = {OPTION_AS, COMMON_OPTIONS};

const struct command command_agent = {
    .name = "agent",
    .operands = "check-policy FILE",
    .operands_max = 2,
    .summary = "Check the policy that gives pods of Kubernetes their credentials",
    .examples = "agent check-policy policy.yaml\n"
                "agent check-policy policy.yaml --as payments/worker\n",
    .details =
        "Exit codes of check-policy: 0 valid, and the pod of --as gets credentials; 4 the pod is\n"
        "denied; 6 the file is not valid. FILE may be -, standard input.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
