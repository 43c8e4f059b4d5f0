/* SPDX-License-Identifier: MIT */
/*
 * Builds a certificate from a built-in root, for a parser that accepts only whole certificates
 * (RFC 5280, 4.1).
 */
#ifndef NET_ROOT_CERTIFICATE_H
#define NET_ROOT_CERTIFICATE_H

#include <stddef.h>

struct net_root;

enum { NET_ROOT_CERTIFICATE_MAX = 2048 };

/*
 * Writes a certificate to out: validity, subject and key of a root in der (net_roots_der), the
 * subject as issuer, basicConstraints with CA, and an empty signature. Returns its length, or 0 if
 * it would be longer than NET_ROOT_CERTIFICATE_MAX. All of Mozilla's roots fit.
 */
size_t net_root_certificate(const unsigned char *der, const struct net_root *root,
                            unsigned char out[NET_ROOT_CERTIFICATE_MAX]);

#endif
