/* SPDX-License-Identifier: MIT */
/* The proxy that the environment names for https. libcurl reads it by itself; messages need it. */
#ifndef NET_PROXY_H
#define NET_PROXY_H

struct proxy {
    const char *variable; /* that names it; NULL if none does */
    char host[256];       /* its name or address; "" if the variable is not the URL of a proxy */
};

/* Chooses the variable as libcurl does. Never returns the user name or password of the URL.
 * NO_PROXY is not considered. */
void proxy_find(struct proxy *proxy);

#endif
