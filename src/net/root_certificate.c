/* SPDX-License-Identifier: MIT */
#include "net/root_certificate.h"

#include <stdbool.h>
#include <string.h>

#include <mbedtls/asn1.h>

#include "base/clock.h"
#include "net/roots.h"

/* AlgorithmIdentifier: ecdsa-with-SHA256 (RFC 5758, section 3.2). A certificate has it twice. */
#define ALGORITHM 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02

/* Version 3, serial number 1, algorithm: what comes before the issuer. */
static const unsigned char front[] = {
    0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x01, ALGORITHM,
};

/* The extensions: basicConstraints, critical, CA. */
static const unsigned char extensions[] = {
    0xa3, 0x13, 0x30, 0x11, 0x30, 0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13,
    0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff,
};

/* The algorithm again, and a signature without bits. */
static const unsigned char back[] = {ALGORITHM, 0x03, 0x01, 0x00};

/* The end of an RSA key: the exponent 65537. */
static const unsigned char exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};

/* The AlgorithmIdentifiers of keys (RFC 3279, section 2.3.1, and RFC 5480, section 2.1.1). */
static const unsigned char rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                    0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const unsigned char p256[] = {0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
                                     0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const unsigned char p384[] = {0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
                                     0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};

/* DER is written from the end to the start, as mbedTLS does: these functions move *at towards the
 * start. root_certificate_make makes sure that there is room. */
static void put(unsigned char **at, const unsigned char *bytes, size_t len)
{
    *at -= len;
    memcpy(*at, bytes, len);
}

/* Puts tag and length before the value that ends before end. Its length has at most 16 bits. */
static void put_head(unsigned char **at, const unsigned char *end, unsigned char tag)
{
    size_t len = (size_t)(end - *at);
    const unsigned char head[] = {tag, 0x82, (unsigned char)(len >> 8), (unsigned char)len};
    if (len > 0xff) {
        put(at, head, sizeof(head));
    } else {
        *--*at = (unsigned char)len;
        if (len > 0x7f) {
            *--*at = 0x81;
        }
        *--*at = tag;
    }
}

static void put_sequence(unsigned char **at, const unsigned char *end)
{
    put_head(at, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
}

/* RFC 5280, section 4.1.2.5: a UTCTime until 2049, then a GeneralizedTime. */
static void put_time(unsigned char **at, uint32_t time_s)
{
    const unsigned char *end = *at;
    char text[CLOCK_RFC3339_SIZE] = "";
    clock_format_rfc3339(time_s, text);
    bool two_digits = strcmp(text, "2050") < 0;
    for (size_t i = sizeof(text) - 1; i > (two_digits ? 2 : 0); i--) {
        char c = text[i - 1];
        if ((c >= '0' && c <= '9') || c == 'Z') {
            *--*at = (unsigned char)c;
        }
    }
    put_head(at, end, two_digits ? MBEDTLS_ASN1_UTC_TIME : MBEDTLS_ASN1_GENERALIZED_TIME);
}

static void put_rsa(unsigned char **at, const unsigned char *modulus, size_t len)
{
    const unsigned char *end = *at;
    put(at, exponent, sizeof(exponent));
    const unsigned char *end_of_modulus = *at;
    put(at, modulus, len);
    *--*at = 0; /* a positive number */
    put_head(at, end_of_modulus, MBEDTLS_ASN1_INTEGER);
    put_sequence(at, end);
}

/* The SubjectPublicKeyInfo. */
static void put_key(unsigned char **at, const unsigned char *key, const struct net_root *root)
{
    const unsigned char *end = *at;
    if (root->kind == NET_ROOT_RSA) {
        put_rsa(at, key, root->len);
    } else {
        put(at, key, root->len);
    }
    if (root->kind == NET_ROOT_WHOLE) {
        return;
    }
    if (root->kind != NET_ROOT_RSA) {
        *--*at = 4; /* an uncompressed point */
    }
    *--*at = 0; /* unused bits */
    put_head(at, end, MBEDTLS_ASN1_BIT_STRING);
    if (root->kind == NET_ROOT_RSA) {
        put(at, rsa, sizeof(rsa));
    } else if (root->kind == NET_ROOT_P256) {
        put(at, p256, sizeof(p256));
    } else {
        put(at, p384, sizeof(p384));
    }
    put_sequence(at, end);
}

uint32_t root_certificate_hash(const unsigned char *name, size_t len)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < len; i++) {
        hash = hash * 65599 + name[i];
    }
    return hash;
}

const struct net_root *root_certificate_find(uint32_t hash, size_t *count)
{
    size_t first = 0;
    while (first < net_roots_count && net_roots_index[first].subject < hash) {
        first++;
    }
    size_t end = first;
    while (end < net_roots_count && net_roots_index[end].subject == hash) {
        end++;
    }
    *count = end - first;
    return &net_roots_index[first];
}

size_t root_certificate_make(const unsigned char *keys, const struct net_root *root,
                             const unsigned char *name, size_t name_len,
                             unsigned char out[ROOT_CERTIFICATE_MAX])
{
    enum {
        VALIDITY_MAX = 36,
        KEY_MAX = 38, /* what a key has around the stored bytes */
        HEADS_MAX = 8 /* of the two sequences */
    };
    size_t fixed =
        sizeof(front) + VALIDITY_MAX + KEY_MAX + sizeof(extensions) + sizeof(back) + HEADS_MAX;
    if (name_len > ROOT_CERTIFICATE_MAX ||
        fixed + root->len + 2 * name_len > ROOT_CERTIFICATE_MAX) {
        return 0;
    }
    unsigned char *end = out + ROOT_CERTIFICATE_MAX;
    unsigned char *at = end;
    put(&at, back, sizeof(back));
    const unsigned char *end_of_tbs = at;
    put(&at, extensions, sizeof(extensions));
    put_key(&at, keys + root->at, root);
    put(&at, name, name_len);
    const unsigned char *end_of_validity = at;
    put_time(&at, root->valid_until_s);
    put_time(&at, root->valid_from_s);
    put_sequence(&at, end_of_validity);
    put(&at, name, name_len);
    put(&at, front, sizeof(front));
    put_sequence(&at, end_of_tbs);
    put_sequence(&at, end);
    size_t len = (size_t)(end - at);
    memmove(out, at, len);
    return len;
}
