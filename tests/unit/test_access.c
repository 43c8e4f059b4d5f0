/* SPDX-License-Identifier: MIT */
/* Which requests the endpoint serves: the Host header, and headers of browsers and proxies. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "net/address.h"
#include "net/server.h"
#include "serve/access.h"

static struct address parse(const char *text)
{
    struct address address;
    struct err err;
    assert_int_equal(address_parse(&address, text, &err), 0);
    return address;
}

static const struct {
    const char *host; /* NULL: none */
    const char *listens;
    bool good;
} hosts[] = {
    {"127.0.0.1:9911", "127.0.0.1:9911", true},
    {"127.9.9.9:9911", "127.0.0.1:9911", true},
    {"localhost:9911", "127.0.0.1:9911", true},
    {"LOCALHOST:9911", "127.0.0.1:9911", true},
    {"[::1]:9911", "[::1]:9911", true},
    {"[::1]:9911", "127.0.0.1:9911", true},
    {"[0:0:0:0:0:0:0:1]:9911", "[::1]:9911", true},
    {"127.0.0.1", "127.0.0.1:80", true},
    {"[::1]", "[::1]:80", true},
    {"169.254.170.2", "169.254.170.2:80", true},
    {"169.254.170.23:9911", "169.254.170.23:9911", true},
    {"[fd00:ec2::23]:9911", "[fd00:ec2::23]:9911", true},
    {"[fd00:0ec2:0::23]:9911", "[fd00:ec2::23]:9911", true},
    {"10.1.2.3:9911", "0.0.0.0:9911", true},
    {"[fd00::1]:9911", "[::]:9911", true},
    {"127.0.0.1", "127.0.0.1:9911", false},
    {"127.0.0.1:9912", "127.0.0.1:9911", false},
    {"10.1.2.3:9911", "127.0.0.1:9911", false},
    {"10.1.2.3:9911", "10.1.2.4:9911", false},
    {"[fd00::1]:9911", "[fd00::2]:9911", false},
    {"169.254.169.254:9911", "169.254.170.23:9911", false},
    {"[fd00:ec2::254]:9911", "[fd00:ec2::23]:9911", false},
    {"fd00:ec2::23:9911", "[fd00:ec2::23]:9911", false},
    {"evil.example:9911", "169.254.170.23:9911", false},
    {"evil.example:9911", "0.0.0.0:9911", false},
    {"localhost.evil.example:9911", "127.0.0.1:9911", false},
    {"127.0.0.1.evil.example:9911", "127.0.0.1:9911", false},
    {"127.0.0.1:9911.evil.example", "127.0.0.1:9911", false},
    {"127.0.0.1@evil.example:9911", "127.0.0.1:9911", false},
    {"::1:9911", "[::1]:9911", false},
    {"[::1", "[::1]:80", false},
    {"[::1]9911", "[::1]:9911", false},
    {"127.1:9911", "127.0.0.1:9911", false},
    {"0x7f.0.0.1:9911", "127.0.0.1:9911", false},
    {"127.0.0.1:", "127.0.0.1:80", false},
    {":9911", "127.0.0.1:9911", false},
    {"", "127.0.0.1:80", false},
    {NULL, "127.0.0.1:9911", false},
};

static void checks_the_host(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(hosts); i++) {
        const struct address address = parse(hosts[i].listens);
        row_true(hosts[i].host != NULL ? hosts[i].host : "none",
                 access_host_allowed(hosts[i].host, &address, 1) == hosts[i].good);
    }
}

/* The Host header may name any of several addresses, with the port of that address. */
static void checks_several_addresses(void **state)
{
    const struct address addresses[] = {parse("127.0.0.1:9911"), parse("10.0.0.1:80")};
    (void)state;
    assert_true(access_host_allowed("127.0.0.1:9911", addresses, 2));
    assert_true(access_host_allowed("10.0.0.1", addresses, 2));
    assert_true(access_host_allowed("localhost", addresses, 2));
    assert_false(access_host_allowed("10.0.0.1:9911", addresses, 2));
    assert_false(access_host_allowed("127.0.0.1:9911", addresses, 0));
}

/* A request with one header, whose name is the context. */
static const char *find(const void *fields, bool query, const char *name)
{
    return !query && text_equal_nocase(fields, name) ? "" : NULL;
}

static void finds_forwarding_headers(void **state)
{
    static const struct {
        const char *header;
        bool refused;
    } rows[] = {
        {"X-Forwarded-For", true}, {"x-forwarded-for", true}, {"Forwarded", true},
        {"Origin", true},          {"Sec-Fetch-Site", true},  {"Authorization", false},
        {"User-Agent", false},     {"Host", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct server_request request = {.fields = rows[i].header, .find = find};
        const char *found = access_find_forwarded(&request);
        row_true(rows[i].header, (found != NULL) == rows[i].refused);
        row_true(rows[i].header, found == NULL || text_equal_nocase(found, rows[i].header));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_the_host),
        cmocka_unit_test(checks_several_addresses),
        cmocka_unit_test(finds_forwarding_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
