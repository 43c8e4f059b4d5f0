/* SPDX-License-Identifier: MIT */
/*
 * Which AWS region a command uses: the one in the options, in the environment, in a profile, or the
 * one that the portal has for the tenant.
 */
#ifndef SESSION_REGION_H
#define SESSION_REGION_H

#include <stdbool.h>

#include "aws/credentials.h"

struct args;
struct err;
struct scope;

/* The region of the options, else that of the credentials, which may be "". Borrowed from either.
 */
const char *region_for_credentials(const struct args *args, const struct aws_credentials *creds);

/*
 * The region to write into a profile. The first of these sources that has one counts: the option,
 * AWS_REGION, AWS_DEFAULT_REGION, in_profile (the region that the profile has, or ""), the portal's
 * region of the tenant, the portal's default, us-west-2 with a warning. With a token or
 * --interactive the portal is asked in any case: it must accept the token, and have the tenant. A
 * login starts only if standard error is a terminal; in duploctl's grammar the portal is else not
 * asked. offline: the option or "", and no call.
 * Returns 0, or -1: ERR_USAGE or ERR_FILE for a value that is not a region, and what the portal or
 * the way to it reports.
 */
int region_choose(const struct args *args, const struct scope *scope, const char *in_profile,
                  bool offline, char out[AWS_REGION_SIZE], struct err *err)
    __attribute__((warn_unused_result));

#endif
