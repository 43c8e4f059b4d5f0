/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include "rows.h"

struct exchange exchange_make(void)
{
    return (struct exchange){
        .options = {.timeout_ms = EXCHANGE_LIMIT_MS},
        .request = {.method = "GET", .path = "/path", .token = "the-token"},
    };
}

void exchange_run(struct exchange *exchange, const struct loopback_reply *replies, size_t count)
{
    loopback_start(&exchange->server, replies, count);
    struct http *http = http_new(&exchange->options, &exchange->err);
    assert_non_null(http);
    if (exchange->request.origin == NULL) {
        exchange->request.origin = &exchange->server.origin;
    }
    http_response_init(&exchange->response, HTTP_BODY_MAX);
    exchange->result = http_send(http, &exchange->request, &exchange->response, &exchange->err);
    http_free(http);
    loopback_stop(&exchange->server);
}

void exchange_done(struct exchange *exchange)
{
    http_response_done(&exchange->response);
}
