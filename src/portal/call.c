/* SPDX-License-Identifier: MIT */
#include "portal/call.h"

#include <stdio.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "base/percent.h"
#include "net/http.h"
#include "net/url.h"
#include "portal/echo.h"

const struct portal_hints *portal_hints_of(const struct portal *portal)
{
    static const struct portal_hints none;
    return portal->hints != NULL ? portal->hints : &none;
}

int portal_add_hint(struct err *err, const char *hint)
{
    size_t used = strlen(err->text);
    if (hint != NULL) {
        snprintf(err->text + used, sizeof(err->text) - used, "; %s", hint);
    }
    return -1;
}

int portal_hide_secrets(const struct portal *portal, struct err *err)
{
    echo_hide(err->text, portal->token);
    echo_hide(err->text, portal->otp);
    return -1;
}

/* The words in a JSON body: its "Message", or the string that it consists of. */
static void read_json_words(const struct json_doc *doc, char out[PORTAL_WORDS_SIZE])
{
    struct err ignored;
    bool found = false;
    int failed =
        json_type(doc, JSON_ROOT) == JSON_STRING
            ? json_string(doc, JSON_ROOT, out, PORTAL_WORDS_SIZE, &ignored)
            : json_get_string(doc, JSON_ROOT, "Message", out, PORTAL_WORDS_SIZE, &found, &ignored);
    if (failed) {
        out[0] = '\0';
    }
}

/* The portal's own words: from JSON, or the first line of plain text. HTML comes from a proxy or a
 * load balancer and does not help a user. */
static void read_words(const struct portal *portal, struct buf *body, char out[PORTAL_WORDS_SIZE])
{
    struct json_doc doc = {0};
    struct err ignored;
    out[0] = '\0';
    if (body->len == 0) {
        return;
    }
    echo_hide(body->data, portal->token); /* before the text is cut */
    echo_hide(body->data, portal->otp);
    const char *text = body->data + strspn(body->data, " \t\r\n");
    if (json_parse(&doc, body->data, body->len, &ignored) == 0) {
        read_json_words(&doc, out);
    } else if (text[0] != '<' && text[0] != '{' && text[0] != '[') {
        snprintf(out, PORTAL_WORDS_SIZE, "%.*s", (int)strcspn(text, "\r\n"), text);
    }
    json_done(&doc);
    size_t len = strlen(out);
    if (len > 0 && out[len - 1] == '.') {
        out[len - 1] = '\0'; /* the message goes on after it */
    }
}

/* 400, 404, and the statuses by which older endpoints say that something does not exist. */
static int judge_rejected(const struct portal *portal, const struct portal_call *call,
                          struct err *err)
{
    const struct portal_hints *hints = portal_hints_of(portal);
    const char *host = portal->api->host;
    const char *words = call->words;
    int status = call->response.status;
    bool not_found = strcasestr(words, "not found") != NULL;
    if (status == 400 && words[0] != '\0' && !not_found) {
        return err_set(err, ERR_REJECTED,
                       "%s rejects the request (400): %s; a setting of the portal or the tenant "
                       "may be wrong",
                       host, words);
    }
    if (not_found) {
        err_set(err, ERR_REJECTED, "%s responds with status %d: %s", host, status, words);
    } else if (call->of_tenant) {
        err_set(err, ERR_REJECTED, "%s has no such tenant for this user (%d)%s%s", host, status,
                words[0] != '\0' ? ": " : "", words);
    } else {
        err_set(err, ERR_REJECTED, "%s has no %s (%d)%s%s", host, call->path, status,
                words[0] != '\0' ? ": " : "", words);
    }
    return portal_add_hint(err, call->of_tenant ? hints->tenants : hints->host);
}

static int judge(const struct portal *portal, struct portal_call *call, struct err *err)
{
    const struct portal_hints *hints = portal_hints_of(portal);
    const char *host = portal->api->host;
    int status = call->response.status;
    read_words(portal, &call->response.body, call->words);
    const char *words = call->words;
    const char *colon = words[0] != '\0' ? ": " : "";
    if (status >= 300 && status < 400) {
        err_set(err, ERR_UNAVAILABLE,
                "%s responds with a redirect (%d), which is not followed with a token", host,
                status);
        return portal_add_hint(err, hints->host);
    }
    if (status == 401) {
        err_set(err, ERR_REFUSED, "%s rejects the token (401): %s", host,
                words[0] != '\0' ? words : "it may have expired or belong to another portal");
        return portal_add_hint(err, hints->token);
    }
    if (status == 403) {
        return err_set(err, ERR_REFUSED,
                       "%s denies access to this user (403)%s%s; ask an administrator of the "
                       "portal for access",
                       host, colon, words);
    }
    if (status == 400 || status == 404 || strcasestr(words, "not found") != NULL) {
        return judge_rejected(portal, call, err);
    }
    err_set(err, ERR_UNAVAILABLE, "%s responds with status %d%s%s", host, status, colon, words);
    err->pause_s = call->response.retry_after_s;
    return portal_add_hint(err, hints->wait);
}

int portal_check_type(const struct portal *portal, const struct portal_call *call,
                      enum json_type type, struct err *err)
{
    static const char *const names[] = {
        [JSON_STRING] = "string", [JSON_ARRAY] = "array", [JSON_OBJECT] = "object"};
    if (call->json.count > 0 && json_type(&call->json, JSON_ROOT) == type) {
        return 0;
    }
    err_set(err, ERR_UNAVAILABLE, "%s: the response to %s is not a JSON %s", portal->api->host,
            call->path, names[type]);
    return portal_add_hint(err, portal_hints_of(portal)->host);
}

int portal_check_region(const char *region, struct err *err)
{
    int result = aws_region_check(region, err);
    if (result != 0) {
        err->kind = ERR_UNAVAILABLE;
    }
    return result;
}

/* Adds to err what could not be parsed. */
static int blame_parse(const struct portal *portal, const struct portal_call *call, struct err *err)
{
    err_wrap(err, "%s: the response to %s cannot be parsed", portal->api->host, call->path);
    return portal_add_hint(err, portal_hints_of(portal)->host);
}

static int parse(const struct portal *portal, struct portal_call *call, struct err *err)
{
    const struct buf *body = &call->response.body;
    const char *text = buf_str(body);
    if (call->is_long_list && text[strspn(text, " \t\r\n")] == '[') {
        call->list = (struct json_list){.text = text, .len = body->len};
        return 0;
    }
    if (body->len > 0 && json_parse(&call->json, text, body->len, err) != 0) {
        return blame_parse(portal, call, err);
    }
    return call->is_long_list ? portal_check_type(portal, call, JSON_ARRAY, err) : 0;
}

int portal_call_next(const struct portal *portal, struct portal_call *call,
                     struct json_doc *element, struct err *err)
{
    return json_list_next(&call->list, element, err) != 0 ? blame_parse(portal, call, err) : 0;
}

int portal_call_run(const struct portal *portal, struct portal_call *call, struct err *err)
{
    const struct http_request request = {
        .method = call->method != NULL ? call->method : "GET",
        .origin = portal->api,
        .path = call->path,
        .token = portal->token,
        .otp = portal->otp,
        .body = call->body,
        .may_be_missing = call->may_be_missing,
    };
    http_response_init(&call->response, call->is_long_list ? PORTAL_LIST_MAX : HTTP_BODY_MAX);
    if (http_send(portal->http, &request, &call->response, err) != 0) {
        return -1;
    }
    int status = call->response.status;
    call->missing = call->may_be_missing && (status == 404 || status == 405 || status == 500);
    if (call->missing) {
        return 0;
    }
    return status < 200 || status >= 300 ? judge(portal, call, err) : parse(portal, call, err);
}

void portal_call_done(struct portal_call *call)
{
    json_done(&call->json);
    http_response_done(&call->response);
}

int portal_path_with(char out[PORTAL_PATH_SIZE], const char *before, const char *name,
                     const char *after, struct err *err)
{
    snprintf(out, PORTAL_PATH_SIZE, "%s", before);
    if (!percent_append(out, PORTAL_PATH_SIZE / 2, name)) {
        return err_set(err, ERR_USAGE, "the ID or name is too long: %.40s...", name);
    }
    size_t used = strlen(out);
    snprintf(out + used, PORTAL_PATH_SIZE - used, "%s", after);
    return 0;
}
