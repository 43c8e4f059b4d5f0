/* SPDX-License-Identifier: MIT */
#include "net/http_message.h"

void http_response_init(struct http_response *response, size_t body_max)
{
    *response = (struct http_response){0};
    buf_init(&response->body, body_max);
}

void http_response_done(struct http_response *response)
{
    buf_done(&response->body);
}
