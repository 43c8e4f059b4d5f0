/* SPDX-License-Identifier: MIT */
#include "net/root_certificate.h"

#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/asn1write.h>

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

/* mbedTLS writes DER from the end to the start: these functions move *at towards the start. */
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

static int compare_subject(const struct net_root *root, const unsigned char *name, size_t len)
{
    size_t shorter = root->subject_len < len ? root->subject_len : len;
    int order = memcmp(net_roots_der + root->at + root->subject, name, shorter);
    return order != 0 ? order : (root->subject_len > len) - (root->subject_len < len);
}

const struct net_root *root_certificate_find(const unsigned char *name, size_t len, size_t *count)
{
    size_t low = 0;
    size_t high = net_roots_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_subject(&net_roots_index[middle], name, len) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (high < net_roots_count && compare_subject(&net_roots_index[high], name, len) == 0) {
        high++;
    }
    *count = high - low;
    return &net_roots_index[low];
}

size_t root_certificate_make(const unsigned char *der, const struct net_root *root,
                             unsigned char out[ROOT_CERTIFICATE_MAX])
{
    enum { HEADS = 8 }; /* the most bytes of tag and length for the two sequences */
    const unsigned char *stored = der + root->at;
    unsigned char *end = out + ROOT_CERTIFICATE_MAX;
    unsigned char *at = end;
    size_t fixed = sizeof(front) + sizeof(extensions) + sizeof(back) + HEADS;
    if (fixed + root->len + root->subject_len > ROOT_CERTIFICATE_MAX) {
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
