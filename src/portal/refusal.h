/* SPDX-License-Identifier: MIT */
/* Why the portal denies an administrator's call. Only the files of this floor include it. */
#ifndef PORTAL_REFUSAL_H
#define PORTAL_REFUSAL_H

struct err;
struct portal;
struct portal_call;

/* Call it after portal_call_run has failed with err. If the portal denied the access and requires
 * MFA codes of administrators, which takes a call to find out, it replaces the text of err. Returns
 * -1. */
int refusal_explain(const struct portal *portal, const struct portal_call *call, struct err *err);

#endif
