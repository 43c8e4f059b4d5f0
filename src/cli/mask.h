/* SPDX-License-Identifier: MIT */
/*
 * Hides secrets in a text so that it can be shown, for example parts of a config file that holds
 * other profiles too.
 */
#ifndef CLI_MASK_H
#define CLI_MASK_H

#include <stddef.h>

struct buf;
struct option;

/*
 * Appends text with "***" in place of secrets: the values of aws_secret_access_key,
 * aws_session_token and aws_security_token, also of continued and commented-out lines, and, in
 * commands, the values of the options of the table that are secret, by name, alias, letter and
 * variable: --token T, -token=T, -t T, -tT, DUPLO_TOKEN=T. Names match in any case. Pure; an append
 * that fails stays in out.
 */
void mask_secrets(struct buf *out, const char *text, size_t len, const struct option *table,
                  int table_len);

#endif
