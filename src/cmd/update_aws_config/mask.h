/* SPDX-License-Identifier: MIT */
/*
 * Makes a config file fit to be shown: update-aws-config --dry-run prints parts of a file that
 * holds other people's profiles too.
 */
#ifndef CMD_UPDATE_AWS_CONFIG_MASK_H
#define CMD_UPDATE_AWS_CONFIG_MASK_H

#include <stddef.h>

struct buf;

/* Copies text and puts "***" in place of the values of aws_secret_access_key, aws_session_token and
 * aws_security_token, and of what follows an option or a variable that holds a token or an MFA code
 * in a command: --token T, --token=T, -t T, -tT, -token T, DUPLO_TOKEN=T, --otp C. Pure. */
void aws_mask_secrets(struct buf *out, const char *text, size_t len);

#endif
