/* SPDX-License-Identifier: MIT */
/*
 * The certificate authorities that TLS trusts: those in a file that the user named, else in the
 * system's bundle, else Mozilla's roots inside the binary. A certificate of a bundle or a root is
 * not parsed before a handshake needs it. The user's file is parsed at once, because it may contain
 * the server's own self-signed certificate, which a lookup by issuer does not find.
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct trust;

/* The files that may hold the authorities of the system, in the order of their use; ends with a
 * NULL. */
extern const char *const trust_system_bundles[];

/* ca_file is borrowed; NULL: the system's bundle or the built-in roots. ERR_FILE if the file cannot
 * be read or has no certificate. The caller frees the result with trust_free. */
struct trust *trust_new(const char *ca_file, struct err *err);

/* Accepts NULL. */
void trust_free(struct trust *trust);

/* Sets in a mbedtls_ssl_config: the authorities, which signatures and keys are accepted, and a
 * callback that checks the chain, also for the host, and notes what trust_complaint and
 * trust_root_name return. Call it before each handshake; host must be valid until that has ended.
 * Returns 0 or an mbedTLS error code. */
int trust_configure(struct trust *trust, void *ssl_config, const char *host);

/* The path of the file that the authorities are from, or "built-in roots". */
const char *trust_source(const struct trust *trust);

/* What was wrong with the chain of the last handshake, of the form "its certificate has expired";
 * NULL if nothing was. unknown, if not NULL: whether the chain ends at an authority that is not
 * trusted. */
const char *trust_complaint(const struct trust *trust, bool *unknown);

/* The subject of the topmost certificate in the chain of the last handshake, or "". */
const char *trust_root_name(const struct trust *trust);

/* Whether the time is within the validity of the server's certificate of the last handshake, both
 * ends included. True if there was no handshake. */
bool trust_is_valid_at(const struct trust *trust, int64_t time_s);

#endif
