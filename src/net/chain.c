/* SPDX-License-Identifier: MIT */
#include "net/chain.h"

#include <stddef.h>
#include <time.h>

#include <mbedtls/x509_crt.h>

#include "net/host_match.h"

/* Beside mbedTLS's flags, in chain.flags only. */
#define NO_NAMES (1U << 30)

void chain_start(struct chain *chain, const char *host)
{
    *chain = (struct chain){.host = host, .valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX};
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
    chain->flags |= *flags;
    if (chain->root_name[0] == '\0' &&
        mbedtls_x509_dn_gets(chain->root_name, sizeof(chain->root_name), &certificate->subject) <
            0) {
        chain->root_name[0] = '\0';
    }
    return 0;
}

/* Of several problems, the first in this table: for a certificate of an unknown authority, the
 * others do not matter. */
const char *chain_complaint(const struct chain *chain, bool *unknown)
{
    static const struct {
        uint32_t flag;
        const char *words;
    } complaints[] = {
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED,
         "its certificate is signed by an authority that is not trusted"},
        {MBEDTLS_X509_BADCERT_EXPIRED,
         "its certificate has expired (or the clock of this machine is wrong)"},
        {MBEDTLS_X509_BADCERT_FUTURE,
         "its certificate is not valid yet (or the clock of this machine is wrong)"},
        {NO_NAMES, "its certificate has no subjectAltName (a common name does not count)"},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, "its certificate is for another name"},
        {MBEDTLS_X509_BADCERT_BAD_MD, "its certificate is signed with a hash that is too weak"},
        {MBEDTLS_X509_BADCERT_BAD_KEY, "its certificate has a key that is too weak"},
        {UINT32_MAX, "its certificate cannot be verified"},
    };
    if (unknown != NULL) {
        *unknown = (chain->flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0;
    }
    for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        if ((chain->flags & complaints[i].flag) != 0) {
            return complaints[i].words;
        }
    }
    return NULL;
}
