/* SPDX-License-Identifier: MIT */
/* Asking a person for a token: the portal's page in the browser, and what comes back from it. */
#ifndef LOGIN_LOGIN_ASK_H
#define LOGIN_LOGIN_ASK_H

#include <stdbool.h>

struct browser_options;
struct err;
struct login_grant;
struct url_origin;

/* What to ask for. */
struct login_question {
    const struct browser_options *browser;
    const struct url_origin *portal; /* whose page asks */
    bool admin;                      /* for an administrator's access */
    void *context;
    /* Whether the portal accepts the token: 0, or -1 with err set. Called before the browser gets
     * its response, so that the page does not report a success too early. */
    int (*try)(void *context, const struct login_grant *grant, struct err *err);
};

/* Fills grant with a token that the portal accepts. The error of try; or ERR_CANCELLED if the
 * person cancels, does not answer in time, or interrupts. */
int login_ask_person(const struct login_question *question, struct login_grant *grant,
                     struct err *err) __attribute__((warn_unused_result));

#endif
