/* SPDX-License-Identifier: MIT */
#include "net/http_message.h"

void http_response_init(struct http_response *response)
{
    *response = (struct http_response){0};
    buf_init(&response->body, HTTP_RESPONSE_MAX);
}

void http_response_done(struct http_response *response)
{
    buf_done(&response->body);
}
