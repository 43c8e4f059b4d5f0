/* SPDX-License-Identifier: MIT */
#include "net/root_certificate.h"

#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/asn1write.h>

#include "net/roots.h"

/* AlgorithmIdentifier: ecdsa-with-SHA256 (RFC 5758, 3.2). A certificate names one in two places. */
#define ALGORITHM 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02

/* Version 3, serial number 1, algorithm. */
static const unsigned char front[] = {
    0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x01, ALGORITHM,
};

/* Extensions: basicConstraints, critical, CA. */
static const unsigned char extensions[] = {
    0xa3, 0x13, 0x30, 0x11, 0x30, 0x0f, 0x06, 0x03, 0x55, 0x1d, 0x13,
    0x01, 0x01, 0xff, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff,
};

/* The algorithm again, and a signature of no bits. */
static const unsigned char back[] = {ALGORITHM, 0x03, 0x01, 0x00};

/* mbedTLS writes DER from its end: everything here moves *at towards the beginning. */
static void put(unsigned char **at, const unsigned char *bytes, size_t len)
{
    *at -= len;
    memcpy(*at, bytes, len);
}

static int put_sequence(unsigned char **at, const unsigned char *start, const unsigned char *end)
{
    static const int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
    return mbedtls_asn1_write_len(at, start, (size_t)(end - *at)) < 0 ||
                   mbedtls_asn1_write_tag(at, start, (unsigned char)sequence) < 0
               ? -1
               : 0;
}

size_t net_root_certificate(const unsigned char *der, const struct net_root *root,
                            unsigned char out[NET_ROOT_CERTIFICATE_MAX])
{
    enum { HEADS = 8 }; /* tag and length of the two sequences, at most */
    const unsigned char *stored = der + root->at;
    unsigned char *end = out + NET_ROOT_CERTIFICATE_MAX;
    unsigned char *at = end;
    size_t fixed = sizeof(front) + sizeof(extensions) + sizeof(back) + HEADS;
    if (fixed + root->len + root->subject_len > NET_ROOT_CERTIFICATE_MAX) {
        return 0;
    }
    put(&at, back, sizeof(back));
    unsigned char *end_of_tbs = at;
    put(&at, extensions, sizeof(extensions));
    put(&at, stored, root->len);
    put(&at, stored + root->subject, root->subject_len);
    put(&at, front, sizeof(front));
    if (put_sequence(&at, out, end_of_tbs) != 0 || put_sequence(&at, out, end) != 0) {
        return 0;
    }
    size_t len = (size_t)(end - at);
    memmove(out, at, len);
    return len;
}
