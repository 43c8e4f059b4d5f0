/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a connection from this machine. */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/* Finds the user of the socket at the other end of a TCP connection in /proc/net/tcp and
 * /proc/net/tcp6. False if there is none: the peer is on another machine or in another network
 * namespace, has closed its socket, or /proc is not mounted. */
bool peer_find_user(int fd, uid_t *user);

#endif
