/* SPDX-License-Identifier: MIT */
/*
 * Addresses of this machine on its loopback interface. AWS SDKs accept plain HTTP to a few
 * link-local addresses (net/address.h), which no interface has unless a program adds them.
 */
#ifndef NET_LINK_ADDRESS_H
#define NET_LINK_ADDRESS_H

#include <stdbool.h>

struct address;
struct err;

/* Whether the loopback interface has IPv6. */
bool link_address_has_ipv6(void);

/* Adds the address (/32 or /128) to the interface lo of this network namespace, until the machine
 * restarts. Needs CAP_NET_ADMIN, unless the machine has the address already; that is success.
 * ERR_FILE without the right or without IPv6; waits for the kernel for at most two seconds. */
int link_address_add(const struct address *address, struct err *err)
    __attribute__((warn_unused_result));

#endif
