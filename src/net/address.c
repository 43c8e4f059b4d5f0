/* SPDX-License-Identifier: MIT */
#include "net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

enum { PORT_MAX = 65535 };

static int not_an_address(const char *text, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "\"%.60s\" is not an address to listen on: use 127.0.0.1:9911 or [::1]:9911; "
                   "port 0 picks a free port",
                   text);
}

/* host has no brackets any more. */
static bool set_host(struct address *address, const char *host, bool bracketed)
{
    *address = (struct address){0};
    if (bracketed) {
        address->at.v6.sin6_family = AF_INET6;
        address->len = sizeof(address->at.v6);
        return inet_pton(AF_INET6, host, &address->at.v6.sin6_addr) == 1;
    }
    address->at.v4.sin_family = AF_INET;
    address->len = sizeof(address->at.v4);
    const char *numeric = text_equal_nocase(host, "localhost") ? "127.0.0.1" : host;
    return inet_pton(AF_INET, numeric, &address->at.v4.sin_addr) == 1;
}

void address_set_port(struct address *address, int port)
{
    if (address->at.any.sa_family == AF_INET6) {
        address->at.v6.sin6_port = htons((in_port_t)port);
    } else {
        address->at.v4.sin_port = htons((in_port_t)port);
    }
}

int address_parse(struct address *address, const char *text, struct err *err)
{
    char host[ADDRESS_TEXT_SIZE];
    int64_t port = 0;
    bool bracketed = text[0] == '[';
    const char *start = text + (bracketed ? 1 : 0);
    const char *end = bracketed ? strstr(start, "]:") : strchr(start, ':');
    if (end == NULL || (size_t)(end - start) >= sizeof(host)) {
        return not_an_address(text, err);
    }
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    if (!text_parse_int(end + (bracketed ? 2 : 1), 0, PORT_MAX, &port) ||
        !set_host(address, host, bracketed)) {
        return not_an_address(text, err);
    }
    address_set_port(address, (int)port);
    return 0;
}

void address_format(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    bool v6 = address->at.any.sa_family == AF_INET6;
    const void *bytes =
        v6 ? (const void *)&address->at.v6.sin6_addr : (const void *)&address->at.v4.sin_addr;
    inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, host, sizeof(host));
    snprintf(out, ADDRESS_TEXT_SIZE, v6 ? "[%s]:%d" : "%s:%d", host, address_port(address));
}

bool address_is_loopback(const struct address *address)
{
    if (address->at.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&address->at.v6.sin6_addr);
    }
    return ntohl(address->at.v4.sin_addr.s_addr) >> 24 == 127;
}

bool address_is_agent(const struct address *address)
{
    static const struct in6_addr v6 = {{{0xfd, 0, 0x0e, 0xc2, [15] = 0x23}}};
    if (address->at.any.sa_family == AF_INET6) {
        return IN6_ARE_ADDR_EQUAL(&address->at.v6.sin6_addr, &v6);
    }
    return ntohl(address->at.v4.sin_addr.s_addr) == 0xa9feaa17;
}

int address_port(const struct address *address)
{
    return ntohs(address->at.any.sa_family == AF_INET6 ? address->at.v6.sin6_port
                                                       : address->at.v4.sin_port);
}
