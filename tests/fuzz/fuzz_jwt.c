/* SPDX-License-Identifier: MIT */
/* JWTs: the claims of any text can be printed, and a payload that is JSON, encoded here, has the
 * claims of that JSON. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "portal/jwt.h"

static void check_claims(const struct jwt_claims *claims)
{
    char user[JWT_USER_SIZE];
    memcpy(user, claims->user, sizeof(user));
    text_clean(user);
    FUZZ_CHECK(strcmp(user, claims->user) == 0 && claims->expires_s >= 0);
}

static void check_payload(const char *payload, size_t len)
{
    struct jwt_claims claims;
    struct json_doc doc = {0};
    struct err err = {0};
    struct buf token;
    buf_init(&token, 1 << 20);
    fuzz_encode_jwt(&token, payload, len);
    bool object =
        json_parse(&doc, payload, len, &err) == 0 && json_type(&doc, JSON_ROOT) == JSON_OBJECT;
    FUZZ_CHECK(jwt_read(buf_str(&token), &claims) == object);
    check_claims(&claims);
    int64_t expires_s = 0;
    bool found = false;
    if (object && json_get_int(&doc, JSON_ROOT, "exp", &expires_s, &found, &err) == 0 &&
        expires_s > 0) {
        FUZZ_CHECK(claims.expires_s == expires_s);
    }
    json_done(&doc);
    buf_done(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    struct jwt_claims claims;
    size_t text_len = 0;
    char *text = fuzz_part(&input, &text_len);
    jwt_read(text, &claims);
    check_claims(&claims);
    if (text_len < 8192) {
        check_payload(text, text_len);
    }
    free(text);
    return 0;
}
