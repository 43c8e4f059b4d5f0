/* SPDX-License-Identifier: MIT */
#include "serve/access.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "net/address.h"
#include "net/server.h"

enum { HTTP_PORT = 80 };

static bool same_host(const struct address *a, const struct address *b)
{
    if (a->at.any.sa_family != b->at.any.sa_family) {
        return false;
    }
    return a->at.any.sa_family == AF_INET6
               ? memcmp(&a->at.v6.sin6_addr, &b->at.v6.sin6_addr, sizeof(a->at.v6.sin6_addr)) == 0
               : a->at.v4.sin_addr.s_addr == b->at.v4.sin_addr.s_addr;
}

static bool is_any(const struct address *address)
{
    return address->at.any.sa_family == AF_INET6
               ? IN6_IS_ADDR_UNSPECIFIED(&address->at.v6.sin6_addr)
               : address->at.v4.sin_addr.s_addr == INADDR_ANY;
}

/* A Host header: numeric address or "localhost", with or without a port (80 if it is missing). */
static bool parse_host(const char *host, struct address *out)
{
    char text[ADDRESS_TEXT_SIZE];
    struct err ignored;
    const char *after = host[0] == '[' ? strchr(host, ']') : host;
    if (after != NULL && strchr(after, ':') != NULL) {
        return address_parse(out, host, &ignored) == 0;
    }
    int len = snprintf(text, sizeof(text), "%s:%d", host, HTTP_PORT);
    return len > 0 && (size_t)len < sizeof(text) && address_parse(out, text, &ignored) == 0;
}

bool access_host_allowed(const char *host, const struct address *addresses, int count)
{
    struct address named;
    if (host == NULL || !parse_host(host, &named)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (address_port(&named) == address_port(&addresses[i]) &&
            (address_is_loopback(&named) || is_any(&addresses[i]) ||
             same_host(&named, &addresses[i]))) {
            return true;
        }
    }
    return false;
}

const char *access_find_forwarded(const struct server_request *request)
{
    static const char *const names[] = {"X-Forwarded-For", "Forwarded", "Origin", "Sec-Fetch-Site"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (server_header(request, names[i]) != NULL) {
            return names[i];
        }
    }
    return NULL;
}
