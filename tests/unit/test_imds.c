/* SPDX-License-Identifier: MIT */
/* Session tokens of the metadata service. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "serve/imds.h"

enum { NOW_MS = 1000 };

static void expire(void **state)
{
    struct imds imds;
    struct err err;
    char token[IMDS_TOKEN_SIZE];
    (void)state;
    assert_int_equal(imds_init(&imds, &err), 0);
    assert_true(imds_make_token(&imds, NOW_MS, 60, token));
    assert_int_equal(strlen(token), IMDS_TOKEN_SIZE - 1);
    assert_true(imds_check_token(&imds, NOW_MS + 59999, token));
    assert_false(imds_check_token(&imds, NOW_MS + 60000, token));
    assert_true(imds_make_token(&imds, NOW_MS, IMDS_TTL_MAX_S, token));
    assert_true(imds_check_token(&imds, NOW_MS + IMDS_TTL_MAX_S * 1000LL - 1, token));
    assert_false(imds_check_token(&imds, NOW_MS + IMDS_TTL_MAX_S * 1000LL, token));
}

static void belong_to_one_key(void **state)
{
    struct imds imds;
    struct imds other;
    struct err err;
    char token[IMDS_TOKEN_SIZE];
    (void)state;
    assert_int_equal(imds_init(&imds, &err), 0);
    assert_int_equal(imds_init(&other, &err), 0);
    assert_true(imds_make_token(&imds, NOW_MS, 60, token));
    assert_false(imds_check_token(&other, NOW_MS, token));
}

/* A change of any digit, and any shorter or longer text, is rejected. */
static void cannot_be_altered(void **state)
{
    struct imds imds;
    struct err err;
    char token[IMDS_TOKEN_SIZE];
    char longer[IMDS_TOKEN_SIZE + 1];
    (void)state;
    assert_int_equal(imds_init(&imds, &err), 0);
    assert_true(imds_make_token(&imds, NOW_MS, 60, token));
    for (size_t i = 0; token[i] != '\0'; i++) {
        char good = token[i];
        token[i] = good == '0' ? '1' : '0';
        assert_false(imds_check_token(&imds, NOW_MS, token));
        token[i] = '\0';
        assert_false(imds_check_token(&imds, NOW_MS, token));
        token[i] = good;
    }
    assert_true(imds_check_token(&imds, NOW_MS, token));
    memcpy(longer, token, IMDS_TOKEN_SIZE - 1);
    memcpy(longer + IMDS_TOKEN_SIZE - 1, "0", 2);
    assert_false(imds_check_token(&imds, NOW_MS, longer));
    assert_false(imds_check_token(&imds, NOW_MS, ""));
    assert_false(imds_check_token(&imds, NOW_MS, "zz"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expire),
        cmocka_unit_test(belong_to_one_key),
        cmocka_unit_test(cannot_be_altered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
