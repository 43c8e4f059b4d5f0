/* SPDX-License-Identifier: MIT */
/*
 * The checks of a server's certificate chain that mbedTLS leaves to its caller, and what was wrong
 * with the chain of the last handshake, in words.
 */
#ifndef NET_CHAIN_H
#define NET_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

struct mbedtls_x509_crt;

enum { CHAIN_MAX = 12 }; /* mbedTLS accepts 8 intermediates */

struct chain {
    const char *host;
    uint32_t flags; /* MBEDTLS_X509_BADCERT_* of all certificates */
    int count;      /* certificates above the one that is checked, from the root on */
    const struct mbedtls_x509_crt *above[CHAIN_MAX];
    char root_name[128];
    char detail[512];     /* of the first problem that is not among mbedTLS's flags */
    int64_t valid_from_s; /* the server's certificate; without one, at any time */
    int64_t valid_until_s;
};

/* Forgets the last handshake. host is borrowed until the handshake has ended. */
void chain_start(struct chain *chain, const char *host);

/* For mbedtls_ssl_conf_verify, with the struct chain as context. mbedTLS calls it for each
 * certificate of the chain, from the root to the server's. Replaces mbedTLS's check of the host
 * (net/host_match.h), and checks name constraints and critical extensions that mbedTLS ignores. */
int chain_verify(void *context, struct mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

/* See trust_complaint. */
const char *chain_complaint(const struct chain *chain, bool *unknown);

#endif
