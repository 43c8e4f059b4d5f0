/* SPDX-License-Identifier: MIT */
#include "net/link_address.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "net/address.h"

enum {
    ANSWER_MS = 2000,
    LOOPBACK_INDEX = 1, /* of lo in every network namespace */
};

/* Whether the machine has the address: a socket can be bound to it. */
static bool is_there(const struct address *address)
{
    int fd = socket(address->at.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, &address->at.any, address->len) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return bound;
}

bool link_address_has_ipv6(void)
{
    const struct address loopback = {
        .at.v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT},
        .len = sizeof(loopback.at.v6),
    };
    return is_there(&loopback);
}

/* RTM_NEWADDR of rtnetlink(7). The kernel ignores the bytes after an IPv4 address. The scope
 * "host" keeps an address from being the source of connections to other machines; for IPv6 the
 * kernel chooses the scope itself. Without detection of duplicates an IPv6 address can be used at
 * once. */
static int request(int fd, const struct address *address)
{
    struct {
        struct nlmsghdr head;
        struct ifaddrmsg body;
        struct rtattr local;
        unsigned char bytes[sizeof(struct in6_addr)];
    } message = {
        .head = {.nlmsg_type = RTM_NEWADDR,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
        .body = {.ifa_family = (unsigned char)address->at.any.sa_family,
                 .ifa_flags = IFA_F_NODAD,
                 .ifa_scope = RT_SCOPE_HOST,
                 .ifa_index = LOOPBACK_INDEX},
        .local = {.rta_type = IFA_LOCAL},
    };
    bool v6 = address->at.any.sa_family == AF_INET6;
    const void *bytes =
        v6 ? (const void *)&address->at.v6.sin6_addr : (const void *)&address->at.v4.sin_addr;
    size_t len = v6 ? sizeof(address->at.v6.sin6_addr) : sizeof(address->at.v4.sin_addr);
    memcpy(message.bytes, bytes, len);
    message.body.ifa_prefixlen = (unsigned char)(8 * len);
    message.local.rta_len = (unsigned short)RTA_LENGTH(len);
    message.head.nlmsg_len = (unsigned int)(NLMSG_LENGTH(sizeof(message.body)) + RTA_LENGTH(len));
    return send(fd, &message, message.head.nlmsg_len, 0) < 0 ? -1 : 0;
}

/* 0, or -1 with the errno that the kernel answers. */
static int receive(int fd)
{
    struct {
        struct nlmsghdr head;
        struct nlmsgerr body;
    } answer = {.body.error = -EPROTO};
    struct pollfd item = {.fd = fd, .events = POLLIN};
    if (poll(&item, 1, ANSWER_MS) == 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    if (recv(fd, &answer, sizeof(answer), MSG_DONTWAIT) < 0) {
        return -1;
    }
    errno = answer.head.nlmsg_type == NLMSG_ERROR ? -answer.body.error : EPROTO;
    return errno == 0 ? 0 : -1;
}

static int add(const struct address *address)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int result = fd >= 0 && request(fd, address) == 0 ? receive(fd) : -1;
    int reason = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = reason;
    return result;
}

int link_address_add(const struct address *address, struct err *err)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address any_port = *address;
    address_set_port(&any_port, 0);
    address_format(address, text);
    if (add(address) == 0 || errno == EEXIST) {
        return 0;
    }
    if (errno == EPERM) {
        return is_there(&any_port)
                   ? 0
                   : err_set(err, ERR_FILE,
                             "cannot add the address of %s to this machine without CAP_NET_ADMIN: "
                             "give that capability, or run \"ip address add\" first",
                             text);
    }
    if (address->at.any.sa_family == AF_INET6 && !link_address_has_ipv6()) {
        return err_set(err, ERR_FILE, "%s: this machine has no IPv6: use an IPv4 address", text);
    }
    return err_set_errno(err, ERR_FILE, "cannot add the address of %s to this machine", text);
}
