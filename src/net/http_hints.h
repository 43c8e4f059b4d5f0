/* SPDX-License-Identifier: MIT */
/*
 * What a user can do after an error, in words that this floor does not know: which option to use.
 * Messages end with "; HINT". A NULL hint is left out.
 */
#ifndef NET_HTTP_HINTS_H
#define NET_HTTP_HINTS_H

struct http_hints {
    const char *host;    /* the host or its port may be the wrong one */
    const char *resolve; /* its name cannot be resolved */
    const char *ca_file; /* its certificate is signed by an unknown authority */
};

#endif
