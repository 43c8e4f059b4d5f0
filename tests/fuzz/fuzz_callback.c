/* SPDX-License-Identifier: MIT */
/* Requests to the listener of a login: a token comes only from a request to a loopback name, by
 * POST only from the portal's page, by GET not from another page; it is one word that fits into a
 * header, and no page repeats it. */
#include "raw_request.h"

#include <string.h>

#include "base/text.h"
#include "login/callback.h"
#include "login/page.h"
#include "net/url.h"

static void check_granted(const struct server_request *request, const struct login_page *page,
                          const struct login_grant *grant)
{
    const char *host = server_header(request, "Host");
    const char *origin = server_header(request, "Origin");
    const char *site = server_header(request, "Sec-Fetch-Site");
    bool same = origin != NULL && strcmp(origin, page->portal->origin) == 0;
    FUZZ_CHECK(host != NULL && page_host_is_loopback(host));
    FUZZ_CHECK(origin == NULL || same);
    FUZZ_CHECK(same || strcmp(request->method, "GET") == 0);
    FUZZ_CHECK(same || site == NULL || strcmp(site, "cross-site") == 0 ||
               strcmp(site, "none") == 0);
    FUZZ_CHECK(grant->token.len > 0 && grant->token.len < LOGIN_TOKEN_MAX);
    FUZZ_CHECK(text_word_len(grant->token.data, grant->token.len) == grant->token.len);
    FUZZ_CHECK(text_word_len(grant->otp, strlen(grant->otp)) == strlen(grant->otp));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct url_origin portal = {"https://portal.test", "portal.test", "443", false};
    static const struct login_page page = {.portal = &portal, .port = 1234, .admin = true};
    struct raw_request raw;
    struct server_response response = {.status = 500};
    struct login_grant grant;
    raw_request_read(&raw, fuzz_begin(data, len), "");
    buf_init(&response.body, 1 << 16);
    login_grant_init(&grant);
    enum login_verdict verdict = login_judge(&page, &raw.request, &response, &grant);
    FUZZ_CHECK(response.status >= 200 && response.status < 500);
    if (verdict == LOGIN_GRANTED) {
        check_granted(&raw.request, &page, &grant);
        FUZZ_CHECK(grant.token.len < 8 ||
                   strstr(buf_str(&response.body), buf_str(&grant.token)) == NULL);
    }
    FUZZ_CHECK(verdict != LOGIN_CANCELLED || grant.token.len == 0);
    login_grant_done(&grant);
    buf_done(&response.body);
    raw_request_done(&raw);
    return 0;
}
