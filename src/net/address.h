/* SPDX-License-Identifier: MIT */
/* A numeric address and a port: "127.0.0.1:9911", "[::1]:0". Names are not looked up. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct err;

/* "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%interface]:65535" and its NUL. */
enum { ADDRESS_TEXT_SIZE = 80 };

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t len;
};

/* ADDR:PORT, an IPv6 address in brackets; "localhost" is 127.0.0.1. ERR_USAGE for anything else. */
int address_parse(struct address *address, const char *text, struct err *err)
    __attribute__((warn_unused_result));

/* In the form that address_parse accepts. */
void address_format(const struct address *address, char out[ADDRESS_TEXT_SIZE]);

/* 127.0.0.0/8 or ::1. */
bool address_is_loopback(const struct address *address);

/* 169.254.170.23 or fd00:ec2::23, the addresses of a node's own agent: AWS SDKs accept plain HTTP
 * to them, and only this machine and its containers should have a route to them. */
bool address_is_agent(const struct address *address);

int address_port(const struct address *address);
void address_set_port(struct address *address, int port);

#endif
