/* SPDX-License-Identifier: MIT */
#include "portal/call.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/percent.h"
#include "base/text.h"
#include "net/url.h"
#include "portal/echo.h"
#include "portal/portal.h"

enum { EXCERPT_SIZE = 240 };

/* The words in a JSON body: its "Message", or the string that it is. */
static void excerpt_json(const struct json_doc *doc, char out[EXCERPT_SIZE])
{
    struct err ignored;
    bool found = false;
    int failed =
        json_type(doc, JSON_ROOT) == JSON_STRING
            ? json_string(doc, JSON_ROOT, out, EXCERPT_SIZE, &ignored)
            : json_get_string(doc, JSON_ROOT, "Message", out, EXCERPT_SIZE, &found, &ignored);
    if (failed) {
        out[0] = '\0';
    }
}

/* The portal's own words, from JSON or the first line of a plain text. A page of HTML comes from a
 * proxy or a load balancer and tells a reader of stderr nothing. */
static void excerpt(const struct portal *portal, struct buf *body, char out[EXCERPT_SIZE])
{
    struct json_doc doc = {0};
    struct err ignored;
    out[0] = '\0';
    if (body->len == 0) {
        return;
    }
    echo_hide(body->data, portal->token); /* before it is cut */
    echo_hide(body->data, portal->otp);
    const char *text = body->data + strspn(body->data, " \t\r\n");
    if (json_parse(&doc, body->data, body->len, &ignored) == 0) {
        excerpt_json(&doc, out);
    } else if (text[0] != '<' && text[0] != '{' && text[0] != '[') {
        snprintf(out, EXCERPT_SIZE, "%.*s", (int)strcspn(text, "\r\n"), text);
    }
    json_done(&doc);
    size_t len = strlen(out);
    if (len > 0 && out[len - 1] == '.') {
        out[len - 1] = '\0'; /* our own words go on */
    }
}

/* Whether the body speaks of something that does not exist: how older endpoints put it, in a 400
 * and in a 500. */
static bool says_not_found(const char *words)
{
    for (const char *at = words; *at != '\0'; at++) {
        if (strncasecmp(at, "not found", 9) == 0) {
            return true;
        }
    }
    return false;
}

static int judge(const struct portal *portal, struct portal_call *call, struct err *err)
{
    const char *host = portal->api->host;
    int status = call->response.status;
    char words[EXCERPT_SIZE];
    if (status >= 300 && status < 400) {
        return err_set(err, ERR_UNAVAILABLE,
                       "%s answers with a redirect (%d), which is never followed with a token; is "
                       "--host the portal itself?",
                       host, status);
    }
    excerpt(portal, &call->response.body, words);
    const char *colon = words[0] != '\0' ? ": " : "";
    if (status == 401) {
        return err_set(err, ERR_REFUSED,
                       "%s refuses the token (401)%s%s; it may have expired, or belong to another "
                       "portal",
                       host, colon, words);
    }
    if (status == 403) {
        return err_set(err, ERR_REFUSED,
                       "%s does not allow this to the token's user (403)%s%s; an administrator of "
                       "the portal can change that",
                       host, colon, words);
    }
    if (status == 400 && words[0] != '\0' && !says_not_found(words)) {
        return err_set(err, ERR_REJECTED,
                       "%s does not accept this (400): %s; a setting of the portal or the tenant "
                       "may be wrong",
                       host, words);
    }
    if (status == 400 || status == 404 || says_not_found(words)) {
        return err_set(err, ERR_REJECTED,
                       "%s does not know it, or not for this user (%d)%s%s; `duplojit tenants` "
                       "lists what there is",
                       host, status, colon, words);
    }
    return err_set(err, ERR_UNAVAILABLE,
                   "%s answers with status %d%s%s; try again later, or wait for it with --wait 2m",
                   host, status, colon, words);
}

int portal_call_run(const struct portal *portal, struct portal_call *call, struct err *err)
{
    struct http_request request = {
        .method = call->method != NULL ? call->method : "GET",
        .origin = portal->api,
        .path = call->path,
        .token = portal->token,
        .otp = portal->otp,
        .body = call->body,
        .may_be_missing = call->may_be_missing,
    };
    http_response_init(&call->response);
    if (http_send(portal->http, &request, &call->response, err) != 0) {
        return -1;
    }
    int status = call->response.status;
    call->missing = call->may_be_missing && (status == 404 || status == 405 || status == 500);
    if (call->missing) {
        return 0;
    }
    if (status < 200 || status >= 300) {
        return judge(portal, call, err);
    }
    if (call->response.body.len == 0) {
        return 0;
    }
    if (json_parse(&call->json, buf_str(&call->response.body), call->response.body.len, err) != 0) {
        return err_wrap(err, "%s: the answer to %s cannot be read; is --host the portal itself?",
                        portal->api->host, call->path);
    }
    return 0;
}

void portal_call_done(struct portal_call *call)
{
    json_done(&call->json);
    http_response_done(&call->response);
}

int portal_tenant_path(char out[PORTAL_PATH_SIZE], const char *tenant_id, const char *question,
                       struct err *err)
{
    snprintf(out, PORTAL_PATH_SIZE, "/subscriptions/");
    if (!percent_append(out, PORTAL_PATH_SIZE / 2, tenant_id)) {
        return err_set(err, ERR_USAGE, "the tenant's ID is too long");
    }
    size_t used = strlen(out);
    snprintf(out + used, PORTAL_PATH_SIZE - used, "/%s", question);
    return 0;
}
