/* SPDX-License-Identifier: MIT */
/* PEM bundles: the search for CN=test root ends, and every certificate that it finds fits, begins
 * as a certificate and has that subject if mbedTLS accepts it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/x509_crt.h>

#include "net/pem_bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const unsigned char name[] = "\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09"
                                        "test root";
    struct fuzz_input input = fuzz_begin(data, len);
    unsigned char *der = malloc(PEM_CERTIFICATE_MAX);
    char *text = fuzz_part(&input, NULL);
    const char *at = text;
    size_t der_len = 0;
    FUZZ_CHECK(der != NULL);
    while ((der_len = pem_bundle_next(&at, name, sizeof(name) - 1, der)) > 0) {
        mbedtls_x509_crt parsed;
        FUZZ_CHECK(der_len <= PEM_CERTIFICATE_MAX && der[0] == 0x30);
        FUZZ_CHECK(at > text && at <= text + strlen(text));
        mbedtls_x509_crt_init(&parsed);
        if (mbedtls_x509_crt_parse_der(&parsed, der, der_len) == 0) {
            FUZZ_CHECK(parsed.subject_raw.len == sizeof(name) - 1);
            FUZZ_CHECK(memcmp(parsed.subject_raw.p, name, sizeof(name) - 1) == 0);
        }
        mbedtls_x509_crt_free(&parsed);
    }
    free(text);
    free(der);
    return 0;
}
