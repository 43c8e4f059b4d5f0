/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/update_aws_config/mask.h"

static void test_mask(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"empty", "", ""},
        {"nothing secret", "[profile a]\nregion = us-west-2\n",
         "[profile a]\nregion = us-west-2\n"},
        {"secret key", "aws_secret_access_key = SECRET\n", "aws_secret_access_key = ***\n"},
        {"session token", "aws_session_token=SECRET\n", "aws_session_token=***\n"},
        {"security token", "aws_security_token : SECRET\n", "aws_security_token : ***\n"},
        {"upper case, indented", "\tAWS_Secret_Access_Key\t=\tSECRET\n",
         "\tAWS_Secret_Access_Key\t=\t***\n"},
        {"value with blanks", "aws_session_token = SECRET SECRET\n", "aws_session_token = ***\n"},
        {"CRLF stays", "aws_session_token = SECRET\r\nregion = x\r\n",
         "aws_session_token = ***\r\nregion = x\r\n"},
        {"no newline at the end", "aws_session_token = SECRET", "aws_session_token = ***"},
        {"the access key ID is no secret", "aws_access_key_id = ASIA\n",
         "aws_access_key_id = ASIA\n"},
        {"no value", "aws_session_token =\n", "aws_session_token =\n"},
        {"no equals sign", "aws_session_token\n", "aws_session_token\n"},
        {"a longer key", "aws_session_token_file = /run/x\n", "aws_session_token_file = /run/x\n"},
        {"every line", "aws_session_token = SECRET\naws_secret_access_key = SECRET\n",
         "aws_session_token = ***\naws_secret_access_key = ***\n"},
        {"--token", "credential_process = p --token SECRET --host h\n",
         "credential_process = p --token *** --host h\n"},
        {"--token at the end", "credential_process = p --token SECRET\n",
         "credential_process = p --token ***\n"},
        {"--token=", "credential_process = p --token=SECRET -x\n",
         "credential_process = p --token=*** -x\n"},
        {"-token", "credential_process = p -token SECRET\r\n",
         "credential_process = p -token ***\r\n"},
        {"several blanks", "credential_process = p --token \t SECRET x\n",
         "credential_process = p --token \t *** x\n"},
        {"tab behind", "credential_process = p --token SECRET\t--host h\n",
         "credential_process = p --token ***\t--host h\n"},
        {"behind --token-file", "credential_process = p --token-file /run/t --token SECRET\n",
         "credential_process = p --token-file /run/t --token ***\n"},
        {"--token-file alone", "credential_process = p --token-file /run/t\n",
         "credential_process = p --token-file /run/t\n"},
        {"--token with nothing", "credential_process = p --token\n",
         "credential_process = p --token\n"},
        {"--token and blanks", "credential_process = p --token  \n",
         "credential_process = p --token  \n"},
        {"the line after is another", "x = --token\nregion = y\n", "x = --token\nregion = y\n"},
        {"-t", "credential_process = p -t SECRET --host h\n",
         "credential_process = p -t *** --host h\n"},
        {"-t and the token in one", "credential_process = p -tSECRET x\n",
         "credential_process = p -t*** x\n"},
        {"-t behind other letters", "credential_process = p -It SECRET x -ItSECRET\n",
         "credential_process = p -It *** x -It***\n"},
        {"-t=", "credential_process = p -t=SECRET\n", "credential_process = p -t***\n"},
        {"-token=", "credential_process = p -token=SECRET x\n",
         "credential_process = p -token=*** x\n"},
        {"upper case", "credential_process = p --TOKEN SECRET x\n",
         "credential_process = p --TOKEN *** x\n"},
        {"options that begin so",
         "credential_process = p -tenant a -tid b -timeout 1s -token-file c\n",
         "credential_process = p -tenant a -tid b -timeout 1s -token-file c\n"},
        {"with a value of their own",
         "credential_process = p -tenant=a -timeout=1s --tenant a -T a\n",
         "credential_process = p -tenant=a -timeout=1s --tenant a -T a\n"},
        {"two of them", "credential_process = p -t SECRET --token=SECRET --otp SECRET -x\n",
         "credential_process = p -t *** --token=*** --otp *** -x\n"},
        {"--otp=", "credential_process = p --otp=SECRET\n", "credential_process = p --otp=***\n"},
        {"in quotes", "credential_process = p --token \"SECRET SECRET\" x\n",
         "credential_process = p --token *** x\n"},
        {"in quotes behind =", "credential_process = p --token='SECRET SECRET' x\n",
         "credential_process = p --token=*** x\n"},
        {"the option in quotes", "credential_process = p \"--token\" 'SECRET' x\n",
         "credential_process = p \"--token\" *** x\n"},
        {"all in quotes", "credential_process = sh -c 'p --token SECRET'\n",
         "credential_process = sh -c 'p --token ***\n"},
        {"a quote without end", "credential_process = p --token \"SECRET SECRET\n",
         "credential_process = p --token ***\n"},
        {"a variable", "credential_process = env DUPLO_TOKEN=SECRET duplo_token=SECRET p\n",
         "credential_process = env DUPLO_TOKEN=*** duplo_token=*** p\n"},
        {"a variable of AWS", "credential_process = env AWS_SESSION_TOKEN=SECRET p\n",
         "credential_process = env AWS_SESSION_TOKEN=*** p\n"},
        {"a variable with a file", "credential_process = env DUPLO_TOKEN_FILE=/run/t p\n",
         "credential_process = env DUPLO_TOKEN_FILE=/run/t p\n"},
        {"quotes, no secret", "credential_process = \"/a b/p\" 'x' \"\" '\n",
         "credential_process = \"/a b/p\" 'x' \"\" '\n"},
        {"in a comment", "# credential_process = p --token SECRET\n",
         "# credential_process = p --token ***\n"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        aws_mask_secrets(&out, rows[i].text, strlen(rows[i].text));
        row_text(rows[i].name, buf_str(&out), rows[i].want);
        row_lacks(rows[i].name, buf_str(&out), "SECRET");
        buf_done(&out);
    }
}

/* A file may hold anything. */
static void test_nul_and_limit(void **state)
{
    static const char text[] = "a\0b\naws_session_token = SEC\0RET\nend";
    static const char want[] = "a\0b\naws_session_token = ***\nend";
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    aws_mask_secrets(&out, text, sizeof(text) - 1);
    assert_int_equal(out.len, sizeof(want) - 1);
    assert_memory_equal(out.data, want, sizeof(want) - 1);
    buf_done(&out);
    buf_init(&out, 10);
    aws_mask_secrets(&out, text, sizeof(text) - 1);
    assert_true(buf_failed(&out));
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_nul_and_limit),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
