/* SPDX-License-Identifier: MIT */
/* duplojit agent check-policy: checks a policy file, and what a pod would get by it. */
#ifndef CMD_AGENT_CHECK_POLICY_H
#define CMD_AGENT_CHECK_POLICY_H

struct args;
struct err;

/* The file is the second operand, and - is standard input; needs no portal. 0 if the file is valid,
 * and the pod of --as gets credentials. Else -1 with ERR_REJECTED if the pod is denied, ERR_FILE if
 * the file is not valid, or ERR_USAGE. */
int agent_check_policy(const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

#endif
