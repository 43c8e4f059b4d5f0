/* SPDX-License-Identifier: MIT */
/* The login's protocol, what is kept of a login, tokens that say whose they are, and browsers. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "jit/cache.h"
#include "jit/login.h"
#include "net/browser.h"
#include "net/server.h"
#include "net/url.h"
#include "portal/jwt.h"
#include "portal/login.h"
#include "sandbox.h"

static const struct url_origin portal = {.origin = "https://portal.example.com",
                                         .host = "portal.example.com"};

/* A request as a row: what a browser or somebody else sends. */
struct sent {
    const char *method;
    const char *path;
    const char *host;
    const char *origin;
    const char *token; /* of the query, decoded */
    const char *mode;  /* Sec-Fetch-Mode */
    const char *private_network;
    const char *body;
};

static const char *find_field(const void *fields, bool query, const char *name)
{
    const struct sent *sent = fields;
    const struct {
        bool query;
        const char *name;
        const char *value;
    } all[] = {
        {false, "Host", sent->host},
        {false, "Origin", sent->origin},
        {false, "Sec-Fetch-Mode", sent->mode},
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

static enum login_verdict judge(const struct sent *sent, struct server_answer *answer,
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
    *answer = (struct server_answer){.status = 500};
    buf_init(&answer->body, 64 << 10);
    login_grant_init(grant);
    return login_judge(&page, &request, answer, grant);
}

static const char *header(const struct server_answer *answer, const char *name)
{
    for (int i = 0; i < answer->header_count; i++) {
        if (strcmp(answer->headers[i].name, name) == 0) {
            return answer->headers[i].value;
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
        {"a plus that became a blank",
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
        {"nothing", {"GET", "/", HERE, NULL, NULL, NULL, NULL, NULL}, LOGIN_NOTHING, 404, "", ""},
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
        {"a picture on somebody's page",
         {"GET", "/", HERE, NULL, "tok", "no-cors", NULL, NULL},
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
        {"no origin of its own",
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
        {"localhost below another",
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
        {"post, a newline behind it",
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
        {"post, an Origin that begins so",
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
        {"post elsewhere",
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
        {"otp, none needed",
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
        {"otp, a code for the header",
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
        struct server_answer answer;
        struct login_grant grant;
        row_int(rows[i].name, judge(&rows[i].sent, &answer, &grant), rows[i].verdict);
        row_int(rows[i].name, answer.status, rows[i].status);
        if (rows[i].verdict == LOGIN_GRANTED) {
            row_text(rows[i].name, buf_str(&grant.token), rows[i].token);
            row_text(rows[i].name, grant.otp, rows[i].otp);
        }
        bool trusted = rows[i].sent.origin != NULL && strcmp(rows[i].sent.origin, FROM) == 0 &&
                       rows[i].status != 403;
        row_text(rows[i].name, header(&answer, "Access-Control-Allow-Origin"), trusted ? FROM : "");
        login_grant_done(&grant);
        buf_done(&answer.body);
    }
}

static void test_answers(void **state)
{
    static const struct sent ask = {"OPTIONS", "/", HERE, FROM, NULL, NULL, "true", NULL};
    static const struct sent got = {"GET", "/", HERE, NULL, "tok", NULL, NULL, NULL};
    static const struct sent post = {"POST", "/", HERE, FROM, NULL, NULL, NULL, "tok"};
    struct server_answer answer;
    struct login_grant grant;
    (void)state;
    judge(&ask, &answer, &grant);
    assert_string_equal(header(&answer, "Access-Control-Allow-Private-Network"), "true");
    assert_non_null(strstr(header(&answer, "Access-Control-Allow-Methods"), "POST"));
    assert_non_null(strstr(header(&answer, "Access-Control-Allow-Headers"), "Content-Type"));
    buf_done(&answer.body);
    judge(&got, &answer, &grant);
    assert_string_equal(header(&answer, "Location"),
                        FROM "/app/user/verify-token?localAppName=duplojit&localPort=4711"
                             "&isAdmin=true&success=true");
    login_grant_done(&grant);
    buf_done(&answer.body);
    judge(&post, &answer, &grant);
    assert_string_equal(buf_str(&answer.body), "\"done\"");
    login_grant_done(&grant);
    buf_done(&answer.body);
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

static void test_jwt(void **state)
{
    static const struct {
        const char *name;
        const char *token;
        bool good;
        const char *user;
        int64_t expires_s;
    } rows[] = {
        /* {"sub":"x","email":"a@b.c","exp":1900000000} */
        {"email before sub", "h.eyJzdWIiOiJ4IiwiZW1haWwiOiJhQGIuYyIsImV4cCI6MTkwMDAwMDAwMH0.s",
         true, "a@b.c", 1900000000},
        /* {"sub":"x"} */
        {"sub alone", "h.eyJzdWIiOiJ4In0.s", true, "x", 0},
        /* {"unique_name":"a\u001bb"} */
        {"control characters", "h.eyJ1bmlxdWVfbmFtZSI6ImFcdTAwMWJiIn0.s", true, "a?b", 0},
        /* {"exp":"soon","sub":5} */
        {"other types", "h.eyJleHAiOiJzb29uIiwic3ViIjo1fQ.s", true, "", 0},
        /* {"sub":"??>>"}: - and _ in base64url */
        {"base64url", "h.eyJzdWIiOiI_Pz4-In0.s", true,
         "?"
         "?>>",
         0},
        {"an array", "h.W10.s", false, "", 0},
        {"no base64", "h.!!!.s", false, "", 0},
        {"two parts", "h.eyJzdWIiOiJ4In0", false, "", 0},
        {"opaque", "opaque", false, "", 0},
        {"dots", "...", false, "", 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct jwt_claims claims;
        row_int(rows[i].name, jwt_read(rows[i].token, &claims), rows[i].good);
        row_text(rows[i].name, claims.user, rows[i].user);
        row_int(rows[i].name, claims.expires_s, rows[i].expires_s);
    }
}

/* A person and a portal that do as they are told. */
struct actor {
    int asked;
    int checked;
    bool token_good;
    const char *says; /* the next token; NULL: cancelled */
    const struct cache *cache;
    const char *meanwhile; /* what another process gets before we have the lock */
};

static int act_ask(void *context, struct login_grant *grant, struct err *err)
{
    struct actor *actor = context;
    actor->asked++;
    return actor->says == NULL ? err_set(err, ERR_CANCELLED, "no, thanks")
                               : buf_add_str(&grant->token, actor->says, err);
}

static int act_check(void *context, const struct login *login, bool *good, struct err *err)
{
    struct actor *actor = context;
    (void)login;
    (void)err;
    actor->checked++;
    *good = actor->token_good;
    return 0;
}

/* As another process would do it, between our look and our lock. */
static int act_meanwhile(void *context, const struct login *login, bool *good, struct err *err)
{
    struct actor *actor = context;
    struct actor other = {.says = actor->meanwhile};
    const struct login_ways ways = {&other, act_check, act_ask, 1000};
    struct login theirs;
    struct err ignored;
    login_init(&theirs, login->portal, login->admin);
    login_read(actor->cache, &theirs);
    if (login_get(actor->cache, &ways, true, &theirs, &ignored) == 0) {
        assert_non_null(actor->meanwhile);
    }
    login_done(&theirs);
    return act_check(context, login, good, err);
}

static struct cache open_cache(void)
{
    struct cache cache;
    struct err err;
    assert_int_equal(cache_open(&cache, sandbox_path("cache"), &err), 0);
    return cache;
}

/* {"sub":"ann"} and {"sub":"bob"} */
#define ANN_1 "h.eyJzdWIiOiJhbm4ifQ.1"
#define ANN_2 "h.eyJzdWIiOiJhbm4ifQ.2"
#define BOB "h.eyJzdWIiOiJib2IifQ.1"

static void log_in(const struct cache *cache, const char *token, struct login *login)
{
    struct actor actor = {.says = token};
    const struct login_ways ways = {&actor, act_check, act_ask, 1000};
    struct err err;
    login_init(login, portal.origin, false);
    login_read(cache, login);
    assert_int_equal(login_get(cache, &ways, true, login, &err), 0);
    assert_string_equal(buf_str(&login->token), token);
    assert_int_equal(actor.asked, 1);
}

static void test_seat(void **state)
{
    struct cache cache = open_cache();
    struct login login;
    char first[LOGIN_SEAT_SIZE];
    (void)state;
    log_in(&cache, ANN_1, &login);
    memcpy(first, login.seat, sizeof(first));
    assert_int_equal(strlen(first), LOGIN_SEAT_SIZE - 1);
    login_done(&login);
    log_in(&cache, ANN_2, &login);
    assert_string_equal(login.seat, first); /* the same person */
    login_done(&login);
    log_in(&cache, BOB, &login);
    assert_string_not_equal(login.seat, first);
    memcpy(first, login.seat, sizeof(first));
    login_done(&login);
    log_in(&cache, "opaque-1", &login);
    assert_string_not_equal(login.seat, first);
    memcpy(first, login.seat, sizeof(first));
    login_done(&login);
    log_in(&cache, "opaque-2", &login);
    assert_string_not_equal(login.seat, first); /* nobody can tell */
    login_done(&login);
    cache_close(&cache);
}

static void test_kept(void **state)
{
    struct cache cache = open_cache();
    struct login login;
    int removed = 0;
    struct err err;
    (void)state;
    log_in(&cache, ANN_1, &login);
    login_done(&login);
    login_init(&login, portal.origin, true); /* an administrator's login is another one */
    login_read(&cache, &login);
    assert_int_equal(login.token.len, 0);
    login_done(&login);
    login_init(&login, "https://other.example.com", false);
    login_read(&cache, &login);
    assert_int_equal(login.token.len, 0);
    login_done(&login);
    login_init(&login, portal.origin, false);
    login_read(&cache, &login);
    assert_string_equal(buf_str(&login.token), ANN_1);
    assert_string_equal(login.user, "ann");
    login_done(&login);
    assert_int_equal(
        login_forget(sandbox_path("cache"), "https://other.example.com", &removed, &err), 0);
    assert_int_equal(removed, 0);
    assert_int_equal(login_forget(sandbox_path("cache"), portal.origin, &removed, &err), 0);
    assert_int_equal(removed, 1);
    cache_close(&cache);
}

/* Of those that need a login at once, one asks; the others take what it gets, good or bad. */
static void test_shared(void **state)
{
    struct cache cache = open_cache();
    struct login login;
    struct err err;
    (void)state;
    log_in(&cache, ANN_1, &login);
    struct actor actor = {.cache = &cache, .says = "mine", .meanwhile = ANN_2};
    const struct login_ways ways = {&actor, act_meanwhile, act_ask, 1000};
    assert_int_equal(login_get(&cache, &ways, false, &login, &err), 0);
    assert_string_equal(buf_str(&login.token), ANN_2);
    assert_int_equal(actor.asked, 0);
    actor.meanwhile = NULL;
    assert_int_equal(login_get(&cache, &ways, false, &login, &err), -1);
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_non_null(strstr(err.text, "no, thanks"));
    assert_int_equal(actor.asked, 0);
    /* Whoever comes later asks. */
    struct actor later = {.says = ANN_1};
    const struct login_ways later_ways = {&later, act_check, act_ask, 1000};
    assert_int_equal(login_get(&cache, &later_ways, false, &login, &err), 0);
    assert_int_equal(later.asked, 1);
    login_done(&login);
    cache_close(&cache);
}

static void test_good_login_asks_nobody(void **state)
{
    struct cache cache = open_cache();
    struct login login;
    struct err err;
    (void)state;
    log_in(&cache, ANN_1, &login);
    struct actor actor = {.token_good = true};
    const struct login_ways ways = {&actor, act_check, act_ask, 1000};
    assert_int_equal(login_get(&cache, &ways, false, &login, &err), 0);
    assert_int_equal(actor.checked, 1);
    assert_int_equal(actor.asked, 0);
    login_done(&login);
    cache_close(&cache);
}

/* A file that others can read, or that is broken, is not believed. */
static void test_hostile_file(void **state)
{
    struct cache cache = open_cache();
    struct login login;
    struct err err;
    (void)state;
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"Version\":2}",
        "{\"Version\":1,\"Token\":5}",
        "{\"Version\":1,\"Seat\":\"0123456789012345678901234567890123"
        "4567890123456789\"}"};
    for (size_t i = 0; i < ROWS(texts); i++) {
        login_init(&login, portal.origin, false);
        row_int(texts[i], login_parse(texts[i], strlen(texts[i]), &login, &err), -1);
        login_done(&login);
    }
    cache_close(&cache);
}

static void make_program(const char *path)
{
    sandbox_write(path, "#!/bin/sh\n", 10, 0755);
}

static void test_browser(void **state)
{
    char path[1024];
    char own[1024];
    (void)state;
    snprintf(path, sizeof(path), "%s", sandbox_path(""));
    snprintf(own, sizeof(own), "%s -new", sandbox_path("mine"));
    make_program(sandbox_path("mine"));
    make_program(sandbox_path("xdg-open"));
    make_program(sandbox_path("second"));
    make_program(sandbox_path("with blank"));
    sandbox_write_text(sandbox_path("plain"), "no program");
    const char *blank = sandbox_path("with blank");
    const struct {
        const char *name;
        struct browser_wishes wishes;
        const char *program; /* "" none, NULL an error */
    } rows[] = {
        {"the usual", {NULL, NULL, path, false, true}, "xdg-open"},
        {"named", {"mine", NULL, path, false, true}, "mine"},
        {"named, with a path and arguments", {own, NULL, path, false, true}, "mine"},
        {"named, with a blank in it", {blank, NULL, path, false, true}, "with blank"},
        {"named, over SSH", {"mine", NULL, path, true, false}, "mine"},
        {"none", {"none", "mine", path, false, true}, ""},
        {"named and missing", {"absent", NULL, path, false, true}, NULL},
        {"named and no program", {"plain", NULL, path, false, true}, NULL},
        {"BROWSER", {NULL, "second", path, false, true}, "second"},
        {"BROWSER, the second", {NULL, "absent:second", path, false, true}, "second"},
        {"BROWSER, without a display", {NULL, "second", path, false, false}, "second"},
        {"BROWSER, over SSH", {NULL, "second", path, true, false}, "second"},
        {"BROWSER, all missing", {NULL, "absent:gone", path, false, true}, "xdg-open"},
        {"SSH", {NULL, NULL, path, true, true}, ""},
        {"no display", {NULL, NULL, path, false, false}, ""},
        {"no PATH", {NULL, NULL, NULL, false, true}, ""},
        {"a relative PATH", {NULL, NULL, ".:bin", false, true}, ""},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct browser browser;
        struct err err;
        row_int(rows[i].name, browser_choose(&browser, &rows[i].wishes, &err),
                rows[i].program == NULL ? -1 : 0);
        if (rows[i].program == NULL) {
            row_int(rows[i].name, err.kind, ERR_USAGE);
        } else if (rows[i].program[0] == '\0') {
            row_text(rows[i].name, browser.program, "");
            row_true(rows[i].name, browser.why_none != NULL);
        } else {
            const char *slash = strrchr(browser.program, '/');
            row_text(rows[i].name, slash == NULL ? "" : slash + 1, rows[i].program);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_paste),
        cmocka_unit_test(test_jwt),
        cmocka_unit_test_setup_teardown(test_seat, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_kept, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_shared, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_good_login_asks_nobody, sandbox_setup,
                                        sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_hostile_file, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_browser, sandbox_setup, sandbox_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
