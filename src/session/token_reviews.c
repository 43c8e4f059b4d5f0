/* SPDX-License-Identifier: MIT */
#include "session/token_reviews.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/text.h"
#include "kube/token_review.h"
#include "net/http.h"

enum { OWN_TOKEN_MAX = 16 << 10, BODY_MAX = 16 << 10 };

int token_reviews_set_server(struct token_reviews *reviews, const char *host, const char *port,
                             struct err *err)
{
    char url[URL_ORIGIN_SIZE];
    if (host == NULL || port == NULL) {
        return err_set(err, ERR_USAGE,
                       "KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set: run the "
                       "agent in a pod");
    }
    bool is_v6 = strchr(host, ':') != NULL;
    const char *const parts[] = {is_v6 ? "https://[" : "https://", host, is_v6 ? "]:" : ":", port};
    if (!text_join(url, sizeof(url), parts, 4)) {
        return err_set(err, ERR_USAGE, "KUBERNETES_SERVICE_HOST is too long");
    }
    return url_parse_origin(url, &reviews->server, err) != 0
               ? err_wrap(err, "KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT")
               : 0;
}

static bool find_file(const struct token_reviews *reviews, const char *name, char path[PATH_MAX])
{
    const char *const parts[] = {reviews->dir, "/", name};
    return text_join(path, PATH_MAX, parts, 3);
}

static int start(struct token_reviews *reviews, struct err *err)
{
    if (!find_file(reviews, "ca.crt", reviews->ca_file)) {
        return err_set(err, ERR_FILE, "the path of the service account's files is too long");
    }
    const struct http_options options = {.ca_file = reviews->ca_file,
                                         .timeout_ms = reviews->timeout_ms};
    reviews->http = http_new(&options, err);
    return reviews->http != NULL ? 0 : -1;
}

void token_reviews_done(struct token_reviews *reviews)
{
    http_free(reviews->http);
    reviews->http = NULL;
}

static int read_own_token(const struct token_reviews *reviews, struct buf *own, struct err *err)
{
    char path[PATH_MAX];
    find_file(reviews, "token", path);
    if (fs_read(path, own, NULL, err) != 0) {
        return -1;
    }
    while (own->len > 0 && own->data[own->len - 1] == '\n') {
        own->data[--own->len] = '\0';
    }
    return own->len > 0 && text_word_len(own->data, own->len) == own->len
               ? 0
               : err_set(err, ERR_FILE, "%s is not a token", path);
}

static int judge(const struct token_reviews *reviews, const struct http_response *response,
                 struct token_review *review, struct err *err)
{
    const char *host = reviews->server.host;
    switch (response->status) {
    case 200:
    case 201:
        return token_review_read(buf_str(&response->body), response->body.len, reviews->audience,
                                 review, err) != 0
                   ? err_wrap(err, "%s: the response to a TokenReview cannot be parsed", host)
                   : 0;
    case 401:
        return err_set(err, ERR_REFUSED, "%s rejects the agent's own token (401)", host);
    case 403:
        return err_set(err, ERR_REFUSED,
                       "%s does not allow the agent's service account to review tokens (403): bind "
                       "it to a ClusterRole that may create tokenreviews",
                       host);
    default:
        return err_set(err, ERR_UNAVAILABLE, "%s responds with status %d to a TokenReview", host,
                       response->status);
    }
}

static int send(const struct token_reviews *reviews, const char *own, const char *body,
                struct token_review *review, struct err *err)
{
    const struct http_request request = {.method = "POST",
                                         .origin = &reviews->server,
                                         .path = TOKEN_REVIEW_PATH,
                                         .token = own,
                                         .direct = true, /* a proxy is for the portal */
                                         .body = body};
    struct http_response response;
    http_response_init(&response, TOKEN_ANSWER_MAX);
    int result = http_send(reviews->http, &request, &response, err) != 0
                     ? -1
                     : judge(reviews, &response, review, err);
    http_response_done(&response);
    return result;
}

int token_reviews_send(void *context, const char *token, struct token_review *review,
                       struct err *err)
{
    struct token_reviews *reviews = context;
    struct buf own;
    struct buf body;
    buf_init(&own, OWN_TOKEN_MAX);
    buf_init(&body, BODY_MAX);
    token_review_write(&body, token, reviews->audience);
    int result = buf_check(&body, err);
    if (result == 0 && reviews->http == NULL) {
        result = start(reviews, err);
    }
    if (result == 0) {
        result = read_own_token(reviews, &own, err);
    }
    if (result == 0) {
        result = send(reviews, buf_str(&own), buf_str(&body), review, err);
    }
    buf_done(&own);
    buf_done(&body);
    return result;
}
