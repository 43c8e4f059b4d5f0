/* SPDX-License-Identifier: MIT */
#include "login/callback.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/percent.h"
#include "base/text.h"
#include "login/page.h"
#include "net/peer.h"
#include "net/server.h"
#include "net/url.h"

static const char app_name[] = "duplojit";

void login_grant_init(struct login_grant *grant)
{
    buf_init(&grant->token, LOGIN_TOKEN_MAX);
    grant->otp[0] = '\0';
    grant->pasted = false;
}

void login_grant_done(struct login_grant *grant)
{
    buf_done(&grant->token);
    explicit_bzero(grant->otp, sizeof(grant->otp));
}

int login_page_url(const struct login_page *page, bool success, char out[LOGIN_URL_SIZE],
                   struct err *err)
{
    int len = snprintf(out, LOGIN_URL_SIZE,
                       "%s/app/user/verify-token?localAppName=%s&localPort=%d%s&%s=true",
                       page->portal->origin, app_name, page->port,
                       page->admin ? "&isAdmin=true" : "", success ? "success" : "redirect");
    return len > 0 && len < LOGIN_URL_SIZE
               ? 0
               : err_set(err, ERR_USAGE, "the portal's URL is too long");
}

/* Leaves out blanks and newlines around the token. */
static bool set_token(struct login_grant *grant, const char *text, size_t len)
{
    static const char blanks[] = " \t\r\n";
    while (len > 0 && strchr(blanks, text[len - 1]) != NULL) {
        len--;
    }
    while (len > 0 && strchr(blanks, *text) != NULL) {
        text++;
        len--;
    }
    buf_clear(&grant->token);
    if (text_word_len(text, len) != len) {
        return false;
    }
    buf_add(&grant->token, text, len);
    return !buf_failed(&grant->token);
}

/* The query is decoded as a form, in which "+" means a blank. A token has no blanks. */
static bool set_query_token(struct login_grant *grant, const char *text)
{
    struct buf copy;
    buf_init(&copy, LOGIN_TOKEN_MAX);
    buf_add_str(&copy, text);
    for (size_t i = 0; i < copy.len; i++) {
        copy.data[i] = copy.data[i] == ' ' ? '+' : copy.data[i];
    }
    bool good = !buf_failed(&copy) && set_token(grant, buf_str(&copy), copy.len);
    buf_done(&copy);
    return good;
}

/* {"token": "...", "otp": "..."}; no body is a cancel. */
static bool set_json(struct login_grant *grant, const struct server_request *request)
{
    struct json_doc doc = {0};
    struct err ignored;
    struct buf token;
    bool has_token = false;
    bool has_otp = false;
    if (request->body_len == 0) {
        return true;
    }
    buf_init(&token, LOGIN_BODY_MAX);
    char *room = buf_reserve(&token, LOGIN_TOKEN_MAX, &ignored);
    bool good = room != NULL && json_parse(&doc, request->body, request->body_len, &ignored) == 0 &&
                json_type(&doc, JSON_ROOT) == JSON_OBJECT &&
                json_get_string(&doc, JSON_ROOT, "token", room, LOGIN_TOKEN_MAX, &has_token,
                                &ignored) == 0 &&
                json_get_string(&doc, JSON_ROOT, "otp", grant->otp, sizeof(grant->otp), &has_otp,
                                &ignored) == 0 &&
                grant->otp[text_word_len(grant->otp, sizeof(grant->otp))] == '\0';
    token.len = good && has_token ? strlen(room) : 0;
    good = good && set_token(grant, buf_str(&token), token.len);
    json_done(&doc);
    buf_done(&token);
    return good;
}

static enum login_verdict refuse(struct server_response *response, int status, const char *text)
{
    page_show(response, status, "Not accepted", text);
    return LOGIN_REFUSED;
}

/* A browser asks this before the portal's page may post here. Newer browsers also ask whether a
 * page from the internet may reach this machine. */
static enum login_verdict respond_preflight(const struct server_request *request,
                                            struct server_response *response)
{
    response->status = 204;
    page_add_header(response, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    page_add_header(response, "Access-Control-Allow-Headers", "Content-Type, Authorization");
    if (server_header(request, "Access-Control-Request-Private-Network") != NULL) {
        page_add_header(response, "Access-Control-Allow-Private-Network", "true");
    }
    return LOGIN_NOTHING;
}

/* The browser has left the portal's page: it is sent on to the one that reports success. */
static enum login_verdict respond_get(const struct login_page *page,
                                      struct server_response *response,
                                      const struct login_grant *grant)
{
    char url[LOGIN_URL_SIZE];
    struct err ignored;
    if (grant->token.len == 0) {
        page_show(response, 200, "Cancelled",
                  "duplojit did not get access to your credentials. You can close this "
                  "window.");
        return LOGIN_CANCELLED;
    }
    if (login_page_url(page, true, url, &ignored) != 0) {
        return refuse(response, 500, "The portal's URL is too long.");
    }
    response->status = 302;
    page_add_header(response, "Location", url);
    page_add_header(response, "Cache-Control", "no-store");
    return LOGIN_GRANTED;
}

static enum login_verdict respond_post(struct server_response *response,
                                       const struct login_grant *grant)
{
    struct json_writer writer;
    json_writer_init(&writer, &response->body);
    json_write_string(&writer, "done");
    response->status = buf_failed(&response->body) ? 500 : 200;
    response->content_type = "application/json";
    return grant->token.len > 0 ? LOGIN_GRANTED : LOGIN_CANCELLED;
}

/* The portal is another site, unless it is on this machine. "none": the user has pasted the URL
 * into the browser. What other pages of this machine send has "same-site" or "same-origin". */
static bool may_come_from_portal(const struct login_page *page,
                                 const struct server_request *request)
{
    return page_is_navigation(request) &&
           (page->portal->loopback ||
            page_has_or_lacks(request, "Sec-Fetch-Site", "cross-site", "none"));
}

static enum login_verdict judge_get(const struct login_page *page,
                                    const struct server_request *request, bool from_portal,
                                    struct server_response *response, struct login_grant *grant)
{
    const char *token = strcmp(request->path, "/") == 0 ? server_query(request, "t") : NULL;
    if (token == NULL) {
        page_show(response, 404, "Nothing here", "duplojit waits for the result of a login here.");
        return LOGIN_NOTHING;
    }
    if (!from_portal && !may_come_from_portal(page, request)) {
        return refuse(response, 403, "This request did not come from the portal.");
    }
    if (!set_query_token(grant, token)) {
        return refuse(response, 400, "The portal did not send a token.");
    }
    return respond_get(page, response, grant);
}

static enum login_verdict judge_post(const struct server_request *request, bool from_portal,
                                     struct server_response *response, struct login_grant *grant)
{
    bool plain = strcmp(request->path, "/") == 0;
    if (!plain && strcmp(request->path, "/v2/callbackWithOtp") != 0) {
        return refuse(response, 404, "There is no such page.");
    }
    if (!from_portal) {
        return refuse(response, 403, "This request did not come from the portal.");
    }
    bool good =
        plain ? set_token(grant, request->body, request->body_len) : set_json(grant, request);
    return good ? respond_post(response, grant)
                : refuse(response, 400, "The portal did not send a token.");
}

enum login_verdict login_judge(const struct login_page *page, const struct server_request *request,
                               struct server_response *response, struct login_grant *grant)
{
    const char *host = server_header(request, "Host");
    const char *origin = server_header(request, "Origin");
    if (host == NULL || !page_host_is_loopback(host)) {
        return refuse(response, 403, "This address does not belong to this computer.");
    }
    if (peer_is_foreign(request->fd)) {
        return refuse(response, 403, "Another user of this computer has sent this request.");
    }
    bool from_portal = origin != NULL && strcmp(origin, page->portal->origin) == 0;
    if (origin != NULL && !from_portal) {
        return refuse(response, 403, "This request did not come from the portal.");
    }
    if (from_portal) {
        page_add_header(response, "Access-Control-Allow-Origin", origin);
        page_add_header(response, "Vary", "Origin");
    }
    if (strcmp(request->method, "OPTIONS") == 0) {
        return from_portal ? respond_preflight(request, response)
                           : refuse(response, 403, "This request did not come from the portal.");
    }
    if (strcmp(request->method, "GET") == 0) {
        return judge_get(page, request, from_portal, response, grant);
    }
    if (strcmp(request->method, "POST") == 0) {
        return judge_post(request, from_portal, response, grant);
    }
    return refuse(response, 405, "Only GET and POST are allowed.");
}

/* The value of the parameter t; NULL if there is none. */
static const char *find_token(const char *address)
{
    const char *at = strchr(address, '?');
    while (at != NULL && strncmp(at + 1, "t=", 2) != 0) {
        at = strchr(at + 1, '&');
    }
    return at == NULL ? NULL : at + 3;
}

bool login_read_pasted(const char *text, struct login_grant *grant)
{
    struct buf copy;
    const char *value = find_token(text);
    bool is_address = strstr(text, "://") != NULL;
    if (value == NULL) {
        /* A short word is a typing error, not a token. */
        return !is_address && set_token(grant, text, strlen(text)) && grant->token.len >= 16;
    }
    buf_init(&copy, LOGIN_TOKEN_MAX);
    buf_add(&copy, value, strcspn(value, "&# \r\n"));
    bool good = !buf_failed(&copy);
    if (good && copy.len > 0) {
        copy.len = percent_decode(copy.data);
        good = set_token(grant, copy.data, copy.len);
    } else {
        buf_clear(&grant->token);
    }
    buf_done(&copy);
    return good;
}
