/* SPDX-License-Identifier: MIT */
/* Addresses added to lo. Each check runs in a child with a network namespace of its own; without
 * the right to make one, the test is skipped. */
#include "child.h"
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/process.h"
#include "net/address.h"
#include "net/link_address.h"
#include "serve/health.h"

enum { HEALTH_TRIES = 2000, TRY_AGAIN_US = 10000 };

static const char v4[] = "169.254.170.23:9911";
static const char v6[] = "[fd00:ec2::23]:9911";

static int expect(bool condition, const char *words)
{
    if (!condition) {
        fprintf(stderr, "not true: %s (errno %d)\n", words, errno);
    }
    return condition ? 0 : 1;
}
#define EXPECT(condition) expect((condition), #condition)

static struct address parse(const char *text)
{
    struct address address;
    struct err err;
    return address_parse(&address, text, &err) == 0 ? address : (struct address){0};
}

/* Whether a socket can be bound to it, with another port if that one is in use. */
static bool is_there(const char *text)
{
    struct address address = parse(text);
    int fd = socket(address.at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = bind(fd, &address.at.any, address.len) == 0;
    close(fd);
    return bound;
}

/* As on a node: a namespace whose lo is up. */
static bool enter_namespace(void)
{
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        return false;
    }
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool up = ioctl(fd, SIOCSIFFLAGS, &loopback) == 0;
    close(fd);
    return up;
}

static int try_namespace(void)
{
    return enter_namespace() ? 0 : 1;
}

static int try_ipv6(void)
{
    return enter_namespace() && link_address_has_ipv6() ? 0 : 1;
}

static void require(int (*possible)(void), const char *what)
{
    if (run_in_child(possible) != 0) {
        print_message("%s is not available\n", what);
        skip();
    }
}

static int add(const char *text, struct err *err)
{
    const struct address address = parse(text);
    *err = (struct err){0};
    return link_address_add(&address, err);
}

static int check_v4(void)
{
    struct err err;
    enter_namespace();
    return EXPECT(!is_there(v4)) + EXPECT(add(v4, &err) == 0) + EXPECT(is_there(v4)) +
           EXPECT(add(v4, &err) == 0) + EXPECT(!is_there("169.254.170.22:9911"));
}

static int check_v6(void)
{
    struct err err;
    enter_namespace();
    return EXPECT(!is_there(v6)) + EXPECT(add(v6, &err) == 0) + EXPECT(is_there(v6)) +
           EXPECT(add(v6, &err) == 0) + EXPECT(!is_there("[fd00:ec2::22]:9911"));
}

static void test_adds_an_ipv4_address_once(void **state)
{
    (void)state;
    require(try_namespace, "a network namespace");
    assert_int_equal(run_in_child(check_v4), 0);
}

static void test_adds_an_ipv6_address_once(void **state)
{
    (void)state;
    require(try_ipv6, "a network namespace with IPv6");
    assert_int_equal(run_in_child(check_v6), 0);
}

/* An address that an init container has added needs no right, also while its port is in use. */
static int check_rights(void)
{
    struct err err;
    struct address address = parse(v4);
    enter_namespace();
    int failures = EXPECT(add(v4, &err) == 0);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    failures += EXPECT(bind(fd, &address.at.any, address.len) == 0);
    process_keep_rights(0);
    failures += EXPECT(add(v4, &err) == 0);
    failures += EXPECT(add("169.254.170.22:9911", &err) == -1 && err.kind == ERR_FILE);
    failures += EXPECT(strstr(err.text, "169.254.170.22:9911") != NULL);
    failures += EXPECT(strstr(err.text, "CAP_NET_ADMIN") != NULL);
    close(fd);
    return failures;
}

static void test_without_the_right(void **state)
{
    (void)state;
    require(try_namespace, "a network namespace");
    assert_int_equal(run_in_child(check_rights), 0);
}

/* /proc/sys/net is that of the process's namespace. */
static bool disable_ipv6(void)
{
    int fd = open("/proc/sys/net/ipv6/conf/lo/disable_ipv6", O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, "1", 1) == 1;
    if (fd >= 0) {
        close(fd);
    }
    return written;
}

static int try_disabling(void)
{
    return try_ipv6() == 0 && disable_ipv6() ? 0 : 1;
}

static int check_disabled(void)
{
    struct err err;
    enter_namespace();
    disable_ipv6();
    return EXPECT(!link_address_has_ipv6()) + EXPECT(add(v4, &err) == 0) +
           EXPECT(add(v6, &err) == -1 && err.kind == ERR_FILE) +
           EXPECT(strstr(err.text, "no IPv6") != NULL);
}

static void test_without_ipv6(void **state)
{
    (void)state;
    require(try_disabling, "a namespace whose IPv6 can be disabled");
    assert_int_equal(run_in_child(check_disabled), 0);
}

static void test_names_the_agents_addresses(void **state)
{
    static const struct {
        const char *text;
        bool agent;
    } rows[] = {
        {"169.254.170.23:9911", true},  {"169.254.170.23:0", true},
        {"[fd00:ec2::23]:9911", true},  {"169.254.170.2:9911", false},
        {"169.254.169.254:80", false},  {"23.170.254.169:9911", false},
        {"[fd00:ec2::254]:80", false},  {"[fd00:ec2::123]:9911", false},
        {"[fd00::ec2:0:23]:80", false}, {"[::ffff:169.254.170.23]:80", false},
        {"127.0.0.1:9911", false},      {"[::1]:9911", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct address address = parse(rows[i].text);
        row_true(rows[i].text, address_is_agent(&address) == rows[i].agent);
    }
}

/* No server listens: the check gets as far as the connection. The kernel adds the route to an IPv6
 * address a moment after the address. */
static int check_health_of(const char *text, const char *url)
{
    struct err err = {0};
    enter_namespace();
    int failures = EXPECT(add(text, &err) == 0);
    for (int i = 0; i < HEALTH_TRIES && strstr(err.text, "refused") == NULL; i++) {
        failures += EXPECT(health_check(url, &err) == -1);
        usleep(TRY_AGAIN_US);
    }
    return failures + EXPECT(err.kind == ERR_UNAVAILABLE) +
           EXPECT(strstr(err.text, "refused") != NULL);
}

static int check_health_v4(void)
{
    return check_health_of(v4, "http://169.254.170.23:9911/readyz");
}

static int check_health_v6(void)
{
    return check_health_of(v6, "http://[fd00:ec2::23]:9911/readyz");
}

static void test_the_health_check_asks_them(void **state)
{
    (void)state;
    require(try_ipv6, "a network namespace with IPv6");
    assert_int_equal(run_in_child(check_health_v4), 0);
    assert_int_equal(run_in_child(check_health_v6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_an_ipv4_address_once),
        cmocka_unit_test(test_adds_an_ipv6_address_once),
        cmocka_unit_test(test_without_the_right),
        cmocka_unit_test(test_without_ipv6),
        cmocka_unit_test(test_names_the_agents_addresses),
        cmocka_unit_test(test_the_health_check_asks_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
