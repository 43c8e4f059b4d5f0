/* SPDX-License-Identifier: MIT */
#include "fake_portal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "net/url.h"

static struct fuzz_input responses;

const struct portal *fake_portal(struct fuzz_input input)
{
    static const struct url_origin origin = {"https://portal.test", "portal.test", "443", false};
    static const struct portal_hints hints = {"hint 1", "hint 2", "hint 3",
                                              "hint 4", "hint 5", "hint 6"};
    static const struct portal portal = {
        .api = &origin, .token = FAKE_PORTAL_TOKEN, .otp = "", .hints = &hints};
    responses = input;
    return &portal;
}

int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct err *err)
{
    char line[64];
    long long date_s = 0;
    size_t len = 0;
    (void)http;
    FUZZ_CHECK(request->path[0] == '/' && strpbrk(request->path, " \r\n") == NULL);
    if (responses.len == 0) {
        return err_set(err, ERR_UNAVAILABLE, "no more responses");
    }
    fuzz_line(&responses, line, sizeof(line));
    char *body = fuzz_part(&responses, &len);
    response->status = 200;
    sscanf(line, "%9d %12lld", &response->status, &date_s);
    if (response->status < 100 || response->status > 999) {
        response->status = 200;
    }
    response->date_s = date_s > 0 ? date_s : 0;
    response->sent_s = 1800000000;
    buf_add(&response->body, body, len);
    free(body);
    return buf_failed(&response->body) ? err_set(err, ERR_UNAVAILABLE, "too long") : 0;
}

void fake_portal_check_err(const struct err *err)
{
    fuzz_check_err(err);
    FUZZ_CHECK(strstr(err->text, FAKE_PORTAL_TOKEN) == NULL);
}
