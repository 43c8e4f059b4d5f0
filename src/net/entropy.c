/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's only source of entropy: getrandom(2). It needs no /dev, which an empty image lacks.
 * mbedTLS calls it by name (MBEDTLS_ENTROPY_HARDWARE_ALT in vendor/mbedtls_config.h).
 */
#include <stdbool.h>
#include <stddef.h>

#include <mbedtls/entropy.h>

#include "base/err.h"
#include "base/random.h"

/* mbedTLS declares it in a header that it does not install. */
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *output_len);

/* Fills all of output or fails: mbedTLS does not accept fewer bytes. */
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *output_len)
{
    struct err ignored;
    (void)data;
    bool filled = random_bytes(output, len, &ignored) == 0;
    *output_len = filled ? len : 0;
    return filled ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}
