/* SPDX-License-Identifier: MIT */
#include "net/pem_bundle.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <mbedtls/asn1.h>

enum {
    SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
    VERSION = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0,
};

/* A certificate that is decoded as far as it has been read. */
struct reader {
    const char *text; /* the base64 that is left, up to end */
    const char *end;
    unsigned char *der; /* PEM_CERTIFICATE_MAX bytes */
    size_t len;         /* decoded bytes in der */
    size_t at;          /* where the next field begins */
};

/* 0 to 63; 64 for any other character. Certificates are public: unlike mbedTLS's decoder, this one
 * may take a different time for each character. */
static uint32_t digit_value(char c)
{
    return c >= 'a' && c <= 'z'   ? (uint32_t)(c - 'a') + 26
           : c >= 'A' && c <= 'Z' ? (uint32_t)(c - 'A')
           : c >= '0' && c <= '9' ? (uint32_t)(c - '0') + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : 64;
}

/* Decodes until there are want bytes. False if the text ends before, or is not base64 there, or if
 * the bytes do not fit. */
static bool decode(struct reader *reader, size_t want)
{
    while (reader->len < want) {
        enum { DIGITS = 4, BYTES = 3 };
        uint32_t bits = 0;
        int digits = 0;
        for (; digits < DIGITS && reader->text < reader->end; reader->text++) {
            uint32_t value = digit_value(*reader->text);
            if (value < 64) {
                bits = bits << 6 | value;
                digits++;
            } else if (strchr(" \t\r\n", *reader->text) == NULL) {
                break;
            }
        }
        if (digits < 2 || reader->len + BYTES > PEM_CERTIFICATE_MAX) {
            return false;
        }
        bits <<= 6 * (DIGITS - digits);
        for (int i = 0; i < digits - 1; i++) {
            reader->der[reader->len++] = (unsigned char)(bits >> (16 - 8 * i));
        }
    }
    return true;
}

/* Reads a tag and a length, and moves to the contents. False, without a move, for another tag. */
static bool enter(struct reader *reader, int tag, size_t *len)
{
    enum { LONG = 0x80, LENGTH_MAX = 2 };
    if (!decode(reader, reader->at + 2)) {
        return false;
    }
    const unsigned char *field = reader->der + reader->at;
    size_t more = field[1] >= LONG ? field[1] - LONG + 0U : 0;
    if (field[0] != tag || more > LENGTH_MAX || !decode(reader, reader->at + 2 + more)) {
        return false;
    }
    *len = more == 0 ? field[1] : 0;
    for (size_t i = 0; i < more; i++) {
        *len = *len << 8 | field[2 + i];
    }
    reader->at += 2 + more;
    return true;
}

/* Compares the subject (RFC 5280, section 4.1), which is the sixth field of the tbsCertificate if
 * that has a version, else the fifth. *whole is the length of the certificate. */
static bool has_subject(struct reader *reader, const unsigned char *subject, size_t subject_len,
                        size_t *whole)
{
    static const unsigned char before[] = {
        MBEDTLS_ASN1_INTEGER, /* serialNumber */
        SEQUENCE,             /* signature */
        SEQUENCE,             /* issuer */
        SEQUENCE,             /* validity */
    };
    size_t len = 0;
    if (!enter(reader, SEQUENCE, &len)) {
        return false;
    }
    *whole = reader->at + len;
    if (!enter(reader, SEQUENCE, &len)) {
        return false;
    }
    if (enter(reader, VERSION, &len)) {
        reader->at += len;
    }
    for (size_t i = 0; i < sizeof(before); i++) {
        if (!enter(reader, before[i], &len)) {
            return false;
        }
        reader->at += len;
    }
    size_t start = reader->at;
    return enter(reader, SEQUENCE, &len) && reader->at + len - start == subject_len &&
           decode(reader, start + subject_len) &&
           memcmp(reader->der + start, subject, subject_len) == 0;
}

/* Finds the next certificate and moves *text to its end. False after the last. */
static bool next_pem(const char **text, struct reader *reader)
{
    static const char begin_mark[] = "-----BEGIN CERTIFICATE-----";
    static const char end_mark[] = "-----END CERTIFICATE-----";
    for (const char *at = strchr(*text, '-'); at != NULL; at = strchr(at, '-')) {
        if (strncmp(at, begin_mark, sizeof(begin_mark) - 1) != 0) {
            at++;
            continue;
        }
        reader->text = at + sizeof(begin_mark) - 1;
        at = strchrnul(reader->text, '-');
        reader->end = at;
        if (strncmp(at, end_mark, sizeof(end_mark) - 1) == 0) {
            *text = at + sizeof(end_mark) - 1;
            return true;
        }
    }
    return false;
}

size_t pem_bundle_next(const char **text, const unsigned char *subject, size_t subject_len,
                       unsigned char der[PEM_CERTIFICATE_MAX])
{
    struct reader reader = {.der = der};
    while (next_pem(text, &reader)) {
        size_t whole = 0;
        reader.len = 0;
        reader.at = 0;
        if (has_subject(&reader, subject, subject_len, &whole)) {
            decode(&reader, PEM_CERTIFICATE_MAX); /* to the end of the text */
            if (reader.len >= whole) {
                return reader.len;
            }
        }
    }
    return 0;
}
