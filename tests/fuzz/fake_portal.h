/* SPDX-License-Identifier: MIT */
/* A portal whose responses are the input, without a connection: each is a line "STATUS DATE_S" and
 * a body, up to a line "%%". A request after the last response fails. Defines http_send. */
#ifndef FUZZ_FAKE_PORTAL_H
#define FUZZ_FAKE_PORTAL_H

#include "fuzz.h"
#include "portal/portal.h"

#define FAKE_PORTAL_TOKEN "the-token-5c2f71a98e"
#define FAKE_PORTAL_TENANT "11111111-1111-4111-8111-111111111111"

/* The input must be valid as long as the portal is used. */
const struct portal *fake_portal(struct fuzz_input input);

/* The same as fuzz_check_err, and the text does not have the token, which a response may repeat. */
void fake_portal_check_err(const struct err *err);

#endif
