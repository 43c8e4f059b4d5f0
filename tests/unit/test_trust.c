/* SPDX-License-Identifier: MIT */
/* Which authorities are trusted, and what is said about a chain that is not. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "base/err.h"
#include "certificates.h"
#include "net/trust.h"
#include "sandbox.h"

static const char *const system_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

static struct trust *trust_of(const char *text, struct err *err)
{
    static char path[512];
    snprintf(path, sizeof(path), "%s", sandbox_path("ca.pem"));
    sandbox_write_text(path, text);
    return trust_new(path, err);
}

static void test_files(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        bool good;
    } rows[] = {
        {"empty", "", false},
        {"text", "not a certificate\n", false},
        {"half", "-----BEGIN CERTIFICATE-----\nMIIBXjCCAQSgAwIBAgIUW9L9ue1D", false},
        {"invalid", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", false},
        {"one", PEM_ROOT, true},
        {"two", PEM_TWIN PEM_ROOT, true},
        {"text between", "# a root\n" PEM_ROOT "\nand\n" PEM_SELF "the end", true},
        {"an invalid one before",
         "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" PEM_ROOT, true},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        struct trust *trust = trust_of(rows[i].text, &err);
        row_int(rows[i].name, trust != NULL, rows[i].good);
        if (trust != NULL) {
            row_text(rows[i].name, trust_source(trust), sandbox_path("ca.pem"));
        } else {
            row_int(rows[i].name, err.kind, ERR_FILE);
            row_has(rows[i].name, err.text, sandbox_path("ca.pem"));
        }
        trust_free(trust);
    }
    trust_free(NULL);
}

static void test_files_that_cannot_be_read(void **state)
{
    struct err err = {0};
    (void)state;
    assert_null(trust_new(sandbox_path("missing.pem"), &err));
    assert_int_equal(err.kind, ERR_FILE);
    row_has("missing", err.text, sandbox_path("missing.pem"));
    assert_null(trust_new(sandbox_path(""), &err));
    assert_int_equal(err.kind, ERR_FILE);
}

/* Verifies a certificate as a handshake does. */
static void verify(struct trust *trust, const char *pem, const char *host)
{
    uint32_t flags = 0;
    mbedtls_x509_crt server;
    mbedtls_ssl_config config;
    mbedtls_x509_crt_init(&server);
    mbedtls_ssl_config_init(&config);
    assert_int_equal(mbedtls_x509_crt_parse(&server, (const unsigned char *)pem, strlen(pem) + 1),
                     0);
    assert_int_equal(mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT,
                                                 MBEDTLS_SSL_TRANSPORT_STREAM,
                                                 MBEDTLS_SSL_PRESET_DEFAULT),
                     0);
    assert_int_equal(trust_configure(trust, &config, host), 0);
    assert_int_equal(config.MBEDTLS_PRIVATE(authmode), MBEDTLS_SSL_VERIFY_REQUIRED);
    if (config.MBEDTLS_PRIVATE(f_ca_cb) != NULL) {
        mbedtls_x509_crt_verify_with_ca_cb(
            &server, config.MBEDTLS_PRIVATE(f_ca_cb), config.MBEDTLS_PRIVATE(p_ca_cb),
            config.MBEDTLS_PRIVATE(cert_profile), host, &flags, config.MBEDTLS_PRIVATE(f_vrfy),
            config.MBEDTLS_PRIVATE(p_vrfy));
    } else {
        mbedtls_x509_crt_verify_with_profile(
            &server, config.MBEDTLS_PRIVATE(ca_chain), NULL, config.MBEDTLS_PRIVATE(cert_profile),
            host, &flags, config.MBEDTLS_PRIVATE(f_vrfy), config.MBEDTLS_PRIVATE(p_vrfy));
    }
    mbedtls_ssl_config_free(&config);
    mbedtls_x509_crt_free(&server);
}

static void test_chains(void **state)
{
    static const struct {
        const char *name;
        const char *trusted;
        const char *server;
        const char *host;
        const char *complaint; /* NULL: none */
        bool unknown;
        const char *root;
    } rows[] = {
        {"good", PEM_ROOT, PEM_SERVER, "server.test", NULL, false, "CN=test root"},
        {"the second with this name", PEM_TWIN PEM_ROOT, PEM_SERVER, "server.test", NULL, false,
         "CN=test root"},
        {"self-signed and named", PEM_SELF, PEM_SELF, "server.test", NULL, false, "CN=self signed"},
        {"the twin signed nothing", PEM_TWIN, PEM_SERVER, "server.test", "not trusted", true,
         "CN=server"},
        {"self-signed", PEM_ROOT, PEM_SELF, "server.test", "not trusted", true, "CN=self signed"},
        {"expired", PEM_ROOT, PEM_EXPIRED, "server.test", "has expired", false, "CN=test root"},
        {"another name", PEM_ROOT, PEM_SERVER, "other.test", "for another name", false,
         "CN=test root"},
        {"an unknown authority counts most", PEM_TWIN, PEM_EXPIRED, "other.test", "not trusted",
         true, "CN=server"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err;
        bool unknown = !rows[i].unknown;
        struct trust *trust = trust_of(rows[i].trusted, &err);
        row_true(rows[i].name, trust != NULL);
        verify(trust, rows[i].server, rows[i].host);
        const char *complaint = trust_complaint(trust, &unknown);
        row_int(rows[i].name, complaint == NULL, rows[i].complaint == NULL);
        row_int(rows[i].name, unknown, rows[i].unknown);
        if (complaint != NULL && rows[i].complaint != NULL) {
            row_has(rows[i].name, complaint, rows[i].complaint);
        }
        row_text(rows[i].name, trust_root_name(trust), rows[i].root);
        trust_free(trust);
    }
}

/* One handshake after the other: nothing is left of the first. */
static void test_a_complaint_is_of_the_last_handshake(void **state)
{
    struct err err;
    struct trust *trust = trust_of(PEM_ROOT, &err);
    (void)state;
    assert_non_null(trust);
    assert_null(trust_complaint(trust, NULL));
    assert_string_equal(trust_root_name(trust), "");
    verify(trust, PEM_SELF, "server.test");
    assert_non_null(trust_complaint(trust, NULL));
    verify(trust, PEM_SERVER, "server.test");
    assert_null(trust_complaint(trust, NULL));
    assert_string_equal(trust_root_name(trust), "CN=test root");
    trust_free(trust);
}

/* The first of the system's bundles on this machine that has content. */
static const char *expected_source(void)
{
    for (size_t i = 0; i < ROWS(system_bundles); i++) {
        struct stat info;
        if (stat(system_bundles[i], &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
            access(system_bundles[i], R_OK) == 0) {
            return system_bundles[i];
        }
    }
    return "built-in roots";
}

static void test_without_a_file(void **state)
{
    struct err err;
    bool unknown = false;
    struct trust *trust = trust_new(NULL, &err);
    (void)state;
    assert_non_null(trust);
    assert_string_equal(trust_source(trust), expected_source());
    verify(trust, PEM_SERVER, "server.test");
    row_has("complaint", trust_complaint(trust, &unknown), "not trusted");
    assert_true(unknown);
    trust_free(trust);
}

/* PEM_SERVER is valid from 2020-01-01 to 2099-12-31 (both at 00:00). */
static void test_the_validity_of_the_certificate(void **state)
{
    static const struct {
        const char *name;
        int64_t time_s;
        bool valid;
    } rows[] = {
        {"1970", 0, false},
        {"a second too early", 1577836799, false},
        {"the first second", 1577836800, true},
        {"2026", 1767225600, true},
        {"the last second", 4102358400, true},
        {"a second too late", 4102358401, false},
        {"after 9999", 253402300800, false},
    };
    struct err err = {0};
    mbedtls_ssl_config config;
    (void)state;
    mbedtls_ssl_config_init(&config);
    struct trust *trust = trust_of(PEM_ROOT, &err);
    assert_non_null(trust);
    assert_true(trust_is_valid_at(trust, 0)); /* before a handshake */
    verify(trust, PEM_EXPIRED, "server.test");
    assert_false(trust_is_valid_at(trust, 1767225600));
    verify(trust, PEM_SERVER, "server.test");
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].name, trust_is_valid_at(trust, rows[i].time_s), rows[i].valid);
    }
    assert_int_equal(trust_configure(trust, &config, "server.test"), 0);
    assert_true(trust_is_valid_at(trust, 0)); /* the next handshake */
    trust_free(trust);
}

/* The subject of one of the built-in roots. */
static unsigned char isrg_root_x1[] = "\x30\x4f\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02US"
                                      "\x31\x29\x30\x27\x06\x03\x55\x04\x0a\x13\x20"
                                      "Internet Security Research Group"
                                      "\x31\x15\x30\x13\x06\x03\x55\x04\x03\x13\x0c"
                                      "ISRG Root X1";

/* The subject of an authority that this machine trusts, as the issuer of a certificate. */
static void find_issuer(const struct trust *trust, mbedtls_x509_crt *bundle, mbedtls_x509_buf *out)
{
    if (strcmp(trust_source(trust), "built-in roots") == 0) {
        *out = (mbedtls_x509_buf){.p = isrg_root_x1, .len = sizeof(isrg_root_x1) - 1};
        return;
    }
    size_t len = 0;
    char *text = sandbox_read(trust_source(trust), &len);
    mbedtls_x509_crt_parse(bundle, (const unsigned char *)text, len + 1);
    free(text);
    assert_int_not_equal(bundle->version, 0);
    *out = bundle->subject_raw;
}

static void test_an_issuer_is_looked_up(void **state)
{
    struct err err;
    mbedtls_ssl_config config;
    mbedtls_x509_crt bundle;
    mbedtls_x509_crt child;
    mbedtls_x509_crt *found = NULL;
    unsigned char unknown[] = {0x30, 0x00}; /* a Name without parts */
    (void)state;
    struct trust *trust = trust_new(NULL, &err);
    mbedtls_ssl_config_init(&config);
    mbedtls_x509_crt_init(&bundle);
    mbedtls_x509_crt_init(&child);
    assert_int_equal(trust_configure(trust, &config, "server.test"), 0);
    find_issuer(trust, &bundle, &child.issuer_raw);
    assert_int_equal(
        config.MBEDTLS_PRIVATE(f_ca_cb)(config.MBEDTLS_PRIVATE(p_ca_cb), &child, &found), 0);
    assert_non_null(found);
    for (const mbedtls_x509_crt *each = found; each != NULL; each = each->next) {
        assert_int_equal(each->subject_raw.len, child.issuer_raw.len);
        assert_memory_equal(each->subject_raw.p, child.issuer_raw.p, child.issuer_raw.len);
    }
    mbedtls_x509_crt_free(found);
    free(found);
    child.issuer_raw = (mbedtls_x509_buf){.p = unknown, .len = sizeof(unknown)};
    assert_int_equal(
        config.MBEDTLS_PRIVATE(f_ca_cb)(config.MBEDTLS_PRIVATE(p_ca_cb), &child, &found), 0);
    assert_null(found);
    mbedtls_x509_crt_free(&bundle);
    mbedtls_ssl_config_free(&config);
    trust_free(trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_the_validity_of_the_certificate),
        cmocka_unit_test(test_a_complaint_is_of_the_last_handshake),
        cmocka_unit_test(test_without_a_file),
        cmocka_unit_test(test_an_issuer_is_looked_up),
    };
    return cmocka_run_group_tests_name("trust", tests, sandbox_setup, sandbox_teardown);
}
