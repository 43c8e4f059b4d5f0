/* SPDX-License-Identifier: MIT */
#include "login/callback.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/percent.h"
#include "base/text.h"
#include "net/server.h"
#include "net/url.h"

static const char app_name[] = "duplojit";

/* One self-contained page; the browser's own colours make it light or dark. */
static const char page_head[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>duplojit</title>"
    "<style>:root{color-scheme:light dark}body{font:1.1rem/1.6 system-ui,sans-serif;"
    "max-width:34rem;margin:18vh auto;padding:0 1rem}</style>";

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
               : err_set(err, ERR_USAGE, "the portal's name is too long");
}

static void add_header(struct server_response *response, const char *name, const char *value)
{
    struct err ignored;
    if (server_add_header(response, name, value, &ignored) != 0) {
        response->status = 500;
    }
}

void login_guard_page(struct server_response *response)
{
    add_header(response, "Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    add_header(response, "Cache-Control", "no-store");
    add_header(response, "Referrer-Policy", "no-referrer");
}

void login_show_page(struct server_response *response, int status, const char *title,
                     const char *text)
{
    buf_add_fmt(&response->body, "%s<h1>%s</h1><p>%s</p>", page_head, title, text);
    response->status = buf_failed(&response->body) ? 500 : status;
    response->content_type = "text/html; charset=utf-8";
    login_guard_page(response);
}

bool login_host_is_loopback(const char *host)
{
    char url[URL_ORIGIN_SIZE];
    struct url_origin origin;
    struct err ignored;
    int len = snprintf(url, sizeof(url), "http://%s", host);
    return len > 0 && (size_t)len < sizeof(url) && url_parse_origin(url, &origin, &ignored) == 0 &&
           origin.loopback;
}

/* Blanks and newlines around a token are no part of it. */
static bool take_token(struct login_grant *grant, const char *text, size_t len)
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

/* A query's "+" is a blank to those who read forms; no token has one. */
static bool take_query_token(struct login_grant *grant, const char *text)
{
    struct buf copy;
    buf_init(&copy, LOGIN_TOKEN_MAX);
    buf_add_str(&copy, text);
    for (size_t i = 0; i < copy.len; i++) {
        copy.data[i] = copy.data[i] == ' ' ? '+' : copy.data[i];
    }
    bool good = !buf_failed(&copy) && take_token(grant, buf_str(&copy), copy.len);
    buf_done(&copy);
    return good;
}

/* {"token": "...", "otp": "..."}; no body is a cancel. */
static bool take_json(struct login_grant *grant, const struct server_request *request)
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
    good = good && take_token(grant, buf_str(&token), token.len);
    json_done(&doc);
    buf_done(&token);
    return good;
}

static enum login_verdict refuse(struct server_response *response, int status, const char *text)
{
    login_show_page(response, status, "Not accepted", text);
    return LOGIN_REFUSED;
}

/* What a browser asks before the portal's page may post here; newer ones also whether a page from
 * the internet may talk to this machine at all. */
static enum login_verdict answer_preflight(const struct server_request *request,
                                           struct server_response *response)
{
    response->status = 204;
    add_header(response, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    add_header(response, "Access-Control-Allow-Headers", "Content-Type, Authorization");
    if (server_header(request, "Access-Control-Request-Private-Network") != NULL) {
        add_header(response, "Access-Control-Allow-Private-Network", "true");
    }
    return LOGIN_NOTHING;
}

/* The browser came here by itself: it goes on to a page that a person can read. */
static enum login_verdict answer_get(const struct login_page *page,
                                     struct server_response *response,
                                     const struct login_grant *grant)
{
    char url[LOGIN_URL_SIZE];
    struct err ignored;
    if (grant->token.len == 0) {
        login_show_page(response, 200, "Cancelled",
                        "duplojit got no access to your Duplo credentials. You can close this "
                        "window.");
        return LOGIN_CANCELLED;
    }
    if (login_page_url(page, true, url, &ignored) != 0) {
        return refuse(response, 500, "The portal's name is too long.");
    }
    response->status = 302;
    add_header(response, "Location", url);
    add_header(response, "Cache-Control", "no-store");
    return LOGIN_GRANTED;
}

static enum login_verdict answer_post(struct server_response *response,
                                      const struct login_grant *grant)
{
    struct json_writer writer;
    json_writer_init(&writer, &response->body);
    json_write_string(&writer, "done");
    response->status = buf_failed(&response->body) ? 500 : 200;
    response->content_type = "application/json";
    return grant->token.len > 0 ? LOGIN_GRANTED : LOGIN_CANCELLED;
}

static bool says(const struct server_request *request, const char *header, const char *wanted)
{
    const char *value = server_header(request, header);
    return value == NULL || strcmp(value, wanted) == 0; /* older browsers do not say */
}

/* A picture, a script or a frame on somebody's page can make a browser ask us as well: only what
 * the person sees in a window's address counts, or a request that the portal's page made. */
static bool is_navigation(const struct server_request *request)
{
    return says(request, "Sec-Fetch-Mode", "navigate") &&
           says(request, "Sec-Fetch-Dest", "document");
}

static enum login_verdict judge_get(const struct login_page *page,
                                    const struct server_request *request, bool from_portal,
                                    struct server_response *response, struct login_grant *grant)
{
    const char *token = strcmp(request->path, "/") == 0 ? server_query(request, "t") : NULL;
    if (token == NULL) {
        login_show_page(response, 404, "Nothing here",
                        "duplojit waits here for the portal's answer to a login.");
        return LOGIN_NOTHING;
    }
    if (!from_portal && !is_navigation(request)) {
        return refuse(response, 403, "This did not come from the portal.");
    }
    if (!take_query_token(grant, token)) {
        return refuse(response, 400, "What the portal sent is not a token.");
    }
    return answer_get(page, response, grant);
}

static enum login_verdict judge_post(const struct server_request *request, bool from_portal,
                                     struct server_response *response, struct login_grant *grant)
{
    bool plain = strcmp(request->path, "/") == 0;
    if (!plain && strcmp(request->path, "/v2/callbackWithOtp") != 0) {
        return refuse(response, 404, "There is nothing at this address.");
    }
    if (!from_portal) {
        return refuse(response, 403, "This did not come from the portal.");
    }
    bool good =
        plain ? take_token(grant, request->body, request->body_len) : take_json(grant, request);
    return good ? answer_post(response, grant)
                : refuse(response, 400, "What the portal sent is not a token.");
}

enum login_verdict login_judge(const struct login_page *page, const struct server_request *request,
                               struct server_response *response, struct login_grant *grant)
{
    const char *host = server_header(request, "Host");
    const char *origin = server_header(request, "Origin");
    if (host == NULL || !login_host_is_loopback(host)) {
        return refuse(response, 403, "This address is not one of this computer's own.");
    }
    bool from_portal = origin != NULL && strcmp(origin, page->portal->origin) == 0;
    if (origin != NULL && !from_portal) {
        return refuse(response, 403, "This did not come from the portal.");
    }
    if (from_portal) {
        add_header(response, "Access-Control-Allow-Origin", origin);
        add_header(response, "Vary", "Origin");
    }
    if (strcmp(request->method, "OPTIONS") == 0) {
        return from_portal ? answer_preflight(request, response)
                           : refuse(response, 403, "This did not come from the portal.");
    }
    if (strcmp(request->method, "GET") == 0) {
        return judge_get(page, request, from_portal, response, grant);
    }
    if (strcmp(request->method, "POST") == 0) {
        return judge_post(request, from_portal, response, grant);
    }
    return refuse(response, 405, "Only GET and POST are taken.");
}

/* The value of t= behind '?' or '&'; NULL where there is none. */
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
        /* Short words are slips, not tokens. */
        return !is_address && take_token(grant, text, strlen(text)) && grant->token.len >= 16;
    }
    buf_init(&copy, LOGIN_TOKEN_MAX);
    buf_add(&copy, value, strcspn(value, "&# \r\n"));
    bool good = !buf_failed(&copy);
    if (good && copy.len > 0) {
        copy.len = percent_decode(copy.data);
        good = take_token(grant, copy.data, copy.len);
    } else {
        buf_clear(&grant->token);
    }
    buf_done(&copy);
    return good;
}
