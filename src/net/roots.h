/* SPDX-License-Identifier: MIT */
/*
 * Mozilla's root certificates for TLS servers, inside the binary. Of each there are the validity,
 * the subject and the public key, which are adjacent in its DER (RFC 5280, section 4.1). Verifying
 * a chain needs no more; a root's signature and extensions would double the size. vendor/roots.sh
 * generates the data from Debian's ca-certificates, as roots.c in the build directory.
 */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include <stddef.h>
#include <stdint.h>

/* The subject is the DER of the Name with tag and length, as in mbedtls_x509_crt.subject_raw.
 * Offsets instead of pointers: a static-PIE relocates each pointer at every start. */
struct net_root {
    uint32_t at;      /* offset in net_roots_der */
    uint16_t len;     /* of validity, subject and key */
    uint16_t subject; /* offset from at */
    uint16_t subject_len;
};

/* The roots, one after the other. */
extern const unsigned char net_roots_der[];

/* Sorted by subject: by memcmp over the shorter length, then the shorter one first. Some subjects
 * occur more than once. */
extern const struct net_root net_roots_index[];
extern const size_t net_roots_count;

#endif
