/* SPDX-License-Identifier: MIT */
/*
 * What update-aws-config puts into a profile, and where: the parts of its work that need no
 * decision about writing.
 */
#ifndef CMD_UPDATE_AWS_CONFIG_PROFILE_H
#define CMD_UPDATE_AWS_CONFIG_PROFILE_H

#include <limits.h>

#include "aws/credentials.h"
#include "aws/ini/ini.h"
#include "base/buf.h"
#include "cli/args.h"

struct err;
struct scope;
struct url_origin;

enum { PROFILE_FILE_MAX = 8 << 20, PROFILE_OUTPUT_SIZE = 32 };

/* Where an AWS file is: the option or variable that names it (given is NULL where there is none),
 * else HOME/.aws/NAME. "~/" is the home directory, as for the AWS tools. */
int profile_find_file(const struct args *args, const char *given, const char *name,
                      char out[PATH_MAX], struct err *err) __attribute__((warn_unused_result));

/* The value of credential_process: this program with the same host, scope and options. A token
 * from --token is part of it, as in the documented profiles; *holds_token says so. */
int profile_add_process(struct buf *out, const struct args *args, const struct url_origin *host,
                        const struct scope *scope, bool *holds_token, struct err *err)
    __attribute__((warn_unused_result));

/*
 * The region to write: --region, AWS_REGION, AWS_DEFAULT_REGION, what the profile has, what the
 * portal says for the tenant, its default, us-west-2. The portal is only asked when it comes to
 * that and a token is at hand; when it cannot tell, a warning says so.
 */
int profile_choose_region(const struct args *args, const struct scope *scope, const char *current,
                          char out[AWS_REGION_SIZE], struct err *err)
    __attribute__((warn_unused_result));

/*
 * Looks for what SDKs prefer to credential_process: static keys in the profile, or under the same
 * name in the credentials file. *found says whether, and words then what and where.
 */
int profile_find_shadow(const struct args *args, const struct ini_doc *config, const char *profile,
                        bool *found, char *words, size_t size, struct err *err)
    __attribute__((warn_unused_result));

#endif
