/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "aws/credentials.h"
#include "aws/format.h"
#include "base/buf.h"
#include "base/err.h"

static const struct aws_credentials creds = {
    .access_key_id = "ASIAEXAMPLE",
    .secret_access_key = "s3cr/et+",
    .session_token = "tok==",
    .region = "eu-west-1",
    .expiration_s = 1767323045,
    .lifetime_s = 3600,
};

#define PROCESS                                                                                    \
    "{\"Version\":1,\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s3cr/et+\","             \
    "\"SessionToken\":\"tok==\",\"Expiration\":\"2026-01-02T03:04:05Z\"}\n"

/* The variables that SDKs use instead of the credentials, each in a line of its own. */
#define REMOVED(before, after)                                                                     \
    before "AWS_SECURITY_TOKEN" after before "AWS_PROFILE" after before                            \
           "AWS_DEFAULT_PROFILE" after before                                                      \
           "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" after before                                   \
           "AWS_CONTAINER_CREDENTIALS_FULL_URI" after before                                       \
           "AWS_CONTAINER_AUTHORIZATION_TOKEN" after before                                        \
           "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" after before                                   \
           "AWS_WEB_IDENTITY_TOKEN_FILE" after before "AWS_ROLE_ARN" after before                  \
           "AWS_ROLE_SESSION_NAME" after

static const struct {
    const char *name;
    enum aws_format format;
    const char *with_region;
    const char *without_region;
} formats[] = {
    {"process", AWS_FORMAT_PROCESS, PROCESS, PROCESS},
    {"env", AWS_FORMAT_ENV,
     "AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=s3cr/et+\nAWS_SESSION_TOKEN=tok==\n"
     "AWS_REGION=us-west-2\nAWS_DEFAULT_REGION=us-west-2\n"
     "AWS_CREDENTIAL_EXPIRATION=2026-01-02T03:04:05Z\n",
     "AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=s3cr/et+\nAWS_SESSION_TOKEN=tok==\n"
     "AWS_CREDENTIAL_EXPIRATION=2026-01-02T03:04:05Z\n"},
    {"shell", AWS_FORMAT_SHELL,
     REMOVED(
         "unset ",
         "\n") "export AWS_ACCESS_KEY_ID='ASIAEXAMPLE'\nexport AWS_SECRET_ACCESS_KEY='s3cr/et+'\n"
               "export AWS_SESSION_TOKEN='tok=='\nexport AWS_REGION='us-west-2'\n"
               "export AWS_DEFAULT_REGION='us-west-2'\n"
               "export AWS_CREDENTIAL_EXPIRATION='2026-01-02T03:04:05Z'\n",
     REMOVED(
         "unset ",
         "\n") "export AWS_ACCESS_KEY_ID='ASIAEXAMPLE'\nexport AWS_SECRET_ACCESS_KEY='s3cr/et+'\n"
               "export AWS_SESSION_TOKEN='tok=='\n"
               "export AWS_CREDENTIAL_EXPIRATION='2026-01-02T03:04:05Z'\n"},
    {"fish", AWS_FORMAT_FISH,
     REMOVED("set -e ",
             "; true;\n") "set -gx AWS_ACCESS_KEY_ID 'ASIAEXAMPLE';\nset -gx AWS_SECRET_ACCESS_KEY "
                          "'s3cr/et+';\n"
                          "set -gx AWS_SESSION_TOKEN 'tok==';\nset -gx AWS_REGION 'us-west-2';\n"
                          "set -gx AWS_DEFAULT_REGION 'us-west-2';\n"
                          "set -gx AWS_CREDENTIAL_EXPIRATION '2026-01-02T03:04:05Z';\n",
     REMOVED("set -e ", "; true;\n") "set -gx AWS_ACCESS_KEY_ID 'ASIAEXAMPLE';\nset -gx "
                                     "AWS_SECRET_ACCESS_KEY 's3cr/et+';\n"
                                     "set -gx AWS_SESSION_TOKEN 'tok==';\n"
                                     "set -gx AWS_CREDENTIAL_EXPIRATION '2026-01-02T03:04:05Z';\n"},
    {"powershell", AWS_FORMAT_POWERSHELL,
     REMOVED("$Env:",
             " = $null\n") "$Env:AWS_ACCESS_KEY_ID = 'ASIAEXAMPLE'\n$Env:AWS_SECRET_ACCESS_KEY = "
                           "'s3cr/et+'\n"
                           "$Env:AWS_SESSION_TOKEN = 'tok=='\n$Env:AWS_REGION = 'us-west-2'\n"
                           "$Env:AWS_DEFAULT_REGION = 'us-west-2'\n"
                           "$Env:AWS_CREDENTIAL_EXPIRATION = '2026-01-02T03:04:05Z'\n",
     REMOVED("$Env:", " = $null\n") "$Env:AWS_ACCESS_KEY_ID = "
                                    "'ASIAEXAMPLE'\n$Env:AWS_SECRET_ACCESS_KEY = 's3cr/et+'\n"
                                    "$Env:AWS_SESSION_TOKEN = 'tok=='\n"
                                    "$Env:AWS_CREDENTIAL_EXPIRATION = '2026-01-02T03:04:05Z'\n"},
    {"ini", AWS_FORMAT_INI,
     "[dev]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = s3cr/et+\n"
     "aws_session_token = tok==\nx_security_token_expires = 2026-01-02T03:04:05Z\n",
     "[dev]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = s3cr/et+\n"
     "aws_session_token = tok==\nx_security_token_expires = 2026-01-02T03:04:05Z\n"},
    {"github", AWS_FORMAT_GITHUB,
     "AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=s3cr/et+\nAWS_SESSION_TOKEN=tok==\n"
     "AWS_REGION=us-west-2\nAWS_DEFAULT_REGION=us-west-2\n"
     "AWS_CREDENTIAL_EXPIRATION=2026-01-02T03:04:05Z\n",
     "AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=s3cr/et+\nAWS_SESSION_TOKEN=tok==\n"
     "AWS_CREDENTIAL_EXPIRATION=2026-01-02T03:04:05Z\n"},
};
_Static_assert(ROWS(formats) == AWS_FORMAT_COUNT, "one row per format");

static void writes_each_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(formats); i++) {
        const char *const regions[] = {"us-west-2", ""};
        const char *const wants[] = {formats[i].with_region, formats[i].without_region};
        for (size_t j = 0; j < ROWS(regions); j++) {
            struct buf out;
            struct err err;
            buf_init(&out, 8192);
            row_int(formats[i].name,
                    aws_format_add(&out, formats[i].format, &creds, regions[j], "dev", &err), 0);
            row_text(formats[i].name, buf_str(&out), wants[j]);
            buf_done(&out);
        }
    }
}

static void writes_the_masks(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 1000);
    aws_format_add_masks(&out, &creds);
    assert_string_equal(buf_str(&out), "::add-mask::s3cr/et+\n::add-mask::tok==\n");
    buf_done(&out);
}

static void reports_an_invalid_expiration_and_a_full_buffer(void **state)
{
    static const struct {
        const char *name;
        int64_t expiration_s;
        size_t room;
        enum err_kind kind;
    } rows[] = {
        {"before 1970", -1, 8192, ERR_UNAVAILABLE},
        {"after 9999", 253402300800, 8192, ERR_UNAVAILABLE},
        {"no room", 1767323045, 60, ERR_INTERNAL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        for (int format = 0; format < AWS_FORMAT_COUNT; format++) {
            struct aws_credentials other = creds;
            struct buf out;
            struct err err;
            buf_init(&out, rows[i].room);
            other.expiration_s = rows[i].expiration_s;
            row_int(rows[i].name,
                    aws_format_add(&out, (enum aws_format)format, &other, "r", "dev", &err), -1);
            row_int(rows[i].name, err.kind, rows[i].kind);
            buf_done(&out);
        }
    }
}

/* Old SDKs read at most 8 KiB from a credential_process. */
static void keeps_the_largest_process_output_below_8_kib(void **state)
{
    struct aws_credentials large = {.expiration_s = 1767323045, .lifetime_s = 3600};
    struct buf out;
    struct err err;
    (void)state;
    memset(large.access_key_id, 'A', AWS_ACCESS_KEY_SIZE - 1);
    memset(large.secret_access_key, 'S', AWS_SECRET_SIZE - 1);
    memset(large.session_token, 'T', AWS_SESSION_TOKEN_SIZE - 1);
    buf_init(&out, 1 << 20);
    assert_int_equal(aws_credentials_check(&large, &err), 0);
    assert_int_equal(aws_format_add(&out, AWS_FORMAT_PROCESS, &large, "", "", &err), 0);
    assert_true(out.len < 8192);
    buf_done(&out);
}

/* json: the fields of process and those that the portal has sent. */
static void adds_the_other_fields(void **state)
{
    static const struct aws_credentials creds = {
        .expiration_s = 1767323045,
        .lifetime_s = 900,
        .access_key_id = "A",
        .secret_access_key = "S",
        .session_token = "T",
    };
    static const struct {
        struct aws_format_fields fields;
        const char *want;
    } rows[] = {
        {{"", "", false}, "}\n"},
        {{"r-1", "https://l?a=\"b", false},
         ",\"Region\":\"r-1\",\"ConsoleUrl\":\"https://l?a=\\\"b\"}\n"},
        {{"r-1", "", true}, ",\"Region\":\"r-1\",\"Validity\":900}\n"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        static const char start[] =
            "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
            "\"SessionToken\":\"T\",\"Expiration\":"
            "\"2026-01-02T03:04:05Z\"";
        struct buf out;
        struct err err;
        buf_init(&out, 4096);
        row_int(rows[i].want, aws_format_add_json(&out, &creds, &rows[i].fields, &err), 0);
        row_int(rows[i].want, strncmp(buf_str(&out), start, strlen(start)), 0);
        row_text(rows[i].want, buf_str(&out) + strlen(start), rows[i].want);
        buf_done(&out);
    }
}

static void fails_in_the_program_that_evaluates_the_output(void **state)
{
    (void)state;
    for (int format = 0; format <= AWS_FORMAT_COUNT; format++) {
        const char *line = aws_format_failure(format);
        const char *want = format == AWS_FORMAT_SHELL        ? "false\n"
                           : format == AWS_FORMAT_FISH       ? "false;\n"
                           : format == AWS_FORMAT_POWERSHELL ? "throw 'duplojit: no credentials'\n"
                                                             : "";
        row_text(aws_format_names[format], line != NULL ? line : "", want);
    }
}

static void names_each_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(formats); i++) {
        row_text(formats[i].name, aws_format_names[formats[i].format], formats[i].name);
    }
    assert_string_equal(aws_format_names[AWS_FORMAT_COUNT], "json");
    assert_null(aws_format_names[AWS_FORMAT_COUNT + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_format),
        cmocka_unit_test(writes_the_masks),
        cmocka_unit_test(reports_an_invalid_expiration_and_a_full_buffer),
        cmocka_unit_test(keeps_the_largest_process_output_below_8_kib),
        cmocka_unit_test(adds_the_other_fields),
        cmocka_unit_test(fails_in_the_program_that_evaluates_the_output),
        cmocka_unit_test(names_each_format),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
