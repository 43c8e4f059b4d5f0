/* SPDX-License-Identifier: MIT */
/* What is said about responses of a portal that are not a success. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "loopback.h"
#include "net/http.h"
#include "portal/issued.h"
#include "portal/portal.h"
#include "portal/setting_rows.h"

#define ID "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"

static const struct portal_hints hints = {
    .host = "HOST-HINT",
    .token = "TOKEN-HINT",
    .otp = "OTP-HINT",
    .admin = "ADMIN-HINT",
    .tenants = "TENANTS-HINT",
    .wait = "WAIT-HINT",
};

enum { TEXT_SIZE = 2048 };

static struct loopback_reply make_reply(char text[TEXT_SIZE], int status, const char *body)
{
    snprintf(text, TEXT_SIZE, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status,
             strlen(body), body);
    return (struct loopback_reply){.data = text};
}

/* A call of the portal that the test is about. */
typedef int call_function(const struct portal *portal, struct err *err);

static int tenant_credentials(const struct portal *portal, struct err *err)
{
    struct aws_credentials creds;
    const struct issued issued = {.aws = &creds};
    return portal_get_credentials(portal, SCOPE_TENANT_ID, ID, &issued, err);
}

static int admin_credentials(const struct portal *portal, struct err *err)
{
    struct aws_credentials creds;
    const struct issued issued = {.aws = &creds};
    return portal_get_credentials(portal, SCOPE_ADMIN, NULL, &issued, err);
}

static int duplo_ops_credentials(const struct portal *portal, struct err *err)
{
    struct aws_credentials creds;
    const struct issued issued = {.aws = &creds};
    return portal_get_credentials(portal, SCOPE_DUPLO_OPS, NULL, &issued, err);
}

static int tenant_region(const struct portal *portal, struct err *err)
{
    char region[AWS_REGION_SIZE];
    return portal_get_tenant_region(portal, ID, region, sizeof(region), err);
}

static int tenants(const struct portal *portal, struct err *err)
{
    struct portal_tenant *list = NULL;
    size_t count = 0;
    int result = portal_list_tenants(portal, &list, &count, err);
    free(list);
    return result;
}

static int system_settings(const struct portal *portal, struct err *err)
{
    struct portal_settings settings;
    int result = portal_list_settings(portal, NULL, &settings, err);
    portal_settings_done(&settings);
    return result;
}

static int tenant_settings(const struct portal *portal, struct err *err)
{
    struct portal_settings settings;
    int result = portal_list_settings(portal, ID, &settings, err);
    portal_settings_done(&settings);
    return result;
}

/* The error of a call that the portal answers with these replies. */
static struct err error_of(const struct loopback_reply *replies, size_t count, call_function *call,
                           const char *otp, const struct portal_hints *with_hints)
{
    struct loopback server;
    struct err err = {0};
    const struct http_options options = {.timeout_ms = 300};
    loopback_start(&server, replies, count);
    struct http *http = http_new(&options, &err);
    assert_non_null(http);
    const struct portal portal = {.http = http,
                                  .api = &server.origin,
                                  .token = "the-secret-token",
                                  .otp = otp,
                                  .hints = with_hints};
    assert_int_equal(call(&portal, &err), -1);
    http_free(http);
    loopback_stop(&server);
    return err;
}

static void test_statuses(void **state)
{
    static const struct {
        int status;
        const char *body;
        call_function *call;
        enum err_kind kind;
        const char *want;
    } rows[] = {
        {302, "", tenants, ERR_UNAVAILABLE,
         "127.0.0.1 responds with a redirect (302), which is not followed with a token; HOST-HINT"},
        {401, "", tenants, ERR_REFUSED,
         "127.0.0.1 rejects the token (401): it may have expired or belong to another portal; "
         "TOKEN-HINT"},
        {401, "{\"Message\":\"The token has expired.\"}", tenants, ERR_REFUSED,
         "127.0.0.1 rejects the token (401): The token has expired; TOKEN-HINT"},
        {403, "", tenants, ERR_REFUSED,
         "127.0.0.1 denies access to this user (403); ask an administrator of the portal for "
         "access"},
        {403, "No.\r\nMore", tenants, ERR_REFUSED,
         "127.0.0.1 denies access to this user (403): No; ask an administrator of the portal for "
         "access"},
        {404, "<html>", tenants, ERR_REJECTED,
         "127.0.0.1 has no /admin/GetTenantsForUser (404); HOST-HINT"},
        {404, "\"Nothing here\"", tenants, ERR_REJECTED,
         "127.0.0.1 has no /admin/GetTenantsForUser (404): Nothing here; HOST-HINT"},
        {404, "", duplo_ops_credentials, ERR_REJECTED,
         "127.0.0.1 has no /v3/admin/aws/jitAccess/duplo-ops (404); HOST-HINT"},
        {404, "", tenant_credentials, ERR_REJECTED,
         "127.0.0.1 has no such tenant for this user (404); TENANTS-HINT"},
        {400, "", tenant_settings, ERR_REJECTED,
         "127.0.0.1 has no such tenant for this user (400); TENANTS-HINT"},
        {400, "{\"Message\":\"Tenant not found.\"}", tenant_credentials, ERR_REJECTED,
         "127.0.0.1 responds with status 400: Tenant not found; TENANTS-HINT"},
        {500, "{\"Message\":\"Object Not Found\"}", tenant_credentials, ERR_REJECTED,
         "127.0.0.1 responds with status 500: Object Not Found; TENANTS-HINT"},
        {400, "{\"Message\":\"Too long.\"}", tenant_credentials, ERR_REJECTED,
         "127.0.0.1 rejects the request (400): Too long; a setting of the portal or the tenant may "
         "be wrong"},
        {500, "", tenants, ERR_UNAVAILABLE, "127.0.0.1 responds with status 500; WAIT-HINT"},
        {503, "{\"Message\":\"Busy.\"}", tenants, ERR_UNAVAILABLE,
         "127.0.0.1 responds with status 503: Busy; WAIT-HINT"},
        {403, "", system_settings, ERR_REFUSED,
         "127.0.0.1 denies access to the settings (403); ADMIN-HINT"},
        {200, "[", tenants, ERR_UNAVAILABLE,
         "127.0.0.1: the response to /admin/GetTenantsForUser cannot be parsed: "},
        {200, "{}", tenants, ERR_UNAVAILABLE,
         "127.0.0.1: the response to /admin/GetTenantsForUser is not a JSON array; HOST-HINT"},
        {200, "", tenants, ERR_UNAVAILABLE,
         "127.0.0.1: the response to /admin/GetTenantsForUser is not a JSON array; HOST-HINT"},
        {200, "[]", tenant_credentials, ERR_UNAVAILABLE, " is not a JSON object; HOST-HINT"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[TEXT_SIZE];
        const struct loopback_reply reply = make_reply(text, rows[i].status, rows[i].body);
        struct err err = error_of(&reply, 1, rows[i].call, NULL, &hints);
        row_int(rows[i].want, err.kind, rows[i].kind);
        row_has(rows[i].want, err.text, rows[i].want);
        err = error_of(&reply, 1, rows[i].call, NULL, NULL);
        row_lacks(rows[i].want, err.text, "HINT");
        row_lacks(rows[i].want, err.text, "; ;");
    }
}

/* A portal that requires MFA codes says so in its features, not always in the refusal. */
static void test_mfa(void **state)
{
    static const char needed[] = "{\"IsOtpNeeded\":true}";
    static const struct {
        int status;
        const char *words;
        const char *features;
        const char *otp;
        call_function *call;
        const char *want;
    } rows[] = {
        {403, "An MFA code is needed.", needed, NULL, admin_credentials,
         "127.0.0.1 requires an MFA code for administrators (403): OTP-HINT"},
        {403, "", needed, "", duplo_ops_credentials,
         "127.0.0.1 requires an MFA code for administrators (403): OTP-HINT"},
        {401, "", needed, NULL, admin_credentials,
         "127.0.0.1 requires an MFA code for administrators (401): OTP-HINT"},
        {403, "Administrators only.", needed, NULL, system_settings,
         "127.0.0.1 requires an MFA code for administrators (403: Administrators only): OTP-HINT"},
        {403, "Wrong code.", needed, "123456", admin_credentials,
         "127.0.0.1 denies administrator access (403): Wrong code; the MFA code may be wrong or "
         "already used"},
        {403, "Administrators only.", "{\"IsOtpNeeded\":false}", NULL, admin_credentials,
         "127.0.0.1 denies access to this user (403): Administrators only; ask an administrator"},
        {403, "", "[]", NULL, admin_credentials, "127.0.0.1 denies access to this user (403); ask"},
        {403, "", needed, NULL, tenant_credentials,
         "127.0.0.1 denies access to this user (403); ask"},
        {404, "", needed, NULL, duplo_ops_credentials, "127.0.0.1 has no /v3/admin/aws/"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char first[TEXT_SIZE];
        char second[TEXT_SIZE];
        const struct loopback_reply replies[] = {make_reply(first, rows[i].status, rows[i].words),
                                                 make_reply(second, 200, rows[i].features)};
        struct err err = error_of(replies, 2, rows[i].call, rows[i].otp, &hints);
        row_int(rows[i].want, err.kind, rows[i].status == 404 ? ERR_REJECTED : ERR_REFUSED);
        row_has(rows[i].want, err.text, rows[i].want);
    }
}

/* The administrator's endpoint is missing on older portals: the older one is tried. */
static void test_an_older_portal(void **state)
{
    static const int missing[] = {404, 405, 500};
    (void)state;
    for (size_t i = 0; i < ROWS(missing); i++) {
        char first[TEXT_SIZE];
        char second[TEXT_SIZE];
        const struct loopback_reply replies[] = {make_reply(first, missing[i], ""),
                                                 make_reply(second, 404, "")};
        struct err err = error_of(replies, 2, admin_credentials, NULL, &hints);
        row_text("older", err.text,
                 "127.0.0.1 has no /adminproxy/GetJITAwsConsoleAccessUrl (404); HOST-HINT");
    }
}

/* A portal that repeats the token in its words, and words that could drive a terminal. */
static void test_words_are_harmless(void **state)
{
    static const struct {
        const char *body;
        const char *want;
    } rows[] = {
        {"{\"Message\":\"bad the-secret-token\"}", "(403): bad ****************;"},
        {"bad the%2Dsecret-token", "(403): bad ******************;"},
        {"{\"Message\":\"a\\u001b[31mb\"}", "(403): a?[31mb;"},
        {"{\"message\":\"lower case\"}", "(403); ask"},
        {"{\"Message\":5}", "(403); ask"},
        {"{\"Message\": \"cut", "(403); ask"},
        {"  \r\n text", "(403): text;"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[TEXT_SIZE];
        const struct loopback_reply reply = make_reply(text, 403, rows[i].body);
        struct err err = error_of(&reply, 1, tenants, NULL, &hints);
        row_has(rows[i].body, err.text, rows[i].want);
        row_lacks(rows[i].body, err.text, "secret");
    }
}

/* A message may quote a value of the response, but not the token in it. */
static void test_token_in_a_value(void **state)
{
    static const struct {
        const char *body;
        call_function *call;
        const char *want;
    } rows[] = {
        {"\"x the-secret-token\"", tenant_region, "\"x ****************\" is not an AWS region"},
        {"{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"SessionToken\":\"c\","
         "\"Region\":\"the-secret-token!\"}",
         tenant_credentials, "\"****************!\" is not an AWS region"},
        {"{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"SessionToken\":\"c\","
         "\"Expiration\":\"the-secret-token\"}",
         tenant_credentials, "is not a time: \"****************\""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[TEXT_SIZE];
        struct loopback_reply reply = make_reply(text, 200, rows[i].body);
        struct err err = error_of(&reply, 1, rows[i].call, NULL, NULL);
        row_int(rows[i].body, err.kind, ERR_UNAVAILABLE);
        row_has(rows[i].body, err.text, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_token_in_a_value),
        cmocka_unit_test(test_mfa),
        cmocka_unit_test(test_an_older_portal),
        cmocka_unit_test(test_words_are_harmless),
    };
    return cmocka_run_group_tests_name("portal_messages", tests, NULL, NULL);
}
