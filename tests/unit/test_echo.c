/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "portal/echo.h"

#define TOKEN "AQAAANCMnd8BFdER/jHoAwE"
#define STARS "***********************"

static void test_hide(void **state)
{
    static const struct {
        const char *name;
        const char *secret;
        const char *text;
        const char *want;
    } rows[] = {
        {"no secret", NULL, "The token", "The token"},
        {"an empty secret", "", "The token", "The token"},
        {"an empty text", TOKEN, "", ""},
        {"a long token", TOKEN, "no " TOKEN ".", "no " STARS "."},
        {"a long token in a word", TOKEN, "x" TOKEN "y", "x" STARS "y"},
        {"twice", TOKEN, TOKEN TOKEN, STARS STARS},
        {"its first 12 characters", TOKEN, "AQAAANCMnd8B...", "************..."},
        {"its first 11 characters", TOKEN, "AQAAANCMnd8", "AQAAANCMnd8"},
        {"escaped in JSON", TOKEN, "AQAAANCMnd8BFdER\\/jHoAwE", STARS "*"},
        {"escaped as a code", TOKEN, "AQAAANCMnd8BFdER\\u002fjHoAwE", STARS "*****"},
        {"percent-encoded", TOKEN, "t=AQAAANCMnd8BFdER%2FjHoAwE&", "t=" STARS "**&"},
        {"a short token in a word", "tok", "The token", "The token"},
        {"a short token at the end of a word", "ken", "The token", "The token"},
        {"a short token alone", "tok", "The tok, tok", "The ***, ***"},
        {"a short token is the text", "tok", "tok", "***"},
        {"a short token between words", "tok", "token tok token", "token *** token"},
        {"a short token twice", "tok", "toktok", "******"},
        {"a short token next to digits", "tok", "1tok2", "1***2"},
        {"11 characters in a word", "abcdefghijk", "abcdefghijkl", "abcdefghijkl"},
        {"12 characters in a word", "abcdefghijkl", "abcdefghijklm", "************m"},
        {"an MFA code", "123456", "code 123456.", "code ******."},
        {"an MFA code after a letter", "123456", "x123456y", "x******y"},
        {"an MFA code twice", "123456", "123456123456", "************"},
        {"an MFA code in a number", "123456", "0123456 1234567", "0123456 1234567"},
        {"a percent sign in the secret", "a%b%c", "a%b%c", "*****"},
        {"half of an escape at the end", TOKEN, "AQAAANCMnd8BFdER\\u00", "****************\\u00"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *text = strdup(rows[i].text); /* of its exact size */
        assert_non_null(text);
        echo_hide(text, rows[i].secret);
        row_text(rows[i].name, text, rows[i].want);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hide),
    };
    return cmocka_run_group_tests_name("echo", tests, NULL, NULL);
}
