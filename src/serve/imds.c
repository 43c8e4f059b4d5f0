/* SPDX-License-Identifier: MIT */
#include "serve/imds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/md.h>

#include "base/err.h"
#include "base/random.h"
#include "base/text.h"
#include "serve/auth.h"

enum { END_LEN = 16, MAC_LEN = 24, MS_PER_S = 1000 };

int imds_init(struct imds *imds, struct err *err)
{
    return random_bytes(imds->key, sizeof(imds->key), err);
}

/* The end time as 16 hexadecimal digits, then 24 bytes of its keyed hash. */
static bool make(const struct imds *imds, uint64_t end_ms, char out[IMDS_TOKEN_SIZE])
{
    unsigned char mac[32];
    snprintf(out, IMDS_TOKEN_SIZE, "%016" PRIx64, end_ms);
    if (mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), imds->key, sizeof(imds->key),
                        (const unsigned char *)out, END_LEN, mac) != 0) {
        return false;
    }
    text_hex(mac, MAC_LEN, out + END_LEN);
    return true;
}

bool imds_make_token(const struct imds *imds, int64_t now_ms, int64_t ttl_s,
                     char out[IMDS_TOKEN_SIZE])
{
    return make(imds, (uint64_t)(now_ms + ttl_s * MS_PER_S), out);
}

/* False unless token begins with the digits of an end time. */
static bool read_end(const char *token, uint64_t *end_ms)
{
    *end_ms = 0;
    for (int i = 0; i < END_LEN; i++) {
        int digit = text_hex_value(token[i]);
        if (digit < 0) {
            return false;
        }
        *end_ms = *end_ms << 4 | (uint64_t)digit;
    }
    return true;
}

bool imds_check_token(const struct imds *imds, int64_t now_ms, const char *token)
{
    uint64_t end_ms = 0;
    char want[IMDS_TOKEN_SIZE];
    return read_end(token, &end_ms) && end_ms > (uint64_t)now_ms && make(imds, end_ms, want) &&
           auth_matches(want, token);
}
