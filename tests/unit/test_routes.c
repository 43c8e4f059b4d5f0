/* SPDX-License-Identifier: MIT */
/* The endpoint's response to each request, without a socket. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "net/address.h"
#include "serve/auth.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"
#include "serve/routes.h"

#define TOKEN "the-token-of-the-endpoint"
#define HOST "Host: 127.0.0.1:9911\n"
#define AUTH HOST "Authorization: " TOKEN "\n"

enum { NOW_MS = 5000000, EXPIRES_S = 1767323045, HEADERS_MAX = 8 };

/* The fields of a request: "Name: value" lines. */
static const char *find(const void *fields, bool query, const char *name)
{
    static char values[HEADERS_MAX][256];
    static int next;
    const char *at = fields;
    size_t len = strlen(name);
    while (!query && *at != '\0') {
        char head[64];
        snprintf(head, sizeof(head), "%.*s", (int)strcspn(at, ":"), at);
        if (strlen(head) == len && text_equal_nocase(head, name)) {
            char *value = values[next++ % HEADERS_MAX];
            snprintf(value, sizeof(values[0]), "%.*s", (int)strcspn(at + len + 2, "\n"),
                     at + len + 2);
            return value;
        }
        at += strcspn(at, "\n");
        at += *at == '\n' ? 1 : 0;
    }
    return NULL;
}

static uint32_t no_random(void)
{
    return 0;
}

/* "default" and "b" have credentials; "refused", "unknown" and "down" have failed; "new" has not
 * been renewed yet; the credentials of "old" have expired. */
static const char *const names[] = {"default", "b", "refused", "unknown", "down", "new", "old"};
static const enum err_kind kinds[] = {ERR_NONE,        ERR_NONE, ERR_REFUSED,    ERR_REJECTED,
                                      ERR_UNAVAILABLE, ERR_NONE, ERR_UNAVAILABLE};

static struct profile_set make_profiles(void)
{
    static struct profile_list list;
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct profile_set profile_set;
    struct err err;
    struct aws_credentials creds = {.secret_access_key = "secret/+",
                                    .session_token = "session==",
                                    .region = "eu-west-1",
                                    .expiration_s = EXPIRES_S,
                                    .lifetime_s = 3600};
    profile_list_done(&list);
    for (int i = 0; i < (int)ROWS(names); i++) {
        assert_int_equal(profile_list_add(&list, names[i], &scope, &err), 0);
    }
    assert_int_equal(profile_set_init(&profile_set, &list, no_random, &err), 0);
    for (int i = 0; i < (int)ROWS(names); i++) {
        bool old = strcmp(names[i], "old") == 0;
        snprintf(creds.access_key_id, sizeof(creds.access_key_id), "ASIA-%s", names[i]);
        if (i < 2 || old) {
            assert_true(profile_set_succeed(&profile_set, i, &creds, 3600,
                                            old ? NOW_MS - 3600 * 1000 : NOW_MS - 1000, EXPIRES_S));
        }
        if (kinds[i] != ERR_NONE) {
            err_set(&err, kinds[i], "the \"portal\" said no");
            profile_set_fail(&profile_set, i, &err, NOW_MS);
        }
    }
    return profile_set;
}

static struct address parse(const char *text)
{
    struct address address;
    struct err err;
    assert_int_equal(address_parse(&address, text, &err), 0);
    return address;
}

/* Sends one request; the caller releases response->body. */
static enum server_verdict send_request(const struct routes *routes, const char *method,
                                        const char *path, const char *headers, int64_t waited_ms,
                                        struct server_response *response, bool *quit)
{
    const struct server_request request = {.method = method,
                                           .path = path,
                                           .body = "",
                                           .complete_ms = NOW_MS - waited_ms,
                                           .fields = headers,
                                           .find = find};
    *response = (struct server_response){.status = 500};
    buf_init(&response->body, 1 << 20);
    return routes_respond(routes, &request, NOW_MS, response, quit);
}

static const struct {
    const char *name;
    const char *method;
    const char *path;
    const char *headers;
    int status;
    const char *has; /* in the body */
} rows[] = {
    {"credentials", "GET", "/", AUTH, 200,
     "{\"AccessKeyId\":\"ASIA-default\",\"SecretAccessKey\":\"secret/+\",\"Token\":\"session==\","
     "\"Expiration\":\"2026-01-02T03:04:05Z\"}\n"},
    {"a profile's", "GET", "/p/b", AUTH, 200, "\"ASIA-b\""},
    {"HEAD", "HEAD", "/p/b", AUTH, 200, "ASIA-b"},
    {"no such profile", "GET", "/p/c", AUTH, 404, "NotFound"},
    {"an empty profile", "GET", "/p/", AUTH, 404, "NotFound"},
    {"a longer path", "GET", "/p/b/", AUTH, 404, "NotFound"},
    {"no such path", "GET", "/x", AUTH, 404, "NotFound"},
    {"no path of IMDS", "PUT", "/latest/api/token", AUTH, 404, "NotFound"},
    {"another method", "POST", "/", AUTH, 405, "MethodNotAllowed"},
    {"no token", "GET", "/", HOST, 403, "AccessDenied"},
    {"no token, a profile", "GET", "/p/b", HOST, 403, "AccessDenied"},
    {"no token, no such profile", "GET", "/p/c", HOST, 403, "AccessDenied"},
    {"an empty token", "GET", "/", HOST "Authorization: \n", 403, "AccessDenied"},
    {"a part of the token", "GET", "/", HOST "Authorization: the-token-of-the-endpoin\n", 403,
     "AccessDenied"},
    {"the token twice", "GET", "/", HOST "Authorization: " TOKEN TOKEN "\n", 403, "AccessDenied"},
    {"more than the token", "GET", "/", HOST "Authorization: " TOKEN "x\n", 403, "AccessDenied"},
    {"Bearer", "GET", "/", HOST "Authorization: Bearer " TOKEN "\n", 403, "AccessDenied"},
    {"no Host", "GET", "/", "Authorization: " TOKEN "\n", 403, "Forbidden"},
    {"a web page's Host", "GET", "/", "Host: evil.example:9911\nAuthorization: " TOKEN "\n", 403,
     "Forbidden"},
    {"a web page's Host, no token needed", "GET", "/metrics", "Host: evil.example:9911\n", 403,
     "Forbidden"},
    {"another port", "GET", "/", "Host: 127.0.0.1:9912\nAuthorization: " TOKEN "\n", 403,
     "Forbidden"},
    {"a proxy", "GET", "/", AUTH "X-Forwarded-For: 10.0.0.1\n", 403, "Forbidden"},
    {"a proxy, empty header", "GET", "/", AUTH "X-Forwarded-For: \n", 403, "Forbidden"},
    {"a newer proxy", "GET", "/", AUTH "Forwarded: for=10.0.0.1\n", 403, "Forbidden"},
    {"a script of a page", "GET", "/", AUTH "Origin: https://evil.example\n", 403, "Forbidden"},
    {"a browser", "GET", "/healthz", HOST "Sec-Fetch-Site: none\n", 403, "Forbidden"},
    {"refused by the portal", "GET", "/p/refused", AUTH, 403, "PortalRefused"},
    {"no such tenant", "GET", "/p/unknown", AUTH, 404, "the \\\"portal\\\" said no"},
    {"the portal is down", "GET", "/p/down", AUTH, 503, "CredentialsUnavailable"},
    {"expired", "GET", "/p/old", AUTH, 503, "CredentialsUnavailable"},
    {"alive", "GET", "/healthz", HOST, 200, "ok\n"},
    {"not ready", "GET", "/readyz", HOST, 503, "not ready: refused\n"},
    {"metrics", "GET", "/metrics", HOST, 200, "duplojit_ready{profile=\"b\"} 1\n"},
    {"metrics of an expired profile", "GET", "/metrics", HOST, 200,
     "duplojit_ready{profile=\"old\"} 0\n"},
    {"quitting without a token", "POST", "/quit", HOST, 403, "AccessDenied"},
    {"quitting by GET", "GET", "/quit", AUTH, 405, "MethodNotAllowed"},
    {"quitting", "POST", "/quit", AUTH, 200, "bye"},
};

/* Every failure is JSON with both spellings of its fields, and holds no credentials. */
static void check_failure(const char *name, const struct server_response *response)
{
    struct json_doc doc;
    struct err err;
    char texts[4][ERR_TEXT_SIZE + 64];
    static const char *const keys[] = {"code", "Code", "message", "Message"};
    row_text(name, response->content_type, "application/json");
    row_int(name, json_parse(&doc, buf_str(&response->body), response->body.len, &err), 0);
    for (size_t i = 0; i < ROWS(keys); i++) {
        bool found = false;
        row_int(name,
                json_get_string(&doc, JSON_ROOT, keys[i], texts[i], sizeof(texts[i]), &found, &err),
                0);
        row_true(name, found && texts[i][0] != '\0');
    }
    row_text(name, texts[0], texts[1]);
    row_text(name, texts[2], texts[3]);
    json_done(&doc);
    row_lacks(name, buf_str(&response->body), "ASIA-");
    row_lacks(name, buf_str(&response->body), "secret/+");
    row_lacks(name, buf_str(&response->body), TOKEN);
}

static void responds(void **state)
{
    struct address addresses[] = {parse("127.0.0.1:9911")};
    struct profile_set profile_set = make_profiles();
    const struct routes routes = {.profile_set = &profile_set,
                                  .default_profile = 0,
                                  .auth_token = TOKEN,
                                  .addresses = addresses,
                                  .address_count = 1,
                                  .may_quit = true};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct server_response response;
        bool quit = false;
        enum server_verdict verdict = send_request(&routes, rows[i].method, rows[i].path,
                                                   rows[i].headers, 0, &response, &quit);
        row_int(rows[i].name, verdict, SERVER_RESPOND);
        row_int(rows[i].name, response.status, rows[i].status);
        row_has(rows[i].name, buf_str(&response.body), rows[i].has);
        row_true(rows[i].name, quit == (strcmp(rows[i].name, "quitting") == 0));
        if (response.status != 200 && strcmp(rows[i].path, "/readyz") != 0) {
            check_failure(rows[i].name, &response);
        }
        if (strcmp(rows[i].path, "/metrics") == 0) {
            row_lacks(rows[i].name, buf_str(&response.body), "ASIA-");
        }
        buf_done(&response.body);
    }
    profile_set_done(&profile_set);
}

/* Requests wait only for the first credentials, and not for long. */
static void waits_for_the_first(void **state)
{
    struct address addresses[] = {parse("127.0.0.1:9911")};
    struct profile_set profile_set = make_profiles();
    struct routes routes = {.profile_set = &profile_set,
                            .default_profile = -1,
                            .auth_token = TOKEN,
                            .addresses = addresses,
                            .address_count = 1};
    struct server_response response;
    bool quit = false;
    (void)state;
    assert_int_equal(send_request(&routes, "GET", "/p/new", AUTH, 100, &response, &quit),
                     SERVER_DEFER);
    assert_int_equal(response.defer_until_ms, NOW_MS + 800);
    buf_done(&response.body);
    assert_int_equal(send_request(&routes, "GET", "/p/new", AUTH, 900, &response, &quit),
                     SERVER_RESPOND);
    assert_int_equal(response.status, 503);
    buf_done(&response.body);
    assert_int_equal(send_request(&routes, "GET", "/p/down", AUTH, 0, &response, &quit),
                     SERVER_RESPOND);
    buf_done(&response.body);
    /* A client without the token does not wait. */
    assert_int_equal(send_request(&routes, "GET", "/p/new", HOST, 0, &response, &quit),
                     SERVER_RESPOND);
    assert_int_equal(response.status, 403);
    buf_done(&response.body);
    assert_int_equal(send_request(&routes, "GET", "/", AUTH, 0, &response, &quit), SERVER_RESPOND);
    assert_int_equal(response.status, 404);
    buf_done(&response.body);
    /* No request waits while the endpoint stops; and a supervisor's endpoint cannot be stopped. */
    routes.stopping = true;
    assert_int_equal(send_request(&routes, "GET", "/p/new", AUTH, 100, &response, &quit),
                     SERVER_RESPOND);
    buf_done(&response.body);
    assert_int_equal(send_request(&routes, "POST", "/quit", AUTH, 0, &response, &quit),
                     SERVER_RESPOND);
    assert_int_equal(response.status, 404);
    assert_false(quit);
    buf_done(&response.body);
    profile_set_done(&profile_set);
}

static bool accepts_nobody(const struct server_request *request)
{
    (void)request;
    return false;
}

/* The endpoint may refuse clients of the metadata service; they get no token then. */
static void refuses_imds_clients(void **state)
{
    struct address addresses[] = {parse("127.0.0.1:9911")};
    struct profile_set profile_set = make_profiles();
    struct imds imds = {{1}};
    struct routes routes = {.profile_set = &profile_set,
                            .auth_token = TOKEN,
                            .addresses = addresses,
                            .address_count = 1,
                            .imds = &imds,
                            .imds_accepts = accepts_nobody};
    struct server_response response;
    bool quit = false;
    (void)state;
    send_request(&routes, "PUT", "/latest/api/token",
                 AUTH "\nx-aws-ec2-metadata-token-ttl-seconds: 60\n", 0, &response, &quit);
    assert_int_equal(response.status, 403);
    assert_non_null(strstr(buf_str(&response.body), "the user who runs it"));
    buf_done(&response.body);
    profile_set_done(&profile_set);
}

static const struct {
    const char *name;
    const char *method;
    const char *path;
    const char *ttl; /* header of the PUT */
    bool token;      /* the request has a valid token */
    int status;
    const char *has;
} imds_rows[] = {
    {"a token", "PUT", "/latest/api/token", "21600", false, 200, ""},
    {"a token for too long", "PUT", "/latest/api/token", "21601", false, 400, "BadRequest"},
    {"a token for no time", "PUT", "/latest/api/token", "0", false, 400, "BadRequest"},
    {"a token without a TTL", "PUT", "/latest/api/token", NULL, false, 400, "BadRequest"},
    {"a token by GET", "GET", "/latest/api/token", "60", false, 405, "MethodNotAllowed"},
    {"the role, without a token", "GET", "/latest/meta-data/iam/security-credentials/", NULL, false,
     401, "Unauthorized"},
    {"the role", "GET", "/latest/meta-data/iam/security-credentials/", NULL, true, 200, "default"},
    {"the role, no slash", "GET", "/latest/meta-data/iam/security-credentials", NULL, true, 200,
     "default"},
    {"credentials, without a token", "GET", "/latest/meta-data/iam/security-credentials/default",
     NULL, false, 401, "Unauthorized"},
    {"credentials", "GET", "/latest/meta-data/iam/security-credentials/default", NULL, true, 200,
     "{\"Code\":\"Success\",\"LastUpdated\":\"2026-01-02T03:04:05Z\",\"Type\":\"AWS-HMAC\","
     "\"AccessKeyId\":\"ASIA-default\",\"SecretAccessKey\":\"secret/+\",\"Token\":\"session==\","
     "\"Expiration\":\"2026-01-02T03:04:05Z\"}"},
    {"another role", "GET", "/latest/meta-data/iam/security-credentials/b", NULL, true, 200,
     "ASIA-b"},
    {"no such role", "GET", "/latest/meta-data/iam/security-credentials/c", NULL, true, 404,
     "NotF"},
    {"expired", "GET", "/latest/meta-data/iam/security-credentials/old", NULL, true, 503, "Unav"},
    {"the region", "GET", "/latest/meta-data/placement/region", NULL, true, 200, "eu-west-1"},
    {"the region, without", "GET", "/latest/meta-data/placement/region", NULL, false, 401, "Una"},
    {"the zone", "GET", "/latest/meta-data/placement/availability-zone", NULL, true, 200,
     "eu-west-1a"},
    {"the document", "GET", "/latest/dynamic/instance-identity/document", NULL, true, 200,
     "{\"region\":\"eu-west-1\"}"},
};

static void responds_as_metadata_service(void **state)
{
    struct address addresses[] = {parse("127.0.0.1:9911")};
    struct profile_set profile_set = make_profiles();
    struct imds imds;
    struct err err;
    char token[IMDS_TOKEN_SIZE];
    assert_int_equal(imds_init(&imds, &err), 0);
    const struct routes routes = {.profile_set = &profile_set,
                                  .default_profile = 0,
                                  .auth_token = TOKEN,
                                  .addresses = addresses,
                                  .address_count = 1,
                                  .imds = &imds};
    (void)state;
    assert_true(imds_make_token(&imds, NOW_MS, 60, token));
    for (size_t i = 0; i < ROWS(imds_rows); i++) {
        struct server_response response;
        char headers[512];
        bool quit = false;
        snprintf(headers, sizeof(headers), HOST "%s%s%s%s%s%s",
                 imds_rows[i].ttl != NULL ? "x-aws-ec2-metadata-token-ttl-seconds: " : "",
                 imds_rows[i].ttl != NULL ? imds_rows[i].ttl : "",
                 imds_rows[i].ttl != NULL ? "\n" : "",
                 imds_rows[i].token ? "x-aws-ec2-metadata-token: " : "",
                 imds_rows[i].token ? token : "", imds_rows[i].token ? "\n" : "");
        send_request(&routes, imds_rows[i].method, imds_rows[i].path, headers, 0, &response, &quit);
        row_int(imds_rows[i].name, response.status, imds_rows[i].status);
        row_has(imds_rows[i].name, buf_str(&response.body), imds_rows[i].has);
        if (response.status != 200) {
            check_failure(imds_rows[i].name, &response);
        }
        if (imds_rows[i].ttl != NULL && response.status == 200) {
            row_int(imds_rows[i].name, response.header_count, 2);
            row_text(imds_rows[i].name, response.headers[1].value, imds_rows[i].ttl);
            row_true(imds_rows[i].name, imds_check_token(&imds, NOW_MS, buf_str(&response.body)));
        }
        buf_done(&response.body);
    }
    profile_set_done(&profile_set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responds),
        cmocka_unit_test(waits_for_the_first),
        cmocka_unit_test(refuses_imds_clients),
        cmocka_unit_test(responds_as_metadata_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
