/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>

#include "net/tls_error.h"

static void test_code(void **state)
{
    static const struct {
        const char *text;
        int code;
    } rows[] = {
        {"ssl_handshake returned: (-0x7200) SSL", -0x7200},
        {"ssl_handshake returned: (-0x0001) ", -1},
        {"(-0x6e80)", -0x6e80},
        {"", 0},
        {"SSL peer certificate was not OK", 0},
        {"(-0x", 0},
        {"(-0xzz)", 0},
        {"(-0x72000)", -0x7200},
        {"(-0x72", -0x72},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].text, tls_error_code(rows[i].text), rows[i].code);
    }
}

static void test_no_memory(void **state)
{
    static const int codes[] = {-0x7F00, -0x2880, -0x3F80, -0x4D80, -0x5180};
    (void)state;
    for (size_t i = 0; i < ROWS(codes); i++) {
        assert_true(tls_error_is_no_memory(codes[i]));
        assert_false(tls_error_is_no_memory(codes[i] - 1));
    }
}

static void test_text(void **state)
{
    static const struct {
        const char *name;
        int code;
        const char *words; /* NULL: none */
        bool refusal;
    } rows[] = {
        {"plain HTTP", MBEDTLS_ERR_SSL_INVALID_RECORD, "does not speak TLS (plain HTTP?)", false},
        {"closed", MBEDTLS_ERR_SSL_CONN_EOF, "closed the connection", false},
        {"closed in TLS", MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, "closed the connection", false},
        {"reset", -1, "the connection broke", false},
        {"alert", MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, "no common TLS version", true},
        {"version", MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, "no common TLS version", true},
        {"cipher", MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, "no common TLS version", true},
        {"certificate", MBEDTLS_ERR_X509_INVALID_FORMAT - 0x62, "cannot be parsed", false},
        {"certificate's date", MBEDTLS_ERR_X509_INVALID_DATE, "cannot be parsed", false},
        {"unexpected", MBEDTLS_ERR_SSL_INTERNAL_ERROR, NULL, false},
        {"none", 0, NULL, false},
        {"positive", 0x7200, NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *words = tls_error_text(rows[i].code);
        row_int(rows[i].name, words == NULL, rows[i].words == NULL);
        if (words != NULL && rows[i].words != NULL) {
            row_has(rows[i].name, words, rows[i].words);
        }
        row_int(rows[i].name, tls_error_is_refusal(rows[i].code), rows[i].refusal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("tls_error", tests, NULL, NULL);
}
