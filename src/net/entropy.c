/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's only source of entropy: getrandom(2). It needs no /dev, which an empty image lacks.
 * mbedTLS calls it by name (MBEDTLS_ENTROPY_HARDWARE_ALT in vendor/mbedtls_config.h).
 */
#include <errno.h>
#include <stddef.h>
#include <sys/random.h>
#include <sys/types.h>

#include <mbedtls/entropy.h>

/* mbedTLS declares it in a header that it does not install. */
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *output_len);

/* Fills all of output or fails: mbedTLS would take a part for the whole. */
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *output_len)
{
    size_t done = 0;

    (void)data;
    *output_len = 0;
    while (done < len) {
        ssize_t got = getrandom(output + done, len - done, 0);
        if (got > 0) {
            done += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
        }
    }
    *output_len = done;
    return 0;
}
