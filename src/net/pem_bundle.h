/* SPDX-License-Identifier: MIT */
/* Certificates in PEM (RFC 7468), many in one text, found by their subject. */
#ifndef NET_PEM_BUNDLE_H
#define NET_PEM_BUNDLE_H

#include <stddef.h>

enum { PEM_CERTIFICATE_MAX = 8192 }; /* bytes of DER; Mozilla's largest root has 2,000 */

/*
 * Decodes the next certificate in *text whose subject is the given Name (DER with tag and length),
 * and moves *text to its end. Returns the length of the DER in der; 0 if there is none. Skips what
 * is not a certificate or is longer than PEM_CERTIFICATE_MAX.
 */
size_t pem_bundle_next(const char **text, const unsigned char *subject, size_t subject_len,
                       unsigned char der[PEM_CERTIFICATE_MAX]);

#endif
