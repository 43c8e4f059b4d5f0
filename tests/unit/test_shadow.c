/* SPDX-License-Identifier: MIT */
/*
 * The keys that AWS tools prefer. The expected tools were found by running botocore 1.44 (AWS CLI,
 * boto3) and the SDKs for Go v2, Java v2, JavaScript v3 and Rust with each of these profiles.
 */
#include <stdio.h>
#include <string.h>

#include "aws/shadow.h"
#include "ini_help.h"

#define ALL "the AWS CLI, boto3 and the SDKs for Go, Java, JavaScript and Rust"
#define ROLE "role_arn = arn:aws:iam::123456789012:role/x\n"
#define SECRET "aws_secret_access_key = s\n"

/* The tools that do not use the target if the profile has these keys; NULL if all use it. */
static const struct {
    const char *keys;
    const char *process; /* with credential_process, keys in the config file */
    const char *fixed;   /* with static keys, keys in the credentials file */
} rows[] = {
    {"region = x\noutput = json\n", NULL, NULL},
    {"mfa_serial = x\nexternal_id = y\naws_account_id = 1\n", NULL, NULL},
    {ROLE, "the AWS CLI, boto3 and the SDKs for Go and Rust",
     "the AWS CLI, boto3 and the SDKs for Go and Rust"},
    {"source_profile = b\n", "the SDK for Go", "the SDK for Go"},
    {"credential_source = Environment\n", "the SDKs for Go and Rust", "the SDKs for Go and Rust"},
    {ROLE "source_profile = b\n", ALL, ALL},
    {ROLE "credential_source = Environment\n", ALL, ALL},
    {"web_identity_token_file = /t\n", "the AWS CLI, boto3 and the SDKs for Go and Rust",
     "the AWS CLI, boto3 and the SDKs for Go and Rust"},
    {ROLE "web_identity_token_file = /t\n", ALL,
     "the AWS CLI, boto3 and the SDKs for Go, Java and Rust"},
    {"sso_session = s\n", "the SDKs for Go, Java and Rust", "the SDKs for Java and Rust"},
    {"sso_start_url = s\n", "the SDKs for Go, Java and Rust", "the SDKs for Java and Rust"},
    {"SSO_Region = s\n", "the SDKs for Go, Java and Rust", "the SDKs for Java and Rust"},
    {"sso_account_id = s\n", "the AWS CLI, boto3 and the SDKs for Go, Java and Rust",
     "the AWS CLI, boto3 and the SDKs for Java and Rust"},
    {"sso_role_name = s\n", "the AWS CLI, boto3 and the SDKs for Go, Java and Rust",
     "the AWS CLI, boto3 and the SDKs for Java and Rust"},
    {"login_session = s\n", "the AWS CLI, boto3 and the SDKs for Go and Rust", "the SDK for Rust"},
    {"aws_access_key_id = A\n", "the SDK for Go", NULL},
    {SECRET, "the SDK for Go", NULL},
    {"aws_access_key_id = A\n" SECRET, "the SDKs for Go and JavaScript", NULL},
    {"credential_process = x\n", NULL, "the SDKs for Java and Rust"},
};

static void find(enum shadow_target target, const char *config, const char *credentials,
                 struct shadow *shadow, char text[SHADOW_TEXT_SIZE])
{
    struct ini_doc doc[2] = {ini_help_parse(INI_CONFIG, config, strlen(config)),
                             ini_help_parse(INI_CREDENTIALS, credentials, strlen(credentials))};
    struct err err;
    assert_int_equal(shadow_find(target, &doc[0], &doc[1], "dev", shadow, &err), 0);
    shadow_describe(shadow, target, "/config", "/credentials", text);
    ini_done(&doc[0]);
    ini_done(&doc[1]);
}

static void check(const char *keys, const struct shadow *shadow, const char *text, const char *want)
{
    if (want == NULL) {
        row_int(keys, (long)shadow->tools, 0);
        row_int(keys, (long)(shadow->config_count + shadow->credentials_count), 0);
        return;
    }
    row_true(keys, strncmp(text, want, strlen(want)) == 0);
    row_has(keys, text + strlen(want), " prefer");
}

static void knows_what_each_tool_prefers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char file[512];
        char text[SHADOW_TEXT_SIZE];
        struct shadow shadow;
        snprintf(file, sizeof(file), "[profile dev]\n%s", rows[i].keys);
        find(SHADOW_PROCESS, file, "", &shadow, text);
        check(rows[i].keys, &shadow, text, rows[i].process);
        snprintf(file, sizeof(file), "[dev]\n%s", rows[i].keys);
        find(SHADOW_STATIC_KEYS, "", file, &shadow, text);
        check(rows[i].keys, &shadow, text, rows[i].fixed);
    }
}

static void merges_the_two_files(void **state)
{
    char text[SHADOW_TEXT_SIZE];
    struct shadow shadow;
    (void)state;
    find(SHADOW_PROCESS, "[profile dev]\nsource_profile = b\n", "[dev]\n" ROLE, &shadow, text);
    assert_string_equal(text, ALL " prefer source_profile in /config and role_arn in /credentials "
                                  "to credential_process");
    find(SHADOW_PROCESS, "", "[dev]\naws_access_key_id = A\n" SECRET, &shadow, text);
    assert_string_equal(text, "the AWS CLI, boto3 and the SDKs for Go and JavaScript prefer "
                              "aws_access_key_id, aws_secret_access_key in /credentials to "
                              "credential_process");
    find(SHADOW_PROCESS, "[profile other]\n" ROLE, "[other]\n" ROLE, &shadow, text);
    assert_int_equal(shadow.tools, 0);
    find(SHADOW_STATIC_KEYS, "", "[dev]\nlogin_session = s\n", &shadow, text);
    assert_string_equal(text, "the SDK for Rust prefers login_session in /credentials to the "
                              "static keys");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_each_tool_prefers),
        cmocka_unit_test(merges_the_two_files),
    };
    return cmocka_run_group_tests_name("shadow", tests, NULL, NULL);
}
