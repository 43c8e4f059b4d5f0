/* SPDX-License-Identifier: MIT */
/*
 * Hides secrets in a config file so that it can be shown: update-aws-config --dry-run prints parts
 * of a file that also holds other profiles.
 */
#ifndef CMD_UPDATE_AWS_CONFIG_MASK_H
#define CMD_UPDATE_AWS_CONFIG_MASK_H

#include <stddef.h>

struct buf;
struct option;

/*
 * Appends text with "***" in place of secrets: the values of aws_secret_access_key,
 * aws_session_token and aws_security_token, and, in commands, the values of the options of the
 * table that are secret, by name, alias, letter and variable: --token T, -token=T, -t T, -tT,
 * DUPLO_TOKEN=T. Names match in any case. Pure; an append that fails stays in out.
 */
void mask_secrets(struct buf *out, const char *text, size_t len, const struct option *table,
                  int table_len);

#endif
