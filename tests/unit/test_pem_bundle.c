/* SPDX-License-Identifier: MIT */
/* Certificates in a PEM text, found by their subject. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include <mbedtls/base64.h>
#include <mbedtls/x509_crt.h>

#include "certificates.h"
#include "net/pem_bundle.h"

#define INVALID "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"
#define NOT_DER "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
#define CUT "-----BEGIN CERTIFICATE-----\nMIIBXjCCAQSg"

/* The DER of CN=test root and of CN=self signed. */
static const unsigned char root_name[] = "\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09"
                                         "test root";
static const unsigned char self_name[] = "\x30\x16\x31\x14\x30\x12\x06\x03\x55\x04\x03\x0c\x0b"
                                         "self signed";

static int count(const char *text, const unsigned char *name, size_t len)
{
    unsigned char der[PEM_CERTIFICATE_MAX];
    int found = 0;
    size_t der_len = 0;
    while ((der_len = pem_bundle_next(&text, name, len, der)) > 0) {
        mbedtls_x509_crt parsed;
        mbedtls_x509_crt_init(&parsed);
        row_int("parse", mbedtls_x509_crt_parse_der(&parsed, der, der_len), 0);
        row_int("length", (int64_t)parsed.subject_raw.len, (int64_t)len);
        assert_memory_equal(parsed.subject_raw.p, name, len);
        mbedtls_x509_crt_free(&parsed);
        found++;
    }
    return found;
}

static void test_find(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        int roots;
        int selves;
    } rows[] = {
        {"empty", "", 0, 0},
        {"text", "no certificate", 0, 0},
        {"one", PEM_ROOT, 1, 0},
        {"all", PEM_ROOT PEM_SELF PEM_SERVER PEM_TWIN, 2, 1},
        {"text around", "# x\n" PEM_SERVER "y\n" PEM_ROOT "z", 1, 0},
        {"invalid ones before", INVALID NOT_DER PEM_ROOT, 1, 0},
        {"cut at the end", PEM_ROOT CUT, 1, 0},
        {"cut in the middle", CUT PEM_ROOT PEM_SELF, 1, 1},
        {"hyphens around", "- -----\n-----BEGIN X-----" PEM_ROOT "-----BEGIN" PEM_SELF "--", 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].name, count(rows[i].text, root_name, sizeof(root_name) - 1), rows[i].roots);
        row_int(rows[i].name, count(rows[i].text, self_name, sizeof(self_name) - 1),
                rows[i].selves);
        row_int(rows[i].name, count(rows[i].text, root_name, sizeof(root_name) - 2), 0);
    }
}

/* A certificate that is longer than the buffer is skipped. */
static void test_a_certificate_that_is_too_long(void **state)
{
    static char text[4 * PEM_CERTIFICATE_MAX];
    (void)state;
    int used = snprintf(text, sizeof(text), "-----BEGIN CERTIFICATE-----\n");
    memset(text + used, 'A', 2 * PEM_CERTIFICATE_MAX);
    snprintf(text + used + 2 * PEM_CERTIFICATE_MAX, sizeof(text) / 2,
             "\n-----END CERTIFICATE-----\n%s", PEM_ROOT);
    assert_int_equal(count(text, root_name, sizeof(root_name) - 1), 1);
}

/* The same bytes as with mbedTLS's decoder, for lines of every length. */
static void test_lines_of_any_length(void **state)
{
    unsigned char der[PEM_CERTIFICATE_MAX];
    unsigned char encoded[1024];
    size_t encoded_len = 0;
    const char *good = PEM_ROOT;
    (void)state;
    size_t len = pem_bundle_next(&good, root_name, sizeof(root_name) - 1, der);
    assert_true(len > 300);
    /* With bytes after the certificate, so that the base64 ends with two, one and no "=". */
    for (size_t more = 0; more < 3; more++) {
        der[len + more] = (unsigned char)more;
        assert_int_equal(
            mbedtls_base64_encode(encoded, sizeof(encoded), &encoded_len, der, len + more), 0);
        for (size_t width = 1; width < 80; width++) {
            char text[4096] = "-----BEGIN CERTIFICATE-----\r\n";
            for (size_t i = 0; i < encoded_len; i += width) {
                size_t used = strlen(text);
                snprintf(text + used, sizeof(text) - used, "%.*s%s", (int)width, encoded + i,
                         width % 2 == 0 ? "\r\n" : " \t\n");
            }
            strncat(text, "-----END CERTIFICATE-----", sizeof(text) - strlen(text) - 1);
            const char *at = text;
            unsigned char out[PEM_CERTIFICATE_MAX];
            size_t found = pem_bundle_next(&at, root_name, sizeof(root_name) - 1, out);
            assert_int_equal(found, len + more);
            assert_memory_equal(out, der, found);
            assert_true(*at == '\0');
        }
    }
}

/* A certificate of another subject is decoded only up to that: the rest is not looked at. */
static void test_the_rest_of_another_certificate_is_not_decoded(void **state)
{
    unsigned char der[PEM_CERTIFICATE_MAX];
    const char *text = PEM_SELF PEM_ROOT;
    (void)state;
    memset(der, 0xaa, sizeof(der));
    size_t len = pem_bundle_next(&text, root_name, sizeof(root_name) - 1, der);
    assert_true(len > 300);
    text = PEM_SELF;
    memset(der, 0xaa, sizeof(der));
    assert_int_equal(pem_bundle_next(&text, root_name, sizeof(root_name) - 1, der), 0);
    for (size_t i = 128; i < sizeof(der); i++) {
        assert_int_equal(der[i], 0xaa);
    }
}

/* Every beginning of a certificate, and each byte of it changed: found whole or not at all. */
static void test_damaged_certificates(void **state)
{
    unsigned char der[PEM_CERTIFICATE_MAX];
    unsigned char encoded[1024];
    char text[2048];
    const char *good = PEM_ROOT;
    (void)state;
    size_t len = pem_bundle_next(&good, root_name, sizeof(root_name) - 1, der);
    assert_true(len > 300);
    for (size_t i = 0; i < 2 * len; i++) {
        unsigned char damaged[1024];
        size_t encoded_len = 0;
        size_t damaged_len = i < len ? i : len;
        memcpy(damaged, der, len);
        damaged[i % len] ^= i < len ? 0 : 0xff;
        assert_int_equal(
            mbedtls_base64_encode(encoded, sizeof(encoded), &encoded_len, damaged, damaged_len), 0);
        snprintf(text, sizeof(text), "-----BEGIN CERTIFICATE-----%s-----END CERTIFICATE-----",
                 damaged_len > 0 ? (const char *)encoded : "");
        const char *at = text;
        unsigned char out[PEM_CERTIFICATE_MAX];
        size_t found = pem_bundle_next(&at, root_name, sizeof(root_name) - 1, out);
        assert_true(found == 0 || found == damaged_len);
        assert_true(at == text + strlen(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_a_certificate_that_is_too_long),
        cmocka_unit_test(test_lines_of_any_length),
        cmocka_unit_test(test_the_rest_of_another_certificate_is_not_decoded),
        cmocka_unit_test(test_damaged_certificates),
    };
    return cmocka_run_group_tests_name("pem_bundle", tests, NULL, NULL);
}
