/* SPDX-License-Identifier: MIT */
/*
 * Mozilla's root certificates for TLS servers, as DER inside the binary. net/trust looks issuers up
 * in them. The data is generated (vendor/roots.sh, from Debian's ca-certificates) into roots.c in
 * the build folder; nothing here is parsed before a handshake asks for it.
 */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include <stddef.h>
#include <stdint.h>

/* Offsets into net_roots_der, not pointers: a static-PIE would have to relocate each pointer at
 * every start. The subject is the raw DER of the Name, tag and length included, as in
 * mbedtls_x509_crt.subject_raw; it lies within the certificate. */
struct net_root {
    uint32_t der;
    uint32_t subject;
    uint16_t der_len;
    uint16_t subject_len;
};

/* Every certificate, one behind the other. */
extern const unsigned char net_roots_der[];

/* Sorted by subject: memcmp over the shorter length, then the shorter one first. Some subjects
 * occur more than once; those stand side by side. */
extern const struct net_root net_roots_index[];
extern const size_t net_roots_count;

#endif
