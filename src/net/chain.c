/* SPDX-License-Identifier: MIT */
#include "net/chain.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>

#include "base/text.h"
#include "net/host_match.h"
#include "net/name_constraints.h"

/* Beside mbedTLS's flags, in chain.flags only. */
#define NO_NAMES (1U << 30)

enum {
    NAME_SIZE = 128,
    NAME_CONSTRAINTS = 30, /* the last number of its OID */
    SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE,
};

struct extension {
    mbedtls_x509_buf oid;
    bool critical;
    mbedtls_x509_buf value;
};

void chain_start(struct chain *chain, const char *host)
{
    *chain = (struct chain){.host = host, .valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX};
}

static void complain(struct chain *chain, uint32_t *flags, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct chain *chain, uint32_t *flags, const char *format, ...)
{
    va_list args;
    *flags |= MBEDTLS_X509_BADCERT_OTHER;
    if (chain->detail[0] == '\0') {
        va_start(args, format);
        vsnprintf(chain->detail, sizeof(chain->detail), format, args);
        va_end(args);
        text_clean(chain->detail);
    }
}

static void get_name(const mbedtls_x509_crt *certificate, char name[NAME_SIZE])
{
    if (mbedtls_x509_dn_gets(name, NAME_SIZE, &certificate->subject) < 0) {
        name[0] = '\0';
    }
}

/* Extensions of the form id-ce (2.5.29) that are known, by their last number. mbedTLS processes the
 * first ones, this file nameConstraints. Those of policies cannot make a chain invalid, because no
 * policy is required and policyConstraints is not among them. */
static bool is_known(const mbedtls_x509_buf *oid)
{
    static const unsigned char id_ce[] = {0x55, 0x1d};
    static const unsigned char known[] = {
        14,
        15,
        17,
        19,
        35,
        37, /* key identifiers, keyUsage, names, basicConstraints */
        NAME_CONSTRAINTS,
        32,
        33,
        54, /* certificatePolicies, policyMappings, inhibitAnyPolicy */
    };
    return oid->len == sizeof(id_ce) + 1 && memcmp(oid->p, id_ce, sizeof(id_ce)) == 0 &&
           memchr(known, oid->p[sizeof(id_ce)], sizeof(known)) != NULL;
}

/* Cuts the next extension off at *at. mbedTLS has checked all of them when it parsed the
 * certificate. */
static bool next_extension(unsigned char **at, const unsigned char *end, struct extension *out)
{
    unsigned char *next = NULL;
    size_t len = 0;
    int critical = 0;
    if (mbedtls_asn1_get_tag(at, end, &len, SEQUENCE) != 0) {
        return false;
    }
    next = *at + len;
    if (mbedtls_asn1_get_tag(at, next, &out->oid.len, MBEDTLS_ASN1_OID) != 0) {
        return false;
    }
    out->oid.p = *at;
    *at += out->oid.len;
    mbedtls_asn1_get_bool(at, next, &critical);
    out->critical = critical != 0;
    if (mbedtls_asn1_get_tag(at, next, &out->value.len, MBEDTLS_ASN1_OCTET_STRING) != 0) {
        return false;
    }
    out->value.p = *at;
    *at = next;
    return true;
}

/* The extensions are in a sequence. */
static bool first_extension(const mbedtls_x509_crt *certificate, unsigned char **at,
                            const unsigned char **end)
{
    size_t len = 0;
    *at = certificate->v3_ext.p;
    if (*at == NULL ||
        mbedtls_asn1_get_tag(at, *at + certificate->v3_ext.len, &len, SEQUENCE) != 0) {
        return false;
    }
    *end = *at + len;
    return true;
}

static void check_extensions(struct chain *chain, const mbedtls_x509_crt *certificate,
                             uint32_t *flags)
{
    unsigned char *at = NULL;
    const unsigned char *end = NULL;
    struct extension extension;
    char name[NAME_SIZE];
    char oid[64];
    if (!first_extension(certificate, &at, &end)) {
        return;
    }
    while (next_extension(&at, end, &extension)) {
        if (extension.critical && !is_known(&extension.oid)) {
            bool fits = mbedtls_oid_get_numeric_string(oid, sizeof(oid), &extension.oid) > 0;
            get_name(certificate, name);
            complain(chain, flags,
                     "the certificate of \"%s\" has an unknown critical extension: %s", name,
                     fits ? oid : "?");
        }
    }
}

static void check_constraint(struct chain *chain, const mbedtls_x509_crt *authority,
                             const mbedtls_x509_buf *value, const mbedtls_x509_crt *certificate,
                             uint32_t *flags)
{
    char name[NAME_SIZE] = "";
    char refused[NAME_SIZE] = "";
    enum name_verdict verdict =
        name_constraints_check(value->p, value->len, certificate, refused, sizeof(refused));
    get_name(authority, name);
    if (verdict == NAME_EXCLUDED) {
        complain(chain, flags,
                 "the name constraints of the authority \"%s\" do not permit its certificate's "
                 "name %s",
                 name, refused);
    } else if (verdict == NAME_UNKNOWN_CONSTRAINT) {
        complain(chain, flags, "the name constraints of the authority \"%s\" are not valid", name);
    }
}

static bool is_self_issued(const mbedtls_x509_crt *certificate)
{
    const mbedtls_x509_buf *issuer = &certificate->issuer_raw;
    return issuer->len == certificate->subject_raw.len &&
           memcmp(issuer->p, certificate->subject_raw.p, issuer->len) == 0;
}

/* Checks the constraints of all authorities above the certificate. They do not apply to a
 * self-issued certificate other than the server's (RFC 5280, section 6.1.3). */
static void check_constraints(struct chain *chain, const mbedtls_x509_crt *certificate, int depth,
                              uint32_t *flags)
{
    static const unsigned char oid[] = {0x55, 0x1d, NAME_CONSTRAINTS};
    for (int i = 0; i < chain->count && !(depth > 0 && is_self_issued(certificate)); i++) {
        unsigned char *at = NULL;
        const unsigned char *end = NULL;
        struct extension extension;
        if (!first_extension(chain->above[i], &at, &end)) {
            continue;
        }
        while (next_extension(&at, end, &extension)) {
            if (extension.oid.len == sizeof(oid) &&
                memcmp(extension.oid.p, oid, sizeof(oid)) == 0) {
                check_constraint(chain, chain->above[i], &extension.value, certificate, flags);
            }
        }
    }
    if (chain->count == CHAIN_MAX) {
        complain(chain, flags, "its certificate chain is too long");
    } else {
        chain->above[chain->count++] = certificate;
    }
}

static void check_host(struct chain *chain, const mbedtls_x509_crt *certificate, uint32_t *flags)
{
    *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (!host_match(certificate, chain->host)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
        chain->flags |= certificate->subject_alt_names.buf.p == NULL ? NO_NAMES : 0;
    }
}

static int64_t seconds_of(const mbedtls_x509_time *time)
{
    struct tm utc = {.tm_year = time->year - 1900,
                     .tm_mon = time->mon - 1,
                     .tm_mday = time->day,
                     .tm_hour = time->hour,
                     .tm_min = time->min,
                     .tm_sec = time->sec};
    return (int64_t)timegm(&utc);
}

int chain_verify(void *context, struct mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct chain *chain = context;
    if (depth == 0) {
        check_host(chain, certificate, flags);
        chain->valid_from_s = seconds_of(&certificate->valid_from);
        chain->valid_until_s = seconds_of(&certificate->valid_to);
    }
    check_extensions(chain, certificate, flags);
    check_constraints(chain, certificate, depth, flags);
    chain->flags |= *flags;
    if (chain->root_name[0] == '\0') {
        get_name(certificate, chain->root_name);
    }
    if (depth == 0) {
        chain->count = 0; /* mbedTLS frees the authorities after this last call */
    }
    return 0;
}

/* Of several problems, the first in this table. A signature with a weak hash is not checked, so its
 * authority is unknown too; for a certificate of an unknown authority, the others do not matter. */
const char *chain_complaint(const struct chain *chain, bool *unknown)
{
    static const struct {
        uint32_t flag;
        const char *words;
    } complaints[] = {
        {MBEDTLS_X509_BADCERT_BAD_MD, "its certificate is signed with a hash that is too weak"},
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED,
         "its certificate is signed by an authority that is not trusted"},
        {MBEDTLS_X509_BADCERT_EXPIRED,
         "its certificate has expired (or the clock of this machine is wrong)"},
        {MBEDTLS_X509_BADCERT_FUTURE,
         "its certificate is not valid yet (or the clock of this machine is wrong)"},
        {NO_NAMES, "its certificate has no subjectAltName (a common name does not count)"},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, "its certificate is for another name"},
        {MBEDTLS_X509_BADCERT_OTHER, NULL},
        {MBEDTLS_X509_BADCERT_BAD_KEY, "its certificate has a key that is too weak"},
        {UINT32_MAX, "its certificate cannot be verified"},
    };
    if (unknown != NULL) {
        *unknown = (chain->flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 &&
                   (chain->flags & MBEDTLS_X509_BADCERT_BAD_MD) == 0;
    }
    for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        if ((chain->flags & complaints[i].flag) != 0) {
            return complaints[i].words != NULL ? complaints[i].words : chain->detail;
        }
    }
    return NULL;
}
