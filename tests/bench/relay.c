/* SPDX-License-Identifier: MIT */
/*
 * A network with a delay, in a network namespace of its own: a TUN device from which each packet
 * returns after a time, with source and destination exchanged. So a connection from 192.0.2.1 to
 * 192.0.2.2 arrives at a server that listens on 192.0.2.1. The checksums stay valid, because they
 * do not depend on the order of the addresses.
 *
 *   relay DELAY_US LIFE_S   the delay in each direction; ends at the end of standard input
 *
 * Prints "ready" when the device is up. Without permission or /dev/net/tun it prints why and ends
 * with 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 2048, QUEUE = 1024, ADDRESSES_AT = 12, HEADER = 20, BATCH = 64 };

struct packet {
    long long due_us;
    size_t len;
    unsigned char bytes[PACKET_MAX];
};

/* Packets that wait; all have the same delay, so they leave in the order in which they came. */
static struct packet queue[QUEUE];
static unsigned first, waiting;

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void set_address(int control, struct ifreq *request, unsigned long what, const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    inet_pton(AF_INET, text, &address.sin_addr);
    memcpy(&request->ifr_addr, &address, sizeof(address));
    if (ioctl(control, what, request) != 0) {
        die(text);
    }
}

static void bring_up(int control, const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_UP};
    strncat(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(control, SIOCSIFFLAGS, &request) != 0) {
        die(name);
    }
}

static int open_device(void)
{
    struct ifreq request = {.ifr_name = "delay0", .ifr_flags = IFF_TUN | IFF_NO_PI};
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (device < 0) {
        die("/dev/net/tun");
    }
    if (control < 0 || ioctl(device, TUNSETIFF, &request) != 0) {
        die("TUNSETIFF");
    }
    set_address(control, &request, SIOCSIFADDR, "192.0.2.1");
    set_address(control, &request, SIOCSIFNETMASK, "255.255.255.0");
    bring_up(control, "delay0");
    bring_up(control, "lo");
    close(control);
    return device;
}

/* Reads packets while there is room. Those that are not IPv4 are dropped. */
static void receive(int device, long long delay_us)
{
    for (int i = 0; i < BATCH && waiting < QUEUE; i++) {
        struct packet *packet = &queue[(first + waiting) % QUEUE];
        ssize_t len = read(device, packet->bytes, PACKET_MAX);
        if (len < HEADER) {
            return;
        }
        if (packet->bytes[0] >> 4 == 4) {
            unsigned char source[4];
            unsigned char *addresses = packet->bytes + ADDRESSES_AT;
            memcpy(source, addresses, 4);
            memcpy(addresses, addresses + 4, 4);
            memcpy(addresses + 4, source, 4);
            packet->due_us = now_us() + delay_us;
            packet->len = (size_t)len;
            waiting++;
        }
    }
}

static void send_due(int device)
{
    for (long long now = now_us(); waiting > 0 && queue[first].due_us <= now; waiting--) {
        /* A packet that the device does not accept is lost, as in a network. */
        (void)!write(device, queue[first].bytes, queue[first].len);
        first = (first + 1) % QUEUE;
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    long long delay_us = strtoll(argv[1], NULL, 10);
    long long end_us = now_us() + 1000000 * strtoll(argv[2], NULL, 10);
    int device = open_device();
    struct pollfd ready[] = {{.fd = device, .events = POLLIN}, {.fd = STDIN_FILENO}};
    ready[1].events = POLLIN;
    puts("ready");
    fflush(stdout);
    while (ready[1].revents == 0 && now_us() < end_us) {
        long long left_us = waiting > 0 ? queue[first].due_us - now_us() : 1000000;
        left_us = left_us > 0 ? left_us : 0;
        struct timespec limit = {.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000};
        ready[0].events = waiting < QUEUE ? POLLIN : 0;
        ppoll(ready, 2, &limit, NULL);
        receive(device, delay_us);
        send_due(device);
    }
    return 0;
}
