/* SPDX-License-Identifier: MIT */
/* A login as an identity, with a portal in a child process and a person in another. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "broker/cache.h"
#include "login/login_identity.h"
#include "login_portal.h"
#include "net/http.h"
#include "net/url.h"
#include "person.h"
#include "portal/client.h"
#include "sandbox.h"

/* {"sub":"ann"} and {"sub":"bob"} */
#define ANN_1 "h.eyJzdWIiOiJhbm4ifQ.1"
#define ANN_2 "h.eyJzdWIiOiJhbm4ifQ.2"
#define BOB "h.eyJzdWIiOiJib2IifQ.1"

static struct http *start_http(void *context, struct err *err)
{
    static const struct http_options options = {.timeout_ms = 5000};
    int *starts = context;
    (*starts)++;
    return http_new(&options, err);
}

static bool is_secret(const char *entry)
{
    (void)entry;
    return false;
}

/* One run of a program. */
struct bench {
    struct cache cache;
    struct portal_client client;
    struct login_identity login;
    struct identity *identity;
    int starts; /* of the client */
};

static const char *const no_environment[] = {NULL};

static void start(struct bench *bench, bool may_ask)
{
    struct err err = {0};
    *bench = (struct bench){0};
    row_int(err.text, cache_open(&bench->cache, sandbox_path("cache"), &err), 0);
    bench->client = (struct portal_client){
        .api = &login_portal_origin, .start = start_http, .context = &bench->starts};
    login_identity_init(&bench->login, &login_portal_origin);
    bench->login.cache = &bench->cache;
    bench->login.client = &bench->client;
    bench->login.browser = (struct browser_options){
        .command = "none",
        .command_source = "SOURCE",
        .port = person_find_port(),
        .timeout_ms = 5000,
        .timeout_hint = "HINT",
        .environment = no_environment,
        .is_secret = is_secret,
    };
    bench->login.missing_hint = "LOG IN";
    bench->identity = &bench->login.identity;
    bench->identity->may_ask = may_ask;
}

static void stop(struct bench *bench)
{
    identity_done(bench->identity);
    portal_client_drop(&bench->client);
}

/* The person lets the browser send this token; "": cancels. */
static pid_t answer(const struct bench *bench, const char *token)
{
    char request[512];
    snprintf(request, sizeof(request),
             "POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: %s\r\nContent-Length: %zu\r\n"
             "Connection: close\r\n\r\n%s",
             login_portal_origin.origin, strlen(token), token);
    return person_start(bench->login.browser.port, request);
}

/* A saved login with this token, which the portal accepts. */
static void save_login(const char *token, bool admin)
{
    struct bench bench;
    struct err err = {0};
    start(&bench, true);
    *login_portal = (struct login_portal){0};
    snprintf(login_portal->token, sizeof(login_portal->token), "%s", token);
    bench.identity->for_admin = admin;
    pid_t person = answer(&bench, token);
    row_int(err.text, login_identity_log_in(&bench.login, &err), 0);
    person_end(person);
    assert_string_equal(identity_token(bench.identity), token);
    stop(&bench);
    login_portal->calls = 0;
}

static void test_no_login(void **state)
{
    static const struct {
        bool admin;
        const char *want;
    } rows[] = {{false, ": LOG IN"}, {true, " as an administrator: LOG IN"}};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        struct identity_key key;
        struct err err = {0};
        start(&bench, false);
        bench.identity->for_admin = rows[i].admin;
        row_true(rows[i].want, !identity_cache_key(bench.identity, &key));
        row_int(rows[i].want, identity_open(bench.identity, INT64_MAX, &err), -1);
        row_int(rows[i].want, err.kind, ERR_REFUSED);
        row_has(rows[i].want, err.text, "not logged in to http://127.0.0.1:");
        row_has(rows[i].want, err.text, rows[i].want);
        row_true(rows[i].want, !identity_renew(bench.identity, &err));
        stop(&bench);
    }
}

static void test_the_first_login(void **state)
{
    struct bench bench;
    struct identity_key key;
    struct err err = {0};
    (void)state;
    start(&bench, true);
    *login_portal = (struct login_portal){.token = ANN_1};
    assert_false(identity_cache_key(bench.identity, &key));
    assert_int_equal(bench.starts, 0);
    pid_t person = answer(&bench, ANN_1);
    row_int(err.text, identity_open(bench.identity, INT64_MAX, &err), 0);
    person_end(person);
    assert_string_equal(identity_token(bench.identity), ANN_1);
    assert_true(identity_cache_key(bench.identity, &key));
    assert_string_equal(key.kind, "login");
    assert_int_equal(strlen(key.value), SAVED_LOGIN_OWNER_ID_SIZE - 1);
    assert_int_equal(bench.login.state, LOGIN_NEW);
    assert_int_equal(bench.starts, 2); /* the connection was idle while the person was busy */
    /* It is open, and as new as it can be: another one would not help. */
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), 0);
    login_portal->token[0] = '\0';
    err.kind = ERR_REFUSED;
    bench.login.browser.timeout_ms = 1;
    assert_false(identity_renew(bench.identity, &err));
    assert_int_equal(err.kind, ERR_REFUSED);
    stop(&bench);
}

static void test_a_cancel(void **state)
{
    struct bench bench;
    struct err err = {0};
    (void)state;
    start(&bench, true);
    pid_t person = answer(&bench, "");
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), -1);
    assert_int_equal(err.kind, ERR_CANCELLED);
    person_end(person);
    stop(&bench);
}

/* Any web page can send the browser to our listener. */
static void test_a_token_that_the_portal_refuses(void **state)
{
    struct bench bench;
    struct err err = {0};
    (void)state;
    start(&bench, true);
    *login_portal = (struct login_portal){.token = ANN_1};
    pid_t person = answer(&bench, "not-a-token-of-this-portal");
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), -1);
    assert_int_equal(err.kind, ERR_REFUSED);
    person_end(person);
    assert_string_equal(identity_token(bench.identity), "");
    stop(&bench);
}

/* One call of the portal, and no person. */
static void test_a_saved_login(void **state)
{
    struct bench bench;
    struct identity_key key;
    struct err err = {0};
    (void)state;
    save_login(ANN_1, false);
    for (int may_ask = 0; may_ask < 2; may_ask++) {
        login_portal->calls = 0;
        start(&bench, may_ask != 0);
        assert_true(identity_cache_key(bench.identity, &key));
        assert_int_equal(login_portal->calls, 0);
        row_int(err.text, identity_open(bench.identity, INT64_MAX, &err), 0);
        assert_int_equal(login_portal->calls, 1);
        assert_int_equal(bench.login.state, LOGIN_ACCEPTED);
        assert_int_equal(bench.identity->source, IDENTITY_LOGIN);
        assert_string_equal(identity_token(bench.identity), ANN_1);
        assert_null(identity_otp(bench.identity));
        snprintf(bench.identity->otp, sizeof(bench.identity->otp), "123456");
        assert_string_equal(identity_otp(bench.identity), "123456");
        stop(&bench);
    }
}

static void test_the_portal_hangs(void **state)
{
    struct bench bench;
    struct err err = {0};
    (void)state;
    save_login(ANN_1, false);
    login_portal->hangs = true;
    start(&bench, true);
    int64_t start_ms = clock_mono_ms();
    assert_int_equal(identity_open(bench.identity, start_ms + 100, &err), -1);
    assert_true(clock_mono_ms() - start_ms < 3000);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "checking the login: "));
    login_portal->hangs = false;
    portal_client_drop(&bench.client);
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), 0);
    stop(&bench);
}

/* Whether the login of an administrator serves for what any user may do. */
static void test_an_administrators_login(void **state)
{
    struct bench bench;
    struct err err = {0};
    (void)state;
    save_login(ANN_1, true);
    start(&bench, false);
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), 0);
    assert_int_equal(bench.identity->source, IDENTITY_ADMIN_LOGIN);
    stop(&bench);
    save_login(ANN_1, false);
    start(&bench, false);
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), 0);
    assert_int_equal(bench.identity->source, IDENTITY_LOGIN);
    stop(&bench);
}

static void test_no_users_login_for_administrators(void **state)
{
    struct bench bench;
    struct err err = {0};
    (void)state;
    save_login(ANN_1, false);
    start(&bench, false);
    bench.identity->for_admin = true;
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), -1);
    assert_int_equal(err.kind, ERR_REFUSED);
    stop(&bench);
}

static void test_renewal(void **state)
{
    static const struct {
        const char *name;
        const char *token; /* that the portal accepts */
        bool admin;
        bool otp_needed;
        bool has_otp;
        bool may_ask;
        enum err_kind kind;
        bool want;
    } rows[] = {
        {"an expired token", ANN_2, false, false, false, true, ERR_REFUSED, true},
        {"not a refusal", ANN_2, false, false, false, true, ERR_REJECTED, false},
        {"nobody to ask", ANN_2, false, false, false, false, ERR_REFUSED, false},
        {"a token that is accepted", ANN_1, false, false, false, true, ERR_REFUSED, false},
        {"a used MFA code", ANN_1, true, true, false, true, ERR_REFUSED, true},
        {"an MFA code of the user", ANN_1, true, true, true, true, ERR_REFUSED, false},
        {"MFA for administrators only", ANN_1, false, true, false, true, ERR_REFUSED, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        struct err err = {0};
        save_login(ANN_1, rows[i].admin);
        start(&bench, rows[i].may_ask);
        bench.identity->for_admin = rows[i].admin;
        row_int(rows[i].name, identity_open(bench.identity, INT64_MAX, &err), 0);
        snprintf(login_portal->token, sizeof(login_portal->token), "%s", rows[i].token);
        login_portal->otp_needed = rows[i].otp_needed;
        snprintf(bench.identity->otp, sizeof(bench.identity->otp), "%s",
                 rows[i].has_otp ? "123456" : "");
        pid_t person = answer(&bench, rows[i].token);
        err.kind = rows[i].kind;
        row_int(rows[i].name, identity_renew(bench.identity, &err), rows[i].want);
        (rows[i].want ? person_end : person_cancel)(person);
        row_text(rows[i].name, identity_token(bench.identity),
                 rows[i].want ? rows[i].token : ANN_1);
        stop(&bench);
    }
}

/* A renewal of an endpoint finds the login that another process has saved. */
static void test_reload(void **state)
{
    struct bench bench;
    struct identity_key key;
    struct err err = {0};
    char owner[SAVED_LOGIN_OWNER_ID_SIZE];
    (void)state;
    save_login(ANN_1, false);
    start(&bench, false);
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), 0);
    assert_true(identity_cache_key(bench.identity, &key));
    snprintf(owner, sizeof(owner), "%s", key.value);
    save_login(BOB, false);
    assert_string_equal(identity_token(bench.identity), ANN_1);
    assert_int_equal(identity_reload(bench.identity, &err), 0);
    assert_true(identity_cache_key(bench.identity, &key));
    assert_string_not_equal(key.value, owner);
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), 0);
    assert_string_equal(identity_token(bench.identity), BOB);
    stop(&bench);
}

/* A token from the environment is used unless the portal refuses it: then the login is. */
static void test_a_given_token(void **state)
{
    static const struct {
        const char *name;
        const char *given;
        bool hangs; /* the portal */
        const char *want;
        int calls;
    } rows[] = {
        {"accepted", ANN_1, false, ANN_1, 1},
        {"refused", BOB, false, ANN_1, 2},
        {"the portal hangs", BOB, true, BOB, 1},
    };
    (void)state;
    save_login(ANN_1, false);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bench bench;
        struct identity_key key;
        struct err err = {0};
        start(&bench, true);
        bench.login.given = rows[i].given;
        login_portal->calls = 0;
        login_portal->hangs = rows[i].hangs;
        row_text(rows[i].name, identity_token(bench.identity), rows[i].given);
        row_true(rows[i].name, identity_cache_key(bench.identity, &key));
        row_text(rows[i].name, key.kind, "token");
        int64_t deadline_ms = rows[i].hangs ? clock_mono_ms() + 100 : INT64_MAX;
        row_int(rows[i].name, identity_open(bench.identity, deadline_ms, &err), 0);
        row_text(rows[i].name, identity_token(bench.identity), rows[i].want);
        row_int(rows[i].name, login_portal->calls, rows[i].calls);
        row_true(rows[i].name, identity_cache_key(bench.identity, &key));
        row_text(rows[i].name, key.kind, rows[i].given == rows[i].want ? "token" : "login");
        row_int(rows[i].name, identity_reload(bench.identity, &err), 0);
        row_text(rows[i].name, identity_token(bench.identity), rows[i].want);
        login_portal->hangs = false;
        stop(&bench);
    }
}

/* A login that is asked for must be saved; one that a call needs is used once. */
static void test_a_login_that_cannot_be_saved(void **state)
{
    struct bench bench;
    struct err err = {0};
    (void)state;
    *login_portal = (struct login_portal){.token = ANN_1};
    start(&bench, true);
    bench.login.cache = NULL;
    pid_t person = answer(&bench, ANN_1);
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), 0);
    person_end(person);
    assert_string_equal(identity_token(bench.identity), ANN_1);
    stop(&bench);
    start(&bench, false);
    assert_int_equal(identity_open(bench.identity, INT64_MAX, &err), -1);
    stop(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_login),
        TEST(test_the_first_login),
        TEST(test_a_cancel),
        TEST(test_a_token_that_the_portal_refuses),
        TEST(test_a_saved_login),
        TEST(test_the_portal_hangs),
        TEST(test_an_administrators_login),
        TEST(test_no_users_login_for_administrators),
        TEST(test_renewal),
        TEST(test_reload),
        TEST(test_a_given_token),
        TEST(test_a_login_that_cannot_be_saved),
    };
    return cmocka_run_group_tests_name("login_identity", tests, login_portal_start,
                                       login_portal_stop);
}
