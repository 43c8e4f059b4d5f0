/* SPDX-License-Identifier: MIT */
/* Name constraints: hexadecimal digits of the extension, and a DNS name on the next line. The
 * verdict is the same for the name in capital letters; a name that is not permitted is reported;
 * and what a constraint does not permit, the same constraint with more after it does not either. */
#include "fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/x509_crt.h>

#include "base/text.h"
#include "net/name_constraints.h"

static enum name_verdict judge(const unsigned char *der, size_t len, const char *name, char *shown,
                               size_t size)
{
    static unsigned char subject[] = {0x30, 0x00};
    static const int type = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_DNS_NAME;
    mbedtls_x509_crt certificate = {0};
    size_t name_len = strlen(name);
    unsigned char *copy = (unsigned char *)fuzz_copy(name, name_len);
    certificate.subject_raw = (mbedtls_x509_buf){.p = subject, .len = sizeof(subject)};
    certificate.subject_alt_names.buf = (mbedtls_x509_buf){.tag = type, .p = copy, .len = name_len};
    enum name_verdict verdict = name_constraints_check(der, len, &certificate, shown, size);
    free(copy);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    char digits[2048];
    char name[256];
    char shown[64] = "";
    char ignored[64];
    size_t der_len = 0;
    fuzz_line(&input, digits, sizeof(digits));
    fuzz_line(&input, name, sizeof(name));
    unsigned char *der = malloc(sizeof(digits));
    FUZZ_CHECK(der != NULL);
    for (const char *at = digits; text_hex_byte(at) >= 0; at += 2) {
        der[der_len++] = (unsigned char)text_hex_byte(at);
    }
    unsigned char *exact = (unsigned char *)fuzz_copy((const char *)der, der_len);
    enum name_verdict verdict = judge(exact, der_len, name, shown, sizeof(shown));
    FUZZ_CHECK(verdict != NAME_EXCLUDED || memchr(shown, '\0', sizeof(shown)) != NULL);
    for (char *at = name; *at != '\0'; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    FUZZ_CHECK(judge(exact, der_len, name, ignored, sizeof(ignored)) == verdict);
    if (der_len > 0) {
        enum name_verdict cut = judge(exact, der_len - 1, name, ignored, sizeof(ignored));
        FUZZ_CHECK(cut != NAME_PERMITTED || verdict != NAME_PERMITTED || der_len == 1);
    }
    free(exact);
    free(der);
    return 0;
}
