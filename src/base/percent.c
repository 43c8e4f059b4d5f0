/* SPDX-License-Identifier: MIT */
#include "base/percent.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static const char unreserved[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

void percent_encode(struct buf *out, const char *text, const char *keep)
{
    for (; *text != '\0'; text++) {
        if (strchr(unreserved, *text) != NULL || strchr(keep, *text) != NULL) {
            buf_add_char(out, *text);
        } else {
            buf_add_fmt(out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

bool percent_append(char *out, size_t size, const char *text)
{
    struct buf rest;
    size_t used = strlen(out);
    if (used >= size) {
        return false;
    }
    buf_init_in(&rest, out + used, size - used, size - used - 1);
    percent_encode(&rest, text, "");
    return !buf_failed(&rest);
}

size_t percent_decode(char *text)
{
    char *out = text;
    for (const char *at = text; *at != '\0'; at++) {
        int byte = *at == '%' ? text_hex_byte(at + 1) : -1;
        *out++ = byte >= 0 ? (char)byte : *at;
        at += byte >= 0 ? 2 : 0;
    }
    *out = '\0';
    return (size_t)(out - text);
}
