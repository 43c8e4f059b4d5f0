/* SPDX-License-Identifier: MIT */
#include "portal/jwt.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/jwt_payload.h"
#include "base/text.h"

enum { PAYLOAD_MAX = 16 << 10 };

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
    struct json_doc doc = {0};
    struct buf payload;
    struct err ignored;
    bool found = false;
    *claims = (struct jwt_claims){0};
    buf_init(&payload, PAYLOAD_MAX);
    bool good = jwt_payload_parse(token, &payload, &doc);
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
