/* SPDX-License-Identifier: MIT */
#include "cmd/commands.h"

#include <stddef.h>

static const struct command *const commands[] = {
    &command_aws,         &command_update_aws_config,
    &command_exec,        &command_login,
    &command_logout,      &command_web,
    &command_status,      &command_tenants,
    &command_tenant,      &command_system,
    &command_settings,    &command_token,
    &command_cache,       &command_context,
    &command_k8s,         &command_update_kubeconfig,
    &command_serve,       &command_agent,
    &command_healthcheck, &command_install,
    &command_completion,  &command_version,
    &command_help,        NULL,
};

static const struct command_alias aliases[] = {
    {"update_aws_config", &command_update_aws_config, NULL},
    {"update_kubeconfig", &command_update_kubeconfig, NULL},
    {"console", &command_web, NULL},
    {"duplo", &command_token, NULL},
    {"clear-cache", &command_cache, "clear"},
    {"__words", &command_words, NULL}, /* of the completion scripts; hidden from help */
    {NULL, NULL, NULL},
};

const struct command_table command_table = {commands, aliases};
