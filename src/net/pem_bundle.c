/* SPDX-License-Identifier: MIT */
#include "net/pem_bundle.h"

#include <stdbool.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>

/* Finds the subject in the DER of a certificate (RFC 5280, section 4.1): the sixth field of the
 * tbsCertificate if that has a version, else the fifth. Parsing the whole certificate takes ten
 * times as long, and a system's bundle has 140. */
static bool find_subject(unsigned char *der, size_t len, const unsigned char **subject,
                         size_t *subject_len)
{
    static const int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
    static const int version = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0;
    static const int before_subject[] = {
        MBEDTLS_ASN1_INTEGER,                             /* serialNumber */
        MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, /* signature */
        MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, /* issuer */
        MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE, /* validity */
    };
    unsigned char *at = der;
    const unsigned char *end = der + len;
    size_t inner = 0;
    if (mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0 ||
        mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0) {
        return false;
    }
    end = at + inner;
    if (mbedtls_asn1_get_tag(&at, end, &inner, version) == 0) {
        at += inner;
    }
    for (size_t i = 0; i < sizeof(before_subject) / sizeof(before_subject[0]); i++) {
        if (mbedtls_asn1_get_tag(&at, end, &inner, before_subject[i]) != 0) {
            return false;
        }
        at += inner;
    }
    *subject = at;
    if (mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0) {
        return false;
    }
    *subject_len = (size_t)(at - *subject) + inner;
    return true;
}

/* Decodes the next certificate and moves *text to its end. *len is 0 if it cannot be decoded. False
 * if there is none. */
static bool next_pem(const char **text, unsigned char der[PEM_CERTIFICATE_MAX], size_t *len)
{
    static const char begin_mark[] = "-----BEGIN CERTIFICATE-----";
    static const char end_mark[] = "-----END CERTIFICATE-----";
    const char *begin = strstr(*text, begin_mark);
    if (begin == NULL) {
        return false;
    }
    begin += sizeof(begin_mark) - 1;
    const char *end = strstr(begin, end_mark);
    if (end == NULL) {
        return false;
    }
    *text = end + sizeof(end_mark) - 1;
    if (mbedtls_base64_decode(der, PEM_CERTIFICATE_MAX, len, (const unsigned char *)begin,
                              (size_t)(end - begin)) != 0) {
        *len = 0;
    }
    return true;
}

size_t pem_bundle_next(const char **text, const unsigned char *subject, size_t subject_len,
                       unsigned char der[PEM_CERTIFICATE_MAX])
{
    size_t len = 0;
    while (next_pem(text, der, &len)) {
        const unsigned char *found = NULL;
        size_t found_len = 0;
        if (find_subject(der, len, &found, &found_len) && found_len == subject_len &&
            memcmp(found, subject, subject_len) == 0) {
            return len;
        }
    }
    return 0;
}
