/* SPDX-License-Identifier: MIT */
/*
 * Mozilla's root certificates for TLS servers, inside the binary: of each the validity, the subject
 * and the public key, as they stand side by side in its DER (RFC 5280, 4.1). That is what a chain
 * is checked with; signature and extensions of a root are not, and take as much room again.
 * The data is generated (vendor/roots.sh, from Debian's ca-certificates) into roots.c in the build
 * folder; nothing here is parsed before a handshake asks for it.
 */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include <stddef.h>
#include <stdint.h>

/* An offset into net_roots_der, not a pointer: a static-PIE would have to relocate each pointer at
 * every start. The subject is the raw DER of the Name, tag and length included, as in
 * mbedtls_x509_crt.subject_raw. */
struct net_root {
    uint32_t at;
    uint16_t len;     /* validity, subject and key */
    uint16_t subject; /* from at */
    uint16_t subject_len;
};

/* Every root, one after the other. */
extern const unsigned char net_roots_der[];

/* Sorted by subject: memcmp over the shorter length, then the shorter one first. Some subjects
 * occur more than once; those stand side by side. */
extern const struct net_root net_roots_index[];
extern const size_t net_roots_count;

#endif
