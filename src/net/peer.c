/* SPDX-License-Identifier: MIT */
#include "net/peer.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "net/address.h"

/* An end in the form of the kernel: each 32 bits in the byte order of this machine. */
enum { END_SIZE = 8 * 4 + 1 + 4 + 1, LINES_SIZE = 4096 };

/* The words of a line before these, counted from the state; and of a line of uid_map. */
enum { WORDS_TO_USER = 4, WORDS_TO_INODE = 6, WORDS_TO_COUNT = 2 };

/* What the kernel shows for a user that has no ID in this user namespace. */
enum { OVERFLOW_USER = 65534 };

static const char mapped_v4[] = "0000000000000000FFFF0000";

static void format_end(const struct address *end, char out[END_SIZE])
{
    uint32_t words[4];
    if (end->at.any.sa_family == AF_INET6) {
        memcpy(words, &end->at.v6.sin6_addr, sizeof(words));
        snprintf(out, END_SIZE, "%08X%08X%08X%08X:%04X", words[0], words[1], words[2], words[3],
                 address_port(end));
    } else {
        snprintf(out, END_SIZE, "%08X:%04X", end->at.v4.sin_addr.s_addr, address_port(end));
    }
}

/* The number after so many words. */
static bool read_number(const char *at, int words, int64_t *number)
{
    char digits[24] = "";
    at += strspn(at, " ");
    for (int i = 0; i < words; i++) {
        at += strcspn(at, " \n");
        at += strspn(at, " ");
    }
    size_t len = strcspn(at, " \n");
    memcpy(digits, at, len < sizeof(digits) ? len : 0);
    return text_parse_int(digits, 0, INT64_MAX, number);
}

/* "ST TX:RX TR:WHEN RETRNSMT UID TIMEOUT INODE ...". A socket that its owner has closed has the
 * inode 0, and may have the user 0. */
static bool read_user(const char *at, uid_t *user)
{
    int64_t number = 0;
    int64_t inode = 0;
    bool found = read_number(at, WORDS_TO_USER, &number) && number <= UINT32_MAX &&
                 read_number(at, WORDS_TO_INODE, &inode) && inode != 0;
    *user = (uid_t)number;
    return found;
}

/* The kernel returns whole lines. */
static bool find_in(const char *table, const char *prefix, const char *peer, const char *own,
                    uid_t *user)
{
    char ends[2 * (END_SIZE + sizeof(mapped_v4)) + 3];
    char lines[LINES_SIZE];
    bool found = false;
    ssize_t got = 1;
    int fd = open(table, O_RDONLY | O_CLOEXEC);
    snprintf(ends, sizeof(ends), " %s%s %s%s ", prefix, peer, prefix, own);
    while (fd >= 0 && !found && got > 0) {
        got = read(fd, lines, sizeof(lines) - 1);
        lines[got > 0 ? got : 0] = '\0';
        const char *at = strstr(lines, ends);
        found = at != NULL && read_user(at + strlen(ends), user);
    }
    if (fd >= 0) {
        close(fd);
    }
    return found;
}

bool peer_find_address(int fd, struct address *address)
{
    address->len = sizeof(address->at);
    return getpeername(fd, &address->at.any, &address->len) == 0;
}

bool peer_find_user(int fd, uid_t *user)
{
    struct address peer;
    struct address own = {.len = sizeof(own.at)};
    char peer_text[END_SIZE];
    char own_text[END_SIZE];
    if (!peer_find_address(fd, &peer) || getsockname(fd, &own.at.any, &own.len) != 0) {
        return false;
    }
    format_end(&peer, peer_text);
    format_end(&own, own_text);
    if (peer.at.any.sa_family == AF_INET6) {
        return find_in("/proc/net/tcp6", "", peer_text, own_text, user);
    }
    /* A socket for IPv6 can be connected to an IPv4 address. */
    return find_in("/proc/net/tcp", "", peer_text, own_text, user) ||
           find_in("/proc/net/tcp6", mapped_v4, peer_text, own_text, user);
}

/* Whether users exist that have no ID here: in a user namespace that does not map all IDs. */
static bool has_unmapped_users(void)
{
    char map[128];
    int64_t count = UINT32_MAX;
    int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, map, sizeof(map) - 1) : 0;
    if (fd >= 0) {
        close(fd);
    }
    map[got > 0 ? got : 0] = '\0';
    return read_number(map, WORDS_TO_COUNT, &count) && count != UINT32_MAX;
}

/* Whether the other end can still send. */
static bool is_open(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
           info.tcpi_state == TCP_ESTABLISHED;
}

bool peer_is_foreign(int fd)
{
    uid_t user = 0;
    if (geteuid() == 0) {
        return false;
    }
    if (!peer_find_user(fd, &user)) {
        return !is_open(fd);
    }
    return user != 0 && user != geteuid() && !(user == OVERFLOW_USER && has_unmapped_users());
}
