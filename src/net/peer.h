/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a connection from this machine. */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdbool.h>
#include <sys/types.h>

struct address;

/* The address of the other end of a connection. False if it is not a TCP connection any more. */
bool peer_find_address(int fd, struct address *address);

/* Finds the user of the socket at the other end of a TCP connection in /proc/net/tcp and
 * /proc/net/tcp6. False if there is none: the peer is on another machine or in another network
 * namespace, has closed its socket, or /proc is not mounted. */
bool peer_find_user(int fd, uid_t *user);

/* Whether the peer is another ordinary user of this machine, or has closed its end so that its user
 * is no longer known. False for root, for a user that cannot be found while the connection is open,
 * and for every peer if this process runs as root. */
bool peer_is_foreign(int fd);

#endif
