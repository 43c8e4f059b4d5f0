/* SPDX-License-Identifier: MIT */
#include "net/host_match.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <mbedtls/x509_crt.h>

/* The host has no NUL, so a name with a NUL in it is never equal. */
static bool is_equal(const mbedtls_x509_buf *name, size_t skip, const char *host)
{
    return name->len - skip == strlen(host) &&
           strncasecmp((const char *)name->p + skip, host, name->len - skip) == 0;
}

static bool matches_name(const mbedtls_x509_buf *name, const char *host)
{
    if (name->len < 3 || memcmp(name->p, "*.", 2) != 0) {
        return is_equal(name, 0, host);
    }
    const char *dot = strchr(host, '.');
    return dot != NULL && dot != host && is_equal(name, 1, dot);
}

bool host_match(const struct mbedtls_x509_crt *certificate, const char *host)
{
    unsigned char ip[sizeof(struct in6_addr)];
    size_t ip_len = inet_pton(AF_INET, host, ip) == 1    ? sizeof(struct in_addr)
                    : inet_pton(AF_INET6, host, ip) == 1 ? sizeof(struct in6_addr)
                                                         : 0;
    for (const mbedtls_x509_sequence *each = &certificate->subject_alt_names; each != NULL;
         each = each->next) {
        int type = each->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
        bool same = ip_len > 0
                        ? type == MBEDTLS_X509_SAN_IP_ADDRESS && each->buf.len == ip_len &&
                              memcmp(each->buf.p, ip, ip_len) == 0
                        : type == MBEDTLS_X509_SAN_DNS_NAME && matches_name(&each->buf, host);
        if (same) {
            return true;
        }
    }
    return false;
}
