/* SPDX-License-Identifier: MIT */
#include "net/root_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/x509_crt.h>

#include "net/roots.h"
#include "rows.h"

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

/* A PEM certificate, to be freed. */
static void parse_pem(mbedtls_x509_crt *out, const char *pem)
{
    mbedtls_x509_crt_init(out);
    assert_int_equal(mbedtls_x509_crt_parse(out, (const unsigned char *)pem, strlen(pem) + 1), 0);
}

/* The certificate of the root whose key is in keys, to be freed. */
static void make(mbedtls_x509_crt *out, const unsigned char *keys, const struct net_root *root,
                 const mbedtls_x509_buf *name)
{
    unsigned char der[ROOT_CERTIFICATE_MAX];
    mbedtls_x509_crt_init(out);
    size_t len = root_certificate_make(keys, root, name->p, name->len, der);
    assert_int_equal(mbedtls_x509_crt_parse_der(out, der, len), 0);
}

/* mbedTLS verifies a chain with it as with the original certificate, and rejects another key. */
static void test_a_chain_is_verified_with_it(void **state)
{
    (void)state;
    enum { POINT = 64 }; /* bytes at the end of the key */
    uint32_t flags = 0;
    mbedtls_x509_crt whole;
    mbedtls_x509_crt server;
    mbedtls_x509_crt made;
    parse_pem(&whole, root_pem);
    parse_pem(&server, server_pem);
    const unsigned char *end = whole.pk_raw.p + whole.pk_raw.len;
    const struct net_root roots[] = {
        {.valid_from_s = 1577836800,  /* 2020-01-01 */
         .valid_until_s = 4102358400, /* 2099-12-31 */
         .kind = NET_ROOT_WHOLE,
         .len = whole.pk_raw.len & 0xfff,
         .at = (uint32_t)(whole.pk_raw.p - whole.raw.p) & 0x3ffff},
        {.valid_from_s = 1577836800,
         .valid_until_s = 4102358400,
         .kind = NET_ROOT_P256,
         .len = POINT,
         .at = (uint32_t)(end - POINT - whole.raw.p) & 0x3ffff},
    };
    for (size_t i = 0; i < 2; i++) {
        make(&made, whole.raw.p, &roots[i], &whole.subject_raw);
        assert_int_equal(mbedtls_x509_crt_verify(&server, &made, NULL, NULL, &flags, NULL, NULL),
                         0);
        mbedtls_x509_crt_free(&made);
    }
    memcpy(whole.pk_raw.p, server.pk_raw.p, server.pk_raw.len);
    for (size_t i = 0; i < 2; i++) {
        make(&made, whole.raw.p, &roots[i], &whole.subject_raw);
        assert_int_not_equal(
            mbedtls_x509_crt_verify(&server, &made, NULL, NULL, &flags, NULL, NULL), 0);
        mbedtls_x509_crt_free(&made);
    }
    mbedtls_x509_crt_free(&server);
    mbedtls_x509_crt_free(&whole);
}

/* The validity is a UTCTime until 2049 (with the years from 1970 to 1999), then a GeneralizedTime.
 */
static void test_the_validity(void **state)
{
    static const struct {
        uint32_t time_s;
        char tag;
        const char *text;
    } rows[] = {
        {0, 0x17, "700101000000Z"},
        {951827696, 0x17, "000229123456Z"},
        {2524607999, 0x17, "491231235959Z"},
        {2524608000, 0x18, "20500101000000Z"},
        {4294967295, 0x18, "21060207062815Z"},
    };
    static const unsigned char name[] = {0x30, 0x00};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct net_root root = {.valid_from_s = rows[i].time_s, .valid_until_s = rows[i].time_s};
        unsigned char der[ROOT_CERTIFICATE_MAX];
        char expected[64];
        size_t len = root_certificate_make(net_roots_keys, &root, name, sizeof(name), der);
        int one_len = (int)strlen(rows[i].text);
        snprintf(expected, sizeof(expected), "%c%c%s%c%c%s", rows[i].tag, one_len, rows[i].text,
                 rows[i].tag, one_len, rows[i].text);
        row_true(rows[i].text, memmem(der, len, expected, strlen(expected)) != NULL);
    }
}

/* The certificates that vendor/roots.sh has read: the DER in hex is the second field of a line. The
 * build writes them to a folder beside the one of this program. */
static FILE *open_certificates(void)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    assert_true(len > 0);
    path[len] = '\0';
    for (int i = 0; i < 2; i++) {
        *strrchr(path, '/') = '\0';
    }
    assert_true(strlen(path) + sizeof("/vendor/roots.hex") <= sizeof(path));
    memcpy(path + strlen(path), "/vendor/roots.hex", sizeof("/vendor/roots.hex"));
    return fopen(path, "re");
}

/* The next certificate of the file, to be freed; false after the last. */
static bool read_certificate(FILE *file, mbedtls_x509_crt *out)
{
    unsigned char der[4096];
    char *line = NULL;
    size_t size = 0;
    bool found = getline(&line, &size, file) > 0;
    if (found) {
        const char *hex = strchr(line, '\t');
        size_t len = 0;
        assert_non_null(hex);
        for (unsigned byte = 0; sscanf(hex + 1 + 2 * len, "%2x", &byte) == 1; len++) {
            assert_true(len < sizeof(der));
            der[len] = (unsigned char)byte;
        }
        mbedtls_x509_crt_init(out);
        assert_int_equal(mbedtls_x509_crt_parse_der(out, der, len), 0);
    }
    free(line);
    return found;
}

static bool is_same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* Whether the roots found by its subject include one with the validity, the subject and the key of
 * this certificate. */
static bool is_built_in(const mbedtls_x509_crt *real)
{
    size_t count = 0;
    size_t matches = 0;
    const struct net_root *found = root_certificate_find(
        root_certificate_hash(real->subject_raw.p, real->subject_raw.len), &count);
    for (size_t i = 0; i < count; i++) {
        mbedtls_x509_crt made;
        make(&made, net_roots_keys, &found[i], &real->subject_raw);
        assert_int_equal(mbedtls_x509_crt_get_ca_istrue(&made), 1);
        assert_true(is_same(&made.subject_raw, &real->subject_raw));
        assert_true(is_same(&made.issuer_raw, &real->subject_raw));
        matches += is_same(&made.pk_raw, &real->pk_raw) &&
                   memcmp(&made.valid_from, &real->valid_from, sizeof(made.valid_from)) == 0 &&
                   memcmp(&made.valid_to, &real->valid_to, sizeof(made.valid_to)) == 0;
        mbedtls_x509_crt_free(&made);
    }
    return matches == 1;
}

static void test_every_root_is_as_in_its_certificate(void **state)
{
    (void)state;
    size_t count = 0;
    mbedtls_x509_crt real;
    FILE *file = open_certificates();
    assert_non_null(file);
    while (read_certificate(file, &real)) {
        char name[256];
        mbedtls_x509_dn_gets(name, sizeof(name), &real.subject);
        row_true(name, is_built_in(&real));
        mbedtls_x509_crt_free(&real);
        count++;
    }
    fclose(file);
    assert_int_equal(count, net_roots_count);
    assert_true(count > 100);
}

/* As the search needs it. */
static void test_the_index_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < net_roots_count; i++) {
        assert_true(net_roots_index[i - 1].subject <= net_roots_index[i].subject);
    }
}

/* Each root is found together with the others of its subject, and with no other. */
static void test_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < net_roots_count; i++) {
        const struct net_root *root = &net_roots_index[i];
        size_t expected = 0;
        size_t count = 0;
        for (size_t j = 0; j < net_roots_count; j++) {
            expected += net_roots_index[j].subject == root->subject;
        }
        const struct net_root *found = root_certificate_find(root->subject, &count);
        assert_int_equal(count, expected);
        assert_true(root >= found && root < found + count);
        root_certificate_find(root->subject + 1, &count);
        assert_int_equal(count, i + 1 < net_roots_count && root[1].subject == root->subject + 1);
    }
}

static void test_hashes_before_and_after_all_roots(void **state)
{
    static const unsigned char name[] = {0x30, 0x00};
    size_t count = 1;
    (void)state;
    root_certificate_find(0, &count);
    assert_int_equal(count, 0);
    count = 1;
    root_certificate_find(UINT32_MAX, &count);
    assert_int_equal(count, 0);
    count = 1;
    root_certificate_find(root_certificate_hash(name, sizeof(name)), &count);
    assert_int_equal(count, 0);
}

/* A key or a name that is too long; the longest name that is not. */
static void test_one_that_is_too_long_is_not_made(void **state)
{
    static unsigned char name[ROOT_CERTIFICATE_MAX];
    unsigned char der[ROOT_CERTIFICATE_MAX];
    const struct net_root good = {.len = 512};
    const struct net_root long_key = {.kind = NET_ROOT_WHOLE, .len = ROOT_CERTIFICATE_MAX - 50};
    size_t len = sizeof(name);
    (void)state;
    assert_int_equal(root_certificate_make(net_roots_keys, &long_key, name, 2, der), 0);
    assert_int_equal(root_certificate_make(net_roots_keys, &good, name, SIZE_MAX / 2, der), 0);
    while (root_certificate_make(net_roots_keys, &good, name, len, der) == 0) {
        len--;
    }
    assert_true(len > 600 && len < (ROOT_CERTIFICATE_MAX - 512) / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chain_is_verified_with_it),
        cmocka_unit_test(test_the_validity),
        cmocka_unit_test(test_every_root_is_as_in_its_certificate),
        cmocka_unit_test(test_the_index_is_sorted),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_hashes_before_and_after_all_roots),
        cmocka_unit_test(test_one_that_is_too_long_is_not_made),
    };
    return cmocka_run_group_tests_name("root_certificate", tests, NULL, NULL);
}
