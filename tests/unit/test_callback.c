/* SPDX-License-Identifier: MIT */
/* The protocol of the login: requests to the listener, and pasted texts. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "login/callback.h"
#include "net/server.h"
#include "net/url.h"

static struct url_origin portal = {.origin = "https://portal.example.com",
                                   .host = "portal.example.com"};

/* A request. */
struct sent {
    const char *method;
    const char *path;
    const char *host;
    const char *origin;
    const char *token; /* of the query, decoded */
    /* Sec-Fetch-Mode; "window", "frame": navigate, to there; "same-site", "same-origin",
     * "cross-site", "none": to a window, with this Sec-Fetch-Site */
    const char *mode;
    const char *private_network;
    const char *body;
};

static const char *find_field(const void *fields, bool query, const char *name)
{
    const struct sent *sent = fields;
    static const char *const sites[] = {"same-site", "same-origin", "cross-site", "none"};
    const char *site = NULL;
    for (size_t i = 0; sent->mode != NULL && i < ROWS(sites); i++) {
        site = strcmp(sent->mode, sites[i]) == 0 ? sites[i] : site;
    }
    bool window = site != NULL || (sent->mode != NULL && strcmp(sent->mode, "window") == 0);
    bool frame = sent->mode != NULL && strcmp(sent->mode, "frame") == 0;
    const struct {
        bool query;
        const char *name;
        const char *value;
    } all[] = {
        {false, "Host", sent->host},
        {false, "Origin", sent->origin},
        {false, "Sec-Fetch-Mode", window || frame ? "navigate" : sent->mode},
        {false, "Sec-Fetch-Dest",
         window  ? "document"
         : frame ? "iframe"
                 : NULL},
        {false, "Sec-Fetch-Site", site},
        {false, "Access-Control-Request-Private-Network", sent->private_network},
        {true, "t", sent->token},
    };
    for (size_t i = 0; i < ROWS(all); i++) {
        if (all[i].query == query && strcmp(all[i].name, name) == 0) {
            return all[i].value;
        }
    }
    return NULL;
}

static enum login_verdict judge(const struct sent *sent, struct server_response *response,
                                struct login_grant *grant)
{
    const struct login_page page = {.portal = &portal, .port = 4711, .admin = true};
    const struct server_request request = {
        .method = sent->method,
        .path = sent->path,
        .body = sent->body != NULL ? sent->body : "",
        .body_len = sent->body != NULL ? strlen(sent->body) : 0,
        .fields = sent,
        .find = find_field,
    };
    *response = (struct server_response){.status = 500};
    buf_init(&response->body, 64 << 10);
    login_grant_init(grant);
    return login_judge(&page, &request, response, grant);
}

static const char *header(const struct server_response *response, const char *name)
{
    for (int i = 0; i < response->header_count; i++) {
        if (strcmp(response->headers[i].name, name) == 0) {
            return response->headers[i].value;
        }
    }
    return "";
}

#define HERE "localhost:4711"
#define FROM "https://portal.example.com"
#define OTP_PATH "/v2/callbackWithOtp"

static void test_judge(void **state)
{
    static const struct {
        const char *name;
        struct sent sent;
        enum login_verdict verdict;
        int status;
        const char *token;
        const char *otp;
    } rows[] = {
        {"redirect",
         {"GET", "/", HERE, NULL, "a.b-c_d", "navigate", NULL, NULL},
         LOGIN_GRANTED,
         302,
         "a.b-c_d",
         ""},
        {"redirect, an older browser",
         {"GET", "/", "127.0.0.1:4711", NULL, "tok", NULL, NULL, NULL},
         LOGIN_GRANTED,
         302,
         "tok",
         ""},
        {"redirect, IPv6",
         {"GET", "/", "[::1]:4711", NULL, "tok", NULL, NULL, NULL},
         LOGIN_GRANTED,
         302,
         "tok",
         ""},
        {"a plus decoded as a blank",
         {"GET", "/", HERE, NULL, "a b", NULL, NULL, NULL},
         LOGIN_GRANTED,
         302,
         "a+b",
         ""},
        {"asked by the portal's page",
         {"GET", "/", HERE, FROM, "tok", "cors", NULL, NULL},
         LOGIN_GRANTED,
         302,
         "tok",
         ""},
        {"a cancel", {"GET", "/", HERE, NULL, "", NULL, NULL, NULL}, LOGIN_CANCELLED, 200, "", ""},
        {"no token", {"GET", "/", HERE, NULL, NULL, NULL, NULL, NULL}, LOGIN_NOTHING, 404, "", ""},
        {"favicon",
         {"GET", "/favicon.ico", HERE, NULL, NULL, "no-cors", NULL, NULL},
         LOGIN_NOTHING,
         404,
         "",
         ""},
        {"another path",
         {"GET", "/x", HERE, NULL, "tok", NULL, NULL, NULL},
         LOGIN_NOTHING,
         404,
         "",
         ""},
        {"a picture of another page",
         {"GET", "/", HERE, NULL, "tok", "no-cors", NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"a window",
         {"GET", "/", HERE, NULL, "tok", "window", NULL, NULL},
         LOGIN_GRANTED,
         302,
         "tok",
         ""},
        {"a frame of another page",
         {"GET", "/", HERE, NULL, "tok", "frame", NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"a frame of another page, a cancel",
         {"GET", "/", HERE, NULL, "", "frame", NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"another page's request",
         {"GET", "/", HERE, "https://evil.example", "tok", NULL, NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"a page without an origin",
         {"GET", "/", HERE, "null", "tok", NULL, NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"a token with a newline",
         {"GET", "/", HERE, NULL, "a\nb", NULL, NULL, NULL},
         LOGIN_REFUSED,
         400,
         "",
         ""},
        {"HEAD", {"HEAD", "/", HERE, NULL, "tok", NULL, NULL, NULL}, LOGIN_REFUSED, 405, "", ""},
        {"a rebound name",
         {"GET", "/", "evil.example:4711", NULL, "tok", NULL, NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"localhost as a part of another name",
         {"GET", "/", "localhost.evil.example:4711", NULL, "tok", NULL, NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"no Host", {"GET", "/", NULL, NULL, "tok", NULL, NULL, NULL}, LOGIN_REFUSED, 403, "", ""},
        {"post",
         {"POST", "/", HERE, FROM, NULL, "cors", NULL, "tok"},
         LOGIN_GRANTED,
         200,
         "tok",
         ""},
        {"post, a token and a newline",
         {"POST", "/", HERE, FROM, NULL, NULL, NULL, "tok\r\n"},
         LOGIN_GRANTED,
         200,
         "tok",
         ""},
        {"post, a cancel",
         {"POST", "/", HERE, FROM, NULL, NULL, NULL, ""},
         LOGIN_CANCELLED,
         200,
         "",
         ""},
        {"post, no Origin",
         {"POST", "/", HERE, NULL, NULL, NULL, NULL, "tok"},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"post, another Origin",
         {"POST", "/", HERE, "http://portal.example.com", NULL, NULL, NULL, "tok"},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"post, an Origin that begins with the portal's",
         {"POST", "/", HERE, "https://portal.example.com.evil.example", NULL, NULL, NULL, "tok"},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"post, a rebound name",
         {"POST", "/", "evil.example", FROM, NULL, NULL, NULL, "tok"},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"post, two words",
         {"POST", "/", HERE, FROM, NULL, NULL, NULL, "to ken"},
         LOGIN_REFUSED,
         400,
         "",
         ""},
        {"post to another path",
         {"POST", "/x", HERE, FROM, NULL, NULL, NULL, "tok"},
         LOGIN_REFUSED,
         404,
         "",
         ""},
        {"otp",
         {"POST", OTP_PATH, HERE, FROM, NULL, NULL, NULL, "{\"token\":\"tok\",\"otp\":\"123456\"}"},
         LOGIN_GRANTED,
         200,
         "tok",
         "123456"},
        {"otp, without a code",
         {"POST", OTP_PATH, HERE, FROM, NULL, NULL, NULL, "{\"token\":\"tok\"}"},
         LOGIN_GRANTED,
         200,
         "tok",
         ""},
        {"otp, null",
         {"POST", OTP_PATH, HERE, FROM, NULL, NULL, NULL, "{\"token\":\"tok\",\"otp\":null}"},
         LOGIN_GRANTED,
         200,
         "tok",
         ""},
        {"otp, a cancel",
         {"POST", OTP_PATH, HERE, FROM, NULL, NULL, NULL, ""},
         LOGIN_CANCELLED,
         200,
         "",
         ""},
        {"otp, a cancel in JSON",
         {"POST", OTP_PATH, HERE, FROM, NULL, NULL, NULL, "{\"token\":\"\"}"},
         LOGIN_CANCELLED,
         200,
         "",
         ""},
        {"otp, no JSON",
         {"POST", OTP_PATH, HERE, FROM, NULL, NULL, NULL, "tok"},
         LOGIN_REFUSED,
         400,
         "",
         ""},
        {"otp, a code that would change a header",
         {"POST", OTP_PATH, HERE, FROM, NULL, NULL, NULL,
          "{\"token\":\"tok\",\"otp\":\"1\\r\\nX: 1\"}"},
         LOGIN_REFUSED,
         400,
         "",
         ""},
        {"preflight",
         {"OPTIONS", "/", HERE, FROM, NULL, "cors", NULL, NULL},
         LOGIN_NOTHING,
         204,
         "",
         ""},
        {"preflight of another page",
         {"OPTIONS", "/", HERE, "https://evil.example", NULL, NULL, NULL, NULL},
         LOGIN_REFUSED,
         403,
         "",
         ""},
        {"PUT", {"PUT", "/", HERE, FROM, NULL, NULL, NULL, "tok"}, LOGIN_REFUSED, 405, "", ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct server_response response;
        struct login_grant grant;
        row_int(rows[i].name, judge(&rows[i].sent, &response, &grant), rows[i].verdict);
        row_int(rows[i].name, response.status, rows[i].status);
        if (rows[i].verdict == LOGIN_GRANTED) {
            row_text(rows[i].name, buf_str(&grant.token), rows[i].token);
            row_text(rows[i].name, grant.otp, rows[i].otp);
        }
        bool trusted = rows[i].sent.origin != NULL && strcmp(rows[i].sent.origin, FROM) == 0 &&
                       rows[i].status != 403;
        row_text(rows[i].name, header(&response, "Access-Control-Allow-Origin"),
                 trusted ? FROM : "");
        login_grant_done(&grant);
        buf_done(&response.body);
    }
}

/* A page of this machine is not the portal, unless the portal is on this machine. */
static void test_the_site_of_a_navigation(void **state)
{
    static const struct {
        const char *site;
        bool granted;
    } rows[] = {{"cross-site", true}, {"none", true}, {"same-site", false}, {"same-origin", false}};
    (void)state;
    for (size_t i = 0; i < 2 * ROWS(rows); i++) {
        struct sent sent = {"GET", "/", HERE, NULL, "tok", rows[i / 2].site, NULL, NULL};
        struct server_response response;
        struct login_grant grant;
        portal.loopback = i % 2 == 1;
        bool granted = rows[i / 2].granted || portal.loopback;
        row_int(sent.mode, judge(&sent, &response, &grant),
                granted ? LOGIN_GRANTED : LOGIN_REFUSED);
        row_int(sent.mode, response.status, granted ? 302 : 403);
        buf_done(&response.body);
        login_grant_done(&grant);
    }
    portal.loopback = false;
}

static void test_responses(void **state)
{
    static const struct sent ask = {"OPTIONS", "/", HERE, FROM, NULL, NULL, "true", NULL};
    static const struct sent got = {"GET", "/", HERE, NULL, "tok", NULL, NULL, NULL};
    static const struct sent post = {"POST", "/", HERE, FROM, NULL, NULL, NULL, "tok"};
    struct server_response response;
    struct login_grant grant;
    (void)state;
    judge(&ask, &response, &grant);
    assert_string_equal(header(&response, "Access-Control-Allow-Private-Network"), "true");
    assert_non_null(strstr(header(&response, "Access-Control-Allow-Methods"), "POST"));
    assert_non_null(strstr(header(&response, "Access-Control-Allow-Headers"), "Content-Type"));
    buf_done(&response.body);
    judge(&got, &response, &grant);
    assert_string_equal(header(&response, "Location"),
                        FROM "/app/user/verify-token?localAppName=duplojit&localPort=4711"
                             "&isAdmin=true&success=true");
    login_grant_done(&grant);
    buf_done(&response.body);
    judge(&post, &response, &grant);
    assert_string_equal(buf_str(&response.body), "\"done\"");
    login_grant_done(&grant);
    buf_done(&response.body);
}

static void test_paste(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        bool good;
        const char *token;
    } rows[] = {
        {"the address", "http://localhost:4711/?t=a.b.c", true, "a.b.c"},
        {"blanks around it", "  http://localhost:4711/?t=a.b.c \r", true, "a.b.c"},
        {"escapes", "http://localhost:4711/?t=a%2Bb%2fc%3D", true, "a+b/c="},
        {"not the first", "http://localhost:4711/?x=1&t=tok&y=2", true, "tok"},
        {"a fragment", "http://localhost:4711/?t=tok#top", true, "tok"},
        {"without the scheme", "localhost:4711/?t=tok", true, "tok"},
        {"a cancel", "http://localhost:4711/?t=", true, ""},
        {"the token alone", "eyJhbGciOiJIUzI1NiJ9.e30.x", true, "eyJhbGciOiJIUzI1NiJ9.e30.x"},
        {"the page that asked", "https://portal.example.com/app/user/verify-token?localPort=1",
         false, ""},
        {"a slip", "y", false, ""},
        {"words", "what do you want from me", false, ""},
        {"an escaped newline", "http://localhost/?t=a%0ab", false, ""},
        {"a name that ends so", "http://localhost/?start=1", false, ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct login_grant grant;
        login_grant_init(&grant);
        row_int(rows[i].name, login_read_pasted(rows[i].text, &grant), rows[i].good);
        if (rows[i].good) {
            row_text(rows[i].name, buf_str(&grant.token), rows[i].token);
        }
        login_grant_done(&grant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_the_site_of_a_navigation),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_paste),
    };
    return cmocka_run_group_tests_name("login page", tests, NULL, NULL);
}
