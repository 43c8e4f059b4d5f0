/* SPDX-License-Identifier: MIT */
/* The name constraints of an authority (RFC 5280, section 4.2.1.10). */
#ifndef NET_NAME_CONSTRAINTS_H
#define NET_NAME_CONSTRAINTS_H

#include <stddef.h>

struct mbedtls_x509_crt;

enum name_verdict {
    NAME_PERMITTED,
    NAME_EXCLUDED,
    NAME_UNKNOWN_CONSTRAINT, /* the constraints cannot be parsed */
};

/*
 * Checks the names of a certificate below the authority: the subject, and all of the
 * subjectAltName. der is the value of the extension. Constraints on names other than dNSName,
 * iPAddress and directoryName exclude every certificate with such a name. If the verdict is
 * NAME_EXCLUDED, name (size bytes) gets the first name that is not permitted, as text; it may
 * contain control characters.
 */
enum name_verdict name_constraints_check(const unsigned char *der, size_t len,
                                         const struct mbedtls_x509_crt *certificate, char *name,
                                         size_t size);

#endif
