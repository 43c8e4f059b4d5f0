/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

int random_bytes(void *out, size_t len, struct err *err)
{
    unsigned char *at = out;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return err_set_errno(err, ERR_INTERNAL, "cannot get random numbers");
        }
    }
    return 0;
}

int random_hex(char *out, size_t byte_count, struct err *err)
{
    unsigned char piece[32];
    int result = 0;
    out[0] = '\0';
    for (size_t done = 0; result == 0 && done < byte_count;) {
        size_t left = byte_count - done;
        size_t len = left < sizeof(piece) ? left : sizeof(piece);
        result = random_bytes(piece, len, err);
        if (result == 0) {
            text_hex(piece, len, out + 2 * done);
        }
        done += len;
    }
    explicit_bzero(piece, sizeof(piece));
    return result;
}

uint32_t random_number(void)
{
    uint32_t number = 0;
    bool whole = getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number);
    return whole ? number : 0;
}
