/* SPDX-License-Identifier: MIT */
/* All commands. Each is defined in its own file of this folder. */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cli/command.h"

extern const struct command command_aws;
extern const struct command command_update_aws_config;
extern const struct command command_exec;
extern const struct command command_login;
extern const struct command command_logout;
extern const struct command command_web;
extern const struct command command_status;
extern const struct command command_tenants;
extern const struct command command_tenant;
extern const struct command command_system;
extern const struct command command_settings;
extern const struct command command_token;
extern const struct command command_cache;
extern const struct command command_context;
extern const struct command command_k8s;
extern const struct command command_update_kubeconfig;
extern const struct command command_serve;
extern const struct command command_agent;
extern const struct command command_healthcheck;
extern const struct command command_install;
extern const struct command command_completion;
extern const struct command command_words;
extern const struct command command_version;
extern const struct command command_help;

extern const struct command_table command_table;

#endif
