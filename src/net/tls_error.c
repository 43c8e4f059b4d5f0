/* SPDX-License-Identifier: MIT */
#include "net/tls_error.h"

#include <stddef.h>
#include <string.h>

#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>

#include "base/text.h"

#define CLOSED "the server closed the connection during the TLS handshake"
#define NOTHING_IN_COMMON "no common TLS version or cipher (TLS 1.2 and 1.3 are supported)"
#define NOT_THE_PROTOCOL "the server's TLS messages are not valid"
#define UNREADABLE_CERTIFICATE "the server's certificate cannot be parsed"

enum {
    CURL_IO_ERROR = -1, /* libcurl's own code: reading or writing the socket failed */
    /* Errors of parsing X.509, each minus the ASN.1 error that caused it (mbedtls/x509.h). */
    X509_FIRST = -0x2080,
    X509_LAST = -0x2aff,
};

int tls_error_code(const char *curl_text)
{
    enum { CODE_DIGITS = 4 };
    static const char mark[] = "(-0x";
    const char *found = strstr(curl_text, mark);
    int code = 0;
    if (found == NULL) {
        return 0;
    }
    found += sizeof(mark) - 1;
    for (int i = 0; i < CODE_DIGITS && text_hex_value(*found) >= 0; i++, found++) {
        code = code * 16 + text_hex_value(*found);
    }
    return -code;
}

const char *tls_error_text(int code)
{
    static const struct {
        int code;
        const char *words;
    } texts[] = {
        {MBEDTLS_ERR_SSL_INVALID_RECORD, "the server does not speak TLS (plain HTTP?)"},
        {MBEDTLS_ERR_SSL_CONN_EOF, CLOSED},
        {MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, CLOSED},
        {CURL_IO_ERROR, "the connection broke during the TLS handshake"},
        {MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, NOTHING_IN_COMMON},
        {MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, NOTHING_IN_COMMON},
        {MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, NOTHING_IN_COMMON},
        {MBEDTLS_ERR_SSL_DECODE_ERROR, NOT_THE_PROTOCOL},
        {MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, NOT_THE_PROTOCOL},
        {MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, NOT_THE_PROTOCOL},
        {MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, NOT_THE_PROTOCOL},
        {MBEDTLS_ERR_SSL_INVALID_MAC, "a TLS message was changed on its way from the server"},
        {MBEDTLS_ERR_SSL_BAD_CERTIFICATE, UNREADABLE_CERTIFICATE},
        {MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE, "the server did not send a certificate"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].code == code) {
            return texts[i].words;
        }
    }
    return code <= X509_FIRST && code >= X509_LAST ? UNREADABLE_CERTIFICATE : NULL;
}

bool tls_error_is_no_memory(int code)
{
    static const int codes[] = {
        MBEDTLS_ERR_SSL_ALLOC_FAILED, MBEDTLS_ERR_X509_ALLOC_FAILED, MBEDTLS_ERR_PK_ALLOC_FAILED,
        MBEDTLS_ERR_ECP_ALLOC_FAILED, MBEDTLS_ERR_MD_ALLOC_FAILED,
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

bool tls_error_is_refusal(int code)
{
    return code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ||
           code == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION ||
           code == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
}
