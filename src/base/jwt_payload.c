/* SPDX-License-Identifier: MIT */
#include "base/jwt_payload.h"

#include <string.h>

#include <mbedtls/base64.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* Decodes base64url without padding (RFC 4648, section 5). */
static bool decode(const char *text, size_t len, struct buf *out)
{
    struct err ignored;
    struct buf standard;
    size_t written = 0;
    buf_init(&standard, out->max);
    buf_add(&standard, text, len);
    buf_add(&standard, "===", (4 - len % 4) % 4);
    bool good = len > 0 && !buf_failed(&standard);
    for (size_t i = 0; good && i < len; i++) {
        char c = standard.data[i];
        standard.data[i] = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    }
    unsigned char *room = (unsigned char *)buf_reserve(out, standard.len, &ignored);
    good = good && room != NULL &&
           mbedtls_base64_decode(room, standard.len, &written, (const unsigned char *)standard.data,
                                 standard.len) == 0;
    out->len = good ? written : 0;
    buf_done(&standard);
    return good;
}

bool jwt_payload_parse(const char *token, struct buf *payload, struct json_doc *doc)
{
    struct err ignored;
    const char *dot = strchr(token, '.');
    size_t len = dot == NULL ? 0 : strcspn(dot + 1, ".");
    return len > 0 && dot[1 + len] == '.' && decode(dot + 1, len, payload) &&
           json_parse(doc, payload->data, payload->len, &ignored) == 0 &&
           json_type(doc, JSON_ROOT) == JSON_OBJECT;
}
