/* SPDX-License-Identifier: MIT */
/*
 * A certificate made of a built-in root, for a parser that takes nothing less (RFC 5280, 4.1).
 */
#ifndef NET_ROOT_CERTIFICATE_H
#define NET_ROOT_CERTIFICATE_H

#include <stddef.h>

struct net_root;

enum { NET_ROOT_CERTIFICATE_MAX = 2048 };

/*
 * Of a root in der (net_roots_der): its validity, subject and key; the subject as issuer, too;
 * basicConstraints with CA; and an empty signature. Returns its length, in out from the beginning;
 * 0 where it would be longer than NET_ROOT_CERTIFICATE_MAX, which none of Mozilla's is.
 */
size_t net_root_certificate(const unsigned char *der, const struct net_root *root,
                            unsigned char out[NET_ROOT_CERTIFICATE_MAX]);

#endif
