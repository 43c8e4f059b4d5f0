/* SPDX-License-Identifier: MIT */
/* What every call of the portal's API needs. Include portal/portal.h, which brings it with it. */
#ifndef PORTAL_CONNECTION_H
#define PORTAL_CONNECTION_H

struct http;
struct url_origin;

/* What a user can do after an error, in words that this floor does not know: which option or
 * command to use. Messages end with them. A NULL hint is left out. */
struct portal_hints {
    const char *host;    /* this may not be a portal */
    const char *token;   /* the token is rejected */
    const char *otp;     /* an MFA code is required */
    const char *admin;   /* an administrator's token is required */
    const char *tenants; /* the tenant does not exist, or not for this user */
    const char *wait;    /* the portal may work later */
};

/* Everything is borrowed and must be valid during the calls. */
struct portal {
    struct http *http;
    const struct url_origin *api;
    const char *token;
    const char *otp;                  /* NULL or "": none */
    const struct portal_hints *hints; /* NULL: none */
};

#endif
