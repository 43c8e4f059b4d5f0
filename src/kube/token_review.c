/* SPDX-License-Identifier: MIT */
#include "kube/token_review.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/jwt_payload.h"
#include "base/text.h"

enum { AUDIENCE_SIZE = 256 };

static const char user_prefix[] = "system:serviceaccount:";

/* Lower-case letters, digits and '-', with a letter or digit at both ends. */
static bool is_part(const char *text, size_t len)
{
    return len > 0 && text[0] != '-' && text[len - 1] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

static bool is_namespace(const char *text)
{
    size_t len = strlen(text);
    return len < KUBE_LABEL_SIZE && is_part(text, len);
}

/* Parts with dots between them, of any length together: the caller's arrays have the limit. */
static bool is_subdomain(const char *text)
{
    for (;;) {
        size_t len = strcspn(text, ".");
        if (!is_part(text, len)) {
            return false;
        }
        if (text[len] == '\0') {
            return true;
        }
        text += len + 1;
    }
}

/* A member of an object, JSON_NONE if it is missing, occurs twice, or there is no object. */
static int member(const struct json_doc *doc, int object, const char *name)
{
    struct err ignored;
    int node = JSON_NONE;
    return json_member(doc, object, name, &node, &ignored) == 0 ? node : JSON_NONE;
}

/* Reads the text of a node; "" and false if it is not a string that fits. */
static bool read_text(const struct json_doc *doc, int node, char *out, size_t size)
{
    struct err ignored;
    bool good = node != JSON_NONE && json_string(doc, node, out, size, &ignored) == 0;
    if (!good) {
        out[0] = '\0';
    }
    return good;
}

/* Whether a node is this text, or a list with it. */
static bool has_text(const struct json_doc *doc, int node, const char *wanted)
{
    char text[AUDIENCE_SIZE];
    bool is_list = node != JSON_NONE && json_type(doc, node) == JSON_ARRAY;
    for (int i = is_list ? json_first(doc, node) : node; i != JSON_NONE;
         i = is_list ? json_next(doc, node, i) : JSON_NONE) {
        if (read_text(doc, i, text, sizeof(text)) && strcmp(text, wanted) == 0) {
            return true;
        }
    }
    return false;
}

static enum token_fault check_claims(const struct json_doc *doc, const char *audience,
                                     int64_t now_s, int64_t *exp_s)
{
    struct err ignored;
    bool found = false;
    char name[KUBE_SUBDOMAIN_SIZE];
    int claims = member(doc, JSON_ROOT, "kubernetes.io");
    int audiences = member(doc, JSON_ROOT, "aud");
    if (json_get_int(doc, JSON_ROOT, "exp", exp_s, &found, &ignored) != 0 || !found ||
        *exp_s > CLOCK_LAST_S || audiences == JSON_NONE ||
        !read_text(doc, member(doc, claims, "namespace"), name, sizeof(name)) ||
        !is_namespace(name) ||
        !read_text(doc, member(doc, member(doc, claims, "serviceaccount"), "name"), name,
                   sizeof(name)) ||
        !is_subdomain(name)) {
        return TOKEN_MALFORMED;
    }
    return *exp_s <= now_s                      ? TOKEN_EXPIRED
           : has_text(doc, audiences, audience) ? TOKEN_GOOD
                                                : TOKEN_OTHER_AUDIENCE;
}

/* Whether the last character of a part has no bits that a decoder ignores: else one token would
 * have many texts, and each would be reviewed. */
static bool is_canonical(const char *part, size_t len)
{
    static const char *const last[] = {
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "", "AQgw",
        "AEIMQUYcgkosw048"};
    return strchr(last[len % 4], part[len - 1]) != NULL;
}

/* Three parts in base64url. */
static bool is_jwt(const char *token)
{
    size_t len = 0;
    for (int part = 0; part < 3; part++) {
        size_t part_len = strspn(token + len, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789-_");
        if (part_len == 0 || !is_canonical(token + len, part_len)) {
            return false;
        }
        len += part_len;
        if (token[len] != (part < 2 ? '.' : '\0')) {
            return false;
        }
        len++;
    }
    return len <= TOKEN_LEN_MAX + 1;
}

enum token_fault token_check(const char *token, const char *audience, int64_t now_s, int64_t *exp_s)
{
    struct json_doc doc = {0};
    struct buf payload;
    buf_init(&payload, TOKEN_LEN_MAX);
    enum token_fault fault = is_jwt(token) && jwt_payload_parse(token, &payload, &doc)
                                 ? check_claims(&doc, audience, now_s, exp_s)
                                 : TOKEN_MALFORMED;
    json_done(&doc);
    buf_done(&payload);
    return fault;
}

void token_review_write(struct buf *out, const char *token, const char *audience)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_put_string(&writer, "apiVersion", "authentication.k8s.io/v1");
    json_put_string(&writer, "kind", "TokenReview");
    json_write_key(&writer, "spec");
    json_begin_object(&writer);
    json_put_string(&writer, "token", token);
    json_write_key(&writer, "audiences");
    json_begin_array(&writer);
    json_write_string(&writer, audience);
    json_end_array(&writer);
    json_end_object(&writer);
    json_end_object(&writer);
}

/* system:serviceaccount:NAMESPACE:NAME */
static bool read_account(const struct json_doc *doc, int user, struct service_account *account)
{
    char text[sizeof(user_prefix) + KUBE_LABEL_SIZE + KUBE_SUBDOMAIN_SIZE];
    size_t prefix_len = sizeof(user_prefix) - 1;
    if (!read_text(doc, member(doc, user, "username"), text, sizeof(text)) ||
        strncmp(text, user_prefix, prefix_len) != 0) {
        return false;
    }
    char *namespace = text + prefix_len;
    char *name = strchr(namespace, ':');
    if (name == NULL) {
        return false;
    }
    *name++ = '\0';
    return is_namespace(namespace) && is_subdomain(name) &&
           text_copy(account->namespace, sizeof(account->namespace), namespace) &&
           text_copy(account->name, sizeof(account->name), name);
}

static void read_pod(const struct json_doc *doc, int user, struct service_account *account)
{
    int pods = member(doc, member(doc, user, "extra"), "authentication.kubernetes.io/pod-name");
    if (!read_text(doc, json_first(doc, pods), account->pod, sizeof(account->pod)) ||
        !is_subdomain(account->pod)) {
        account->pod[0] = '\0';
    }
}

static int read_status(const struct json_doc *doc, const char *audience,
                       struct token_review *review, struct err *err)
{
    int status = member(doc, JSON_ROOT, "status");
    bool authenticated = false;
    if (status == JSON_NONE || json_type(doc, status) != JSON_OBJECT) {
        return err_set(err, ERR_UNAVAILABLE, "the response is not a TokenReview");
    }
    if (json_get_bool(doc, status, "authenticated", &authenticated, err) != 0) {
        return -1;
    }
    int user = member(doc, status, "user");
    read_text(doc, member(doc, status, "error"), review->reason, sizeof(review->reason));
    text_clean(review->reason);
    review->accepted = authenticated && has_text(doc, member(doc, status, "audiences"), audience) &&
                       read_account(doc, user, &review->account);
    if (review->accepted) {
        read_pod(doc, user, &review->account);
    }
    return 0;
}

int token_review_read(const char *text, size_t len, const char *audience,
                      struct token_review *review, struct err *err)
{
    struct json_doc doc = {0};
    *review = (struct token_review){0};
    int result =
        json_parse(&doc, text, len, err) != 0 ? -1 : read_status(&doc, audience, review, err);
    json_done(&doc);
    return result;
}
