/* SPDX-License-Identifier: MIT */
/*
 * The built-in roots (net/roots.h): finding them by subject, and the certificates that mbedTLS
 * needs of them (RFC 5280, section 4.1).
 */
#ifndef NET_ROOT_CERTIFICATE_H
#define NET_ROOT_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

struct net_root;

enum { ROOT_CERTIFICATE_MAX = 2048 }; /* bytes of DER */

/* The hash of a subject, a Name in DER with tag and length, as in mbedtls_x509_crt.subject_raw. */
uint32_t root_certificate_hash(const unsigned char *name, size_t len);

/* The roots whose subject has this hash: the first one, and in *count how many there are. The
 * others follow it. */
const struct net_root *root_certificate_find(uint32_t hash, size_t *count);

/*
 * Writes the DER of a certificate to the start of out and returns its length. It has the validity
 * and the key of the root, whose key is in keys (net_roots_keys), the given name as subject and
 * issuer, basicConstraints with CA, and an empty signature. 0 if it could be longer than
 * ROOT_CERTIFICATE_MAX, which no root of Mozilla's with its own name is.
 */
size_t root_certificate_make(const unsigned char *keys, const struct net_root *root,
                             const unsigned char *name, size_t name_len,
                             unsigned char out[ROOT_CERTIFICATE_MAX]);

#endif
