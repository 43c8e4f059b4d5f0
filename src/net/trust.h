/* SPDX-License-Identifier: MIT */
/*
 * Whom TLS trusts: a file that the user named, else the system's bundle, else Mozilla's roots
 * inside the binary. The HTTP client hands every TLS configuration here. Nothing is parsed before a
 * handshake asks for it, but a file that the user named is read whole: it may hold the server's own
 * self-signed certificate, which the lookup by issuer cannot express.
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <stdbool.h>

struct err;
struct trust;

/* ca_file NULL: the system's bundle or the built-in roots. A named file that is missing, or has no
 * certificate, is ERR_FILE. The result is the caller's, to be freed with trust_free. */
struct trust *trust_new(const char *ca_file, struct err *err);
void trust_free(struct trust *trust);

/* Sets a mbedtls_ssl_config up: anchors, the profile of acceptable signatures and keys, and what
 * watches the verification. 0 or an mbedTLS error code. */
int trust_configure(struct trust *trust, void *ssl_config);

/* Where the anchors come from: the path of a file, or "built-in roots". */
const char *trust_source(const struct trust *trust);

/* What was wrong with the chain of the last handshake, of the form "its certificate has expired";
 * NULL if nothing was. unknown, if not NULL: whether the chain ends at an authority that is not
 * trusted. */
const char *trust_complaint(const struct trust *trust, bool *unknown);

/* Of the last handshake: the subject of the chain's topmost certificate, or "". */
const char *trust_root_name(const struct trust *trust);

#endif
