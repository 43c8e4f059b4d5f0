/* SPDX-License-Identifier: MIT */
/* A portal in a child process that answers the call for its features, over plain HTTP on loopback.
 */
#ifndef UNIT_LOGIN_PORTAL_H
#define UNIT_LOGIN_PORTAL_H

#include <stdbool.h>

#include "net/url.h"

/* In memory that the test and the portal's process share. */
struct login_portal {
    char token[64]; /* the only one that it accepts */
    bool otp_needed;
    bool hangs; /* it does not respond */
    int calls;
};

extern struct login_portal *login_portal;
extern struct url_origin login_portal_origin;

/* For cmocka_run_group_tests. */
int login_portal_start(void **state);
int login_portal_stop(void **state);

#endif
