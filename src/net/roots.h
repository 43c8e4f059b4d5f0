/* SPDX-License-Identifier: MIT */
/*
 * Mozilla's root certificates for TLS servers, inside the binary. Of each there are a hash of the
 * subject, the validity and the public key; verifying a chain needs no more. The subject itself is
 * not stored, because a root is looked up by the name of a certificate's issuer, which equals it.
 * Anyone can make a name with the hash of a root, but that gives no trust: a certificate with this
 * issuer is verified with the key of the root, and only the root's private key can sign it.
 * vendor/roots.sh generates the data from Debian's ca-certificates, as roots.c in the build
 * directory; no two roots with different subjects have the same hash.
 */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include <stddef.h>
#include <stdint.h>

enum net_root_key {
    NET_ROOT_RSA,   /* the modulus, with its highest bit set; the exponent is 65537 */
    NET_ROOT_P256,  /* the coordinates of the point */
    NET_ROOT_P384,  /* the same */
    NET_ROOT_WHOLE, /* any other key: the SubjectPublicKeyInfo of RFC 5280 */
};

/* Offsets instead of pointers: a static-PIE relocates each pointer at every start. */
struct net_root {
    uint32_t subject;       /* root_certificate_hash of it */
    uint32_t valid_from_s;  /* seconds since 1970, UTC */
    uint32_t valid_until_s; /* the last second */
    uint32_t kind : 2;      /* enum net_root_key */
    uint32_t len : 12;      /* of the key */
    uint32_t at : 18;       /* offset in net_roots_keys */
};

/* The keys, one after the other. */
extern const unsigned char net_roots_keys[];

/* Sorted by the hash. Some subjects occur more than once. */
extern const struct net_root net_roots_index[];
extern const size_t net_roots_count;

#endif
