/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "base/text.h"

static const struct aws_credentials valid = {
    .access_key_id = "ASIAEXAMPLE",
    .secret_access_key = "abc/DEF+123",
    .session_token = "IQoJb3JpZ2luX2VjEA==",
    .region = "us-gov-west-1",
};

/* A field of creds, with its size and its name in messages. */
static char *field(struct aws_credentials *creds, int index, size_t *size, const char **name)
{
    switch (index) {
    case 0:
        *size = sizeof(creds->access_key_id);
        *name = "AccessKeyId";
        return creds->access_key_id;
    case 1:
        *size = sizeof(creds->secret_access_key);
        *name = "SecretAccessKey";
        return creds->secret_access_key;
    default:
        *size = sizeof(creds->session_token);
        *name = "SessionToken";
        return creds->session_token;
    }
}

static void checks_every_value(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        bool valid;
    } rows[] = {
        {"letters and digits", "azAZ09", true},
        {"base64", "ab+/==", true},
        {"other allowed characters", "_-.:,@%", true},
        {"empty", "", false},
        {"single quote", "CANARY'", false},
        {"double quote", "CANARY\"", false},
        {"a shell command", "CANARY'; rm -rf /; '", false},
        {"a JSON member", "CANARY\",\"x\":\"", false},
        {"backslash", "CANARY\\", false},
        {"newline at the end", "CANARY\n", false},
        {"newline and a variable", "CANARY\nPATH=/tmp", false},
        {"carriage return", "CANARY\r", false},
        {"workflow command", "CANARY\n::set-output name=x::y", false},
        {"ini section", "CANARY\n[default]", false},
        {"dollar", "CANARY$HOME", false},
        {"backtick", "CANARY`id`", false},
        {"blank", "CANARY CANARY", false},
        {"tab", "CANARY\tx", false},
        {"semicolon", "CANARY;x", false},
        {"hash", "CANARY#x", false},
        {"ampersand", "CANARY&x", false},
        {"pipe", "CANARY|x", false},
        {"angle bracket", "CANARY>x", false},
        {"brace", "CANARY{x", false},
        {"bracket", "[CANARY]", false},
        {"star", "CANARY*", false},
        {"question mark", "CANARY?", false},
        {"exclamation mark", "CANARY!", false},
        {"tilde", "~CANARY", false},
        {"caret", "CANARY^", false},
        {"escape sequence", "CANARY\033[2J", false},
        {"DEL", "CANARY\177", false},
        {"UTF-8", "CANARY\xc3\xa9", false},
        {"smart quote", "CANARY\xe2\x80\x99", false},
        {"byte FF", "CANARY\xff", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        for (int j = 0; j < 3; j++) {
            struct aws_credentials creds = valid;
            struct err err = {0};
            const char *name = NULL;
            size_t size = 0;
            char *value = field(&creds, j, &size, &name);
            row_true(rows[i].name, text_copy(value, size, rows[i].value));
            row_int(rows[i].name, aws_credentials_check(&creds, &err), rows[i].valid ? 0 : -1);
            if (!rows[i].valid) {
                row_int(rows[i].name, err.kind, ERR_UNAVAILABLE);
                row_has(rows[i].name, err.text, name);
                row_lacks(rows[i].name, err.text, "CANARY");
            }
        }
    }
}

static void checks_the_region(void **state)
{
    static const struct {
        const char *region;
        bool valid;
    } rows[] = {
        {"us-west-2", true},
        {"us-gov-west-1", true},
        {"cn-north-1", true},
        {"eusc-de-east-1", true},
        {"", false},
        {"us west 2", false},
        {"us-west-2\n", false},
        {"us-west-2'", false},
        {"us_west_2", false},
        {"us/west", false},
        {"$HOME", false},
        {"us-w\xc3\xa9st", false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct aws_credentials creds = valid;
        struct err err = {0};
        row_int(rows[i].region, aws_region_check(rows[i].region, &err), rows[i].valid ? 0 : -1);
        row_int(rows[i].region, err.kind, rows[i].valid ? ERR_NONE : ERR_USAGE);
        /* Credentials may have no region, but not an invalid one. */
        bool passes = rows[i].valid || rows[i].region[0] == '\0';
        row_true(rows[i].region, text_copy(creds.region, sizeof(creds.region), rows[i].region));
        err.kind = ERR_NONE;
        row_int(rows[i].region, aws_credentials_check(&creds, &err), passes ? 0 : -1);
        row_int(rows[i].region, err.kind, passes ? ERR_NONE : ERR_UNAVAILABLE);
    }
}

static void limits_the_length_of_a_region(void **state)
{
    char region[AWS_REGION_SIZE + 1];
    struct err err;
    (void)state;
    memset(region, 'a', sizeof(region));
    region[AWS_REGION_SIZE - 1] = '\0';
    assert_int_equal(aws_region_check(region, &err), 0);
    region[AWS_REGION_SIZE - 1] = 'a';
    region[AWS_REGION_SIZE] = '\0';
    assert_int_equal(aws_region_check(region, &err), -1);
}

static void wipes_everything(void **state)
{
    static const struct aws_credentials zero;
    struct aws_credentials creds = valid;
    (void)state;
    creds.expiration_s = 1;
    aws_credentials_wipe(&creds);
    assert_memory_equal(&creds, &zero, sizeof(creds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_every_value),
        cmocka_unit_test(checks_the_region),
        cmocka_unit_test(limits_the_length_of_a_region),
        cmocka_unit_test(wipes_everything),
    };
    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
