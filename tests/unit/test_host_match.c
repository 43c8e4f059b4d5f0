/* SPDX-License-Identifier: MIT */
/* Which hosts a certificate with these alternative names is for. */
#include "rows.h"

#include <string.h>

#include <mbedtls/x509_crt.h>

#include "net/host_match.h"

enum { NAMES = 2, CONTEXT = MBEDTLS_ASN1_CONTEXT_SPECIFIC };

struct name {
    int type;
    const char *bytes;
    size_t len;
};

#define DNS(text) {CONTEXT | MBEDTLS_X509_SAN_DNS_NAME, "" text, sizeof(text) - 1}
#define IP(text) {CONTEXT | MBEDTLS_X509_SAN_IP_ADDRESS, "" text, sizeof(text) - 1}
#define URI(text)                                                                                  \
    {CONTEXT | MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER, "" text, sizeof(text) - 1}
#define EMAIL(text) {CONTEXT | MBEDTLS_X509_SAN_RFC822_NAME, "" text, sizeof(text) - 1}

static bool match(const struct name *names, const char *host)
{
    mbedtls_x509_sequence second = {0};
    mbedtls_x509_crt certificate = {0};
    mbedtls_x509_sequence *each[NAMES] = {&certificate.subject_alt_names, &second};
    for (size_t i = 0; i < NAMES && names[i].bytes != NULL; i++) {
        each[i]->buf = (mbedtls_x509_buf){
            .tag = names[i].type, .len = names[i].len, .p = (unsigned char *)names[i].bytes};
    }
    certificate.subject_alt_names.next = names[1].bytes != NULL ? &second : NULL;
    return host_match(&certificate, host);
}

static void test_hosts_and_names(void **state)
{
    static const struct {
        const char *row;
        const char *host;
        struct name names[NAMES];
        bool good;
    } rows[] = {
        {"no name", "a.test", {{0}}, false},
        {"an empty name", "a.test", {DNS("")}, false},
        {"the same", "a.test", {DNS("a.test")}, true},
        {"the second", "a.test", {DNS("b.test"), DNS("a.test")}, true},
        {"upper case", "a.test", {DNS("A.TEST")}, true},
        {"one label", "localhost", {DNS("localhost")}, true},
        {"longer", "a.test", {DNS("a.test1")}, false},
        {"shorter", "a.test", {DNS("a.tes")}, false},
        {"a final dot", "a.test", {DNS("a.test.")}, false},
        {"a NUL", "a.test", {DNS("a.test\0.evil")}, false},
        {"a NUL at the end", "a.test", {DNS("a.test\0")}, false},
        {"a NUL as the last letter", "a.test", {DNS("a.tes\0")}, false},
        {"a wildcard", "a.b.test", {DNS("*.b.test")}, true},
        {"a wildcard in upper case", "a.b.test", {DNS("*.B.test")}, true},
        {"a wildcard for an A-label", "xn--caf-dma.b.test", {DNS("*.b.test")}, true},
        {"a wildcard below the top level", "a.test", {DNS("*.test")}, true},
        {"a wildcard for two labels", "a.a.b.test", {DNS("*.b.test")}, false},
        {"a wildcard for no label", "b.test", {DNS("*.b.test")}, false},
        {"a wildcard for an empty label", ".b.test", {DNS("*.b.test")}, false},
        {"a wildcard and a NUL", "a.b.test", {DNS("*.b.test\0")}, false},
        {"two wildcards", "a.b.test", {DNS("*.*.test")}, false},
        {"part of a label", "ab.test", {DNS("a*.test")}, false},
        {"the end of a label", "ab.test", {DNS("*b.test")}, false},
        {"the second label", "a.b.test", {DNS("a.*.test")}, false},
        {"only a wildcard", "test", {DNS("*")}, false},
        {"a wildcard and a dot", "a.", {DNS("*.")}, false},
        {"a wildcard for one label", "localhost", {DNS("*.localhost")}, false},
        {"IPv4", "10.0.0.1", {IP("\x0a\0\0\1")}, true},
        {"IPv6", "::1", {IP("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")}, true},
        {"IPv6 written long", "0:0:0:0:0:0:0:1", {IP("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")}, true},
        {"another IPv4", "10.0.0.1", {IP("\x0a\0\0\2")}, false},
        {"IPv4 with a mask", "10.0.0.1", {IP("\x0a\0\0\1\xff\xff\xff\xff")}, false},
        {"IPv4 in IPv6", "10.0.0.1", {IP("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1")}, false},
        {"IPv6 with IPv4", "::ffff:10.0.0.1", {IP("\x0a\0\0\1")}, false},
        {"an address as text", "10.0.0.1", {DNS("10.0.0.1")}, false},
        {"text as an address", "10.0.0.1", {IP("10.0.0.1")}, false},
        {"four letters as an address", "abcd", {IP("abcd")}, false},
        {"an address and a wildcard", "10.0.0.1", {DNS("*.0.0.1")}, false},
        {"a URI", "a.test", {URI("a.test")}, false},
        {"a mailbox", "a.test", {EMAIL("a.test")}, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].row, match(rows[i].names, rows[i].host), rows[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_and_names),
    };
    return cmocka_run_group_tests_name("host_match", tests, NULL, NULL);
}
