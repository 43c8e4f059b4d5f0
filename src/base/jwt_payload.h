/* SPDX-License-Identifier: MIT */
/* The payload of a JWT (RFC 7519), the JSON object with its claims. The signature is not verified,
 * so it proves nothing. */
#ifndef BASE_JWT_PAYLOAD_H
#define BASE_JWT_PAYLOAD_H

#include <stdbool.h>

struct buf;
struct json_doc;

/* Decodes the payload of a token into payload, an initialized buffer, and parses it into doc, which
 * is zeroed. False if the token does not have two dots or the part between them is not a JSON
 * object in base64url. The caller releases doc and payload in any case. */
bool jwt_payload_parse(const char *token, struct buf *payload, struct json_doc *doc)
    __attribute__((warn_unused_result));

#endif
