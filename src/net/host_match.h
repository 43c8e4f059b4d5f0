/* SPDX-License-Identifier: MIT */
/* Whether a certificate is for a host, by RFC 9525. */
#ifndef NET_HOST_MATCH_H
#define NET_HOST_MATCH_H

#include <stdbool.h>

struct mbedtls_x509_crt;

/*
 * host is a DNS name or an IP address without brackets. Only the subjectAltName counts, never the
 * common name. An address matches an iPAddress only, byte for byte; any other host matches a
 * dNSName only, in either case of letters. "*" is a wildcard for one label if it is the whole
 * left-most label of a dNSName.
 */
bool host_match(const struct mbedtls_x509_crt *certificate, const char *host);

#endif
