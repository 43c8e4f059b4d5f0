/* SPDX-License-Identifier: MIT */
/*
 * The built-in roots (net/roots.h): finding them by subject, and the certificates that mbedTLS
 * needs of them (RFC 5280, section 4.1).
 */
#ifndef NET_ROOT_CERTIFICATE_H
#define NET_ROOT_CERTIFICATE_H

#include <stddef.h>

struct net_root;

enum { ROOT_CERTIFICATE_MAX = 2048 }; /* bytes of DER */

/* The roots whose subject is the given Name (DER with tag and length): the first one, and in *count
 * how many there are. The others follow it. */
const struct net_root *root_certificate_find(const unsigned char *name, size_t len, size_t *count);

/*
 * Writes the DER of a certificate to the start of out and returns its length. It has the validity,
 * the subject and the key of the root in der (net_roots_der), the subject as issuer, too,
 * basicConstraints with CA, and an empty signature. 0 if it would be longer than
 * ROOT_CERTIFICATE_MAX; none of Mozilla's roots is.
 */
size_t root_certificate_make(const unsigned char *der, const struct net_root *root,
                             unsigned char out[ROOT_CERTIFICATE_MAX]);

#endif
