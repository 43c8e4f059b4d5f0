/* SPDX-License-Identifier: MIT */
/* Asking a person for a token: the portal's page in the browser, and what comes back from it. */
#ifndef LOGIN_LOGIN_ASK_H
#define LOGIN_LOGIN_ASK_H

#include <stdbool.h>

struct browser_options;
struct err;
struct login_grant;
struct url_origin;

/* ERR_CANCELLED if the person cancels, does not answer in time, or interrupts. */
int login_ask_person(const struct browser_options *options, const struct url_origin *portal,
                     bool admin, struct login_grant *grant, struct err *err)
    __attribute__((warn_unused_result));

#endif
