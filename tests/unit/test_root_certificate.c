/* SPDX-License-Identifier: MIT */
#include "net/root_certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <mbedtls/x509_crt.h>

#include "net/roots.h"

static const char root_pem[] = "-----BEGIN CERTIFICATE-----\n"
                               "MIIBVzCB/qADAgECAhRNhH5rhdcbTUuNFUalgdePIbIWvDAKBggqhkjOPQQDAjAR\n"
                               "MQ8wDQYDVQQDDAZhIHJvb3QwIBcNMjAwMTAxMDAwMDAwWhgPMjA5OTEyMzEwMDAw\n"
                               "MDBaMBExDzANBgNVBAMMBmEgcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA\n"
                               "BJO2zfR72x06C/Y7qS4ze52c9cCEx2gXlECzEtIQqWzZWw+nHGjv5RSBKlgXuAM9\n"
                               "GenI5c4AeQa+cLmh9uvgff+jMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYE\n"
                               "FLeWezObEzjL9/mo2iMM99xvMJduMAoGCCqGSM49BAMCA0gAMEUCIELZgY6o32XQ\n"
                               "eu7s0tV+SHbBghLMCPAw8fvME722OEoeAiEAuB8B8M0zLv8GNV3ZCRiwSOfOr9nz\n"
                               "A6Ee877YJrsuBTM=\n"
                               "-----END CERTIFICATE-----\n";

static const char server_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdTCCARugAwIBAgIUOztbmxvKD9sN1cuSWVL+BVK6+BMwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGYSByb290MCAXDTIwMDEwMTAwMDAwMFoYDzIwOTkxMjMxMDAw\n"
    "MDAwWjATMREwDwYDVQQDDAhhIHNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
    "A0IABOSG3O6TjQwhJedZG7keHnAeNy3+sryXwpC13q8grEwfJXaIMVUInfcNjcd/\n"
    "2EFGmPgBV+9sX8cMhjTQmjtaTEujTTBLMAkGA1UdEwQCMAAwHQYDVR0OBBYEFP/w\n"
    "3l+KThH93aTrNdWFOHo38b83MB8GA1UdIwQYMBaAFLeWezObEzjL9/mo2iMM99xv\n"
    "MJduMAoGCCqGSM49BAMCA0gAMEUCIBdF8OX+osC8Qztel0VZzlM+03QM9VI2Eg6A\n"
    "Wa+kQkiBAiEA6dlviny7zzkGET+cUpWwfagpjqKqwFXJkGER3e3Sfh4=\n"
    "-----END CERTIFICATE-----\n";

/* mbedTLS verifies a chain with it as with the original certificate, and rejects another key. */
static void test_a_chain_is_verified_with_it(void **state)
{
    (void)state;
    enum { VALIDITY = 32 }; /* two UTCTime or GeneralizedTime values, here of 13 and 15 bytes */
    unsigned char der[ROOT_CERTIFICATE_MAX];
    uint32_t flags = 0;
    mbedtls_x509_crt whole;
    mbedtls_x509_crt server;
    mbedtls_x509_crt made;
    mbedtls_x509_crt_init(&whole);
    mbedtls_x509_crt_init(&server);
    mbedtls_x509_crt_init(&made);
    assert_int_equal(
        mbedtls_x509_crt_parse(&whole, (const unsigned char *)root_pem, sizeof(root_pem)), 0);
    assert_int_equal(
        mbedtls_x509_crt_parse(&server, (const unsigned char *)server_pem, sizeof(server_pem)), 0);
    const unsigned char *at = whole.subject_raw.p - VALIDITY - 2;
    struct net_root root = {
        .at = (uint32_t)(at - whole.raw.p),
        .len = (uint16_t)(whole.pk_raw.p + whole.pk_raw.len - at),
        .subject = VALIDITY + 2,
        .subject_len = (uint16_t)whole.subject_raw.len,
    };
    size_t len = root_certificate_make(whole.raw.p, &root, der);
    assert_int_equal(mbedtls_x509_crt_parse_der(&made, der, len), 0);
    assert_int_equal(mbedtls_x509_crt_verify(&server, &made, NULL, NULL, &flags, NULL, NULL), 0);
    mbedtls_x509_crt_free(&made);

    mbedtls_x509_crt_init(&made);
    memcpy(whole.pk_raw.p, server.pk_raw.p, server.pk_raw.len);
    len = root_certificate_make(whole.raw.p, &root, der);
    assert_int_equal(mbedtls_x509_crt_parse_der(&made, der, len), 0);
    assert_int_not_equal(mbedtls_x509_crt_verify(&server, &made, NULL, NULL, &flags, NULL, NULL),
                         0);
    mbedtls_x509_crt_free(&made);
    mbedtls_x509_crt_free(&server);
    mbedtls_x509_crt_free(&whole);
}

/* mbedTLS parses the certificate of each root: it is an authority's, with the subject of the index
 * and a key of a good size. */
static void test_every_root_parses(void **state)
{
    (void)state;
    assert_true(net_roots_count > 100);
    for (size_t i = 0; i < net_roots_count; i++) {
        const struct net_root *root = &net_roots_index[i];
        unsigned char der[ROOT_CERTIFICATE_MAX];
        mbedtls_x509_crt certificate;
        mbedtls_x509_crt_init(&certificate);
        size_t len = root_certificate_make(net_roots_der, root, der);
        assert_int_equal(mbedtls_x509_crt_parse_der(&certificate, der, len), 0);
        assert_int_equal(mbedtls_x509_crt_get_ca_istrue(&certificate), 1);
        assert_int_equal(certificate.subject_raw.len, root->subject_len);
        assert_memory_equal(certificate.subject_raw.p, net_roots_der + root->at + root->subject,
                            root->subject_len);
        assert_true(mbedtls_pk_get_bitlen(&certificate.pk) >= 256);
        assert_true(certificate.valid_from.year < certificate.valid_to.year);
        mbedtls_x509_crt_free(&certificate);
    }
}

/* As the binary search needs it. */
static void test_the_index_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < net_roots_count; i++) {
        const struct net_root *a = &net_roots_index[i - 1];
        const struct net_root *b = &net_roots_index[i];
        size_t shorter = a->subject_len < b->subject_len ? a->subject_len : b->subject_len;
        int order =
            memcmp(net_roots_der + a->at + a->subject, net_roots_der + b->at + b->subject, shorter);
        assert_true(order < 0 || (order == 0 && a->subject_len <= b->subject_len));
    }
}

/* Each root is found by its subject, together with the others that have it. */
static void test_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_roots_count; i++) {
        const struct net_root *root = &net_roots_index[i];
        const unsigned char *name = net_roots_der + root->at + root->subject;
        unsigned char longer[1024];
        size_t count = 0;
        const struct net_root *found = root_certificate_find(name, root->subject_len, &count);
        assert_true(count >= 1 && root >= found && root < found + count);
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(found[j].subject_len, root->subject_len);
            assert_memory_equal(net_roots_der + found[j].at + found[j].subject, name,
                                root->subject_len);
        }
        memcpy(longer, name, root->subject_len);
        longer[root->subject_len] = 0;
        root_certificate_find(longer, root->subject_len + 1U, &count);
        assert_int_equal(count, 0);
        root_certificate_find(name, root->subject_len - 1U, &count);
        assert_int_equal(count, 0);
    }
}

static void test_names_before_and_after_all_roots(void **state)
{
    static const unsigned char last[] = {0xff, 0xff};
    size_t count = 1;
    (void)state;
    root_certificate_find(last, 0, &count);
    assert_int_equal(count, 0);
    count = 1;
    root_certificate_find(last, sizeof(last), &count);
    assert_int_equal(count, 0);
}

static void test_one_that_is_too_long_is_not_made(void **state)
{
    (void)state;
    const struct net_root root = {.at = 0, .len = ROOT_CERTIFICATE_MAX - 50};
    unsigned char der[ROOT_CERTIFICATE_MAX];
    assert_int_equal(root_certificate_make(net_roots_der, &root, der), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chain_is_verified_with_it),
        cmocka_unit_test(test_every_root_parses),
        cmocka_unit_test(test_the_index_is_sorted),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_names_before_and_after_all_roots),
        cmocka_unit_test(test_one_that_is_too_long_is_not_made),
    };
    return cmocka_run_group_tests_name("root_certificate", tests, NULL, NULL);
}
