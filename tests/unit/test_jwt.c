/* SPDX-License-Identifier: MIT */
/* Tokens that say whose they are. */
#include "rows.h"

#include "portal/jwt.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jwt),
    };
    return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
