/* SPDX-License-Identifier: MIT */
#include "portal/jwt.h"

#include <string.h>

#include <mbedtls/base64.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"

enum { PAYLOAD_MAX = 16 << 10 };

/* Decodes base64url without padding (RFC 4648, section 5). */
static bool decode(const char *text, size_t len, struct buf *out)
{
    struct err ignored;
    struct buf standard;
    size_t written = 0;
    buf_init(&standard, PAYLOAD_MAX);
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

/* Issuers use different claims for the user: the first of these that the token has. */
static void read_user(const struct json_doc *doc, char user[JWT_USER_SIZE])
{
    static const char *const names[] = {
        "email",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "preferred_username",
        "unique_name",
        "upn",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "name",
        "sub",
    };
    user[0] = '\0';
    for (size_t i = 0; user[0] == '\0' && i < sizeof(names) / sizeof(names[0]); i++) {
        struct err ignored;
        bool found = false;
        if (json_get_string(doc, JSON_ROOT, names[i], user, JWT_USER_SIZE, &found, &ignored) != 0) {
            user[0] = '\0';
        }
    }
    text_clean(user);
}

bool jwt_read(const char *token, struct jwt_claims *claims)
{
    const char *dot = strchr(token, '.');
    size_t len = dot == NULL ? 0 : strcspn(dot + 1, ".");
    struct json_doc doc = {0};
    struct buf payload;
    struct err ignored;
    bool found = false;
    *claims = (struct jwt_claims){0};
    buf_init(&payload, PAYLOAD_MAX);
    bool good = len > 0 && dot[1 + len] == '.' && decode(dot + 1, len, &payload) &&
                json_parse(&doc, payload.data, payload.len, &ignored) == 0 &&
                json_type(&doc, JSON_ROOT) == JSON_OBJECT;
    if (good) {
        read_user(&doc, claims->user);
        if (json_get_int(&doc, JSON_ROOT, "exp", &claims->expires_s, &found, &ignored) != 0 ||
            claims->expires_s < 0) {
            claims->expires_s = 0;
        }
    }
    json_done(&doc);
    buf_done(&payload);
    return good;
}
