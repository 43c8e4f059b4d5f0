/* SPDX-License-Identifier: MIT */
/*
 * Asking a person for a token: the portal's page in the browser, and what comes back from it.
 * Sessions with --interactive call it by way of login/saved_login.h, `duplojit login` as well.
 */
#ifndef LOGIN_LOGIN_ASK_H
#define LOGIN_LOGIN_ASK_H

#include <stdbool.h>

struct args;
struct err;
struct login_grant;
struct url_origin;

/* ERR_CANCELLED where the person says no, does not answer in time, or interrupts. */
int interactive_ask(const struct args *args, const struct url_origin *portal, bool admin,
                    struct login_grant *grant, struct err *err) __attribute__((warn_unused_result));

#endif
