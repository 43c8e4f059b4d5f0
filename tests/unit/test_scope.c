/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "portal/scope.h"

#define ID "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"
#define UPPER_ID "0F3C9A52-7D1E-4B8A-9C55-2E6D8B1F4A70"

static void test_tenant(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        enum scope_kind kind;
        const char *want; /* NULL: a usage error */
    } rows[] = {
        {"name", "dev01", SCOPE_TENANT_NAME, "dev01"},
        {"upper case", "DEV01", SCOPE_TENANT_NAME, "dev01"},
        {"one letter", "a", SCOPE_TENANT_NAME, "a"},
        {"digits", "123", SCOPE_TENANT_NAME, "123"},
        {"31 characters", "abcdefghijklmnopqrstuvwxyz01234", SCOPE_TENANT_NAME,
         "abcdefghijklmnopqrstuvwxyz01234"},
        {"ID", ID, SCOPE_TENANT_ID, ID},
        {"ID in upper case", UPPER_ID, SCOPE_TENANT_ID, ID},
        {"32 characters, no ID", "abcdefghijklmnopqrstuvwxyz012345", SCOPE_TENANT_NAME, NULL},
        {"ID without dashes", "0f3c9a527d1e4b8a9c552e6d8b1f4a70", SCOPE_TENANT_NAME, NULL},
        {"ID and a blank", ID " ", SCOPE_TENANT_ID, ID},
        {"blanks around it", "  Dev01 ", SCOPE_TENANT_NAME, "dev01"},
        {"31 characters and blanks", "   abcdefghijklmnopqrstuvwxyz01234   ", SCOPE_TENANT_NAME,
         "abcdefghijklmnopqrstuvwxyz01234"},
        {"only blanks", "  ", SCOPE_TENANT_NAME, NULL},
        {"very long", ID ID ID ID ID ID ID ID, SCOPE_TENANT_NAME, NULL},
        {"empty", "", SCOPE_TENANT_NAME, NULL},
        {"blank", "dev 01", SCOPE_TENANT_NAME, NULL},
        {"slash", "../admin", SCOPE_TENANT_NAME, NULL},
        {"newline", "dev01\n", SCOPE_TENANT_NAME, NULL},
        {"DEL", "dev01\177", SCOPE_TENANT_NAME, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct scope scope = {0};
        struct err err = {0};
        int result = scope_set_tenant(&scope, rows[i].text, &err);
        row_int(rows[i].name, result, rows[i].want != NULL ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].want != NULL ? ERR_NONE : ERR_USAGE);
        if (rows[i].want != NULL) {
            row_int(rows[i].name, scope.kind, rows[i].kind);
            row_text(rows[i].name, scope.tenant, rows[i].want);
        }
    }
}

static void test_tenant_id(void **state)
{
    static const char *const bad[] = {"", "dev01", ID "0", ID "\n", "0f3c9a52"};
    struct scope scope = {0};
    struct err err = {0};
    (void)state;
    assert_int_equal(scope_set_tenant_id(&scope, UPPER_ID, &err), 0);
    assert_int_equal(scope.kind, SCOPE_TENANT_ID);
    assert_string_equal(scope.tenant, ID);
    for (size_t i = 0; i < ROWS(bad); i++) {
        row_int(bad[i], scope_set_tenant_id(&scope, bad[i], &err), -1);
        row_int(bad[i], err.kind, ERR_USAGE);
        row_has(bad[i], err.text, "UUID");
    }
}

static void test_describe(void **state)
{
    static const struct {
        struct scope scope;
        const char *want;
    } rows[] = {
        {{SCOPE_TENANT_NAME, "dev01", false}, "tenant dev01"},
        {{SCOPE_TENANT_ID, ID, false}, "tenant " ID},
        {{SCOPE_ADMIN, "", false}, "administrator"},
        {{SCOPE_ADMIN, "dev01", false}, "administrator, region of dev01"},
        {{SCOPE_DUPLO_OPS, "", false}, "duplo-ops"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[SCOPE_TEXT_SIZE];
        scope_describe(&rows[i].scope, text);
        row_text(rows[i].want, text, rows[i].want);
    }
}

/* The keys are in the caches of users: they must stay as they are. */
static void test_key(void **state)
{
    static const struct {
        struct scope scope;
        const char *key;
    } rows[] = {
        {{SCOPE_TENANT_NAME, "dev01", false}, "tenant:dev01"},
        {{SCOPE_TENANT_ID, ID, false}, "tenant-id:" ID},
        {{SCOPE_ADMIN, "", false}, "admin"},
        {{SCOPE_DUPLO_OPS, "", false}, "duplo-ops"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char key[SCOPE_KEY_SIZE];
        char described[SCOPE_TEXT_SIZE];
        char from_key[SCOPE_TEXT_SIZE];
        struct scope back;
        struct err err = {0};
        scope_key(&rows[i].scope, key);
        row_text(rows[i].key, key, rows[i].key);
        row_int(rows[i].key, scope_parse(&back, key, &err), 0);
        row_int(rows[i].key, back.kind, rows[i].scope.kind);
        row_text(rows[i].key, back.tenant, rows[i].scope.tenant);
        scope_describe(&rows[i].scope, described);
        scope_describe_key(key, from_key);
        row_text(rows[i].key, from_key, described);
    }
}

/* It is in caches, too, but users cannot write it: scope_parse refuses it. */
static void test_key_of_a_region(void **state)
{
    const struct scope scope = {SCOPE_ADMIN, "dev01", false};
    char key[SCOPE_KEY_SIZE];
    char text[SCOPE_TEXT_SIZE];
    struct scope back;
    struct err err;
    (void)state;
    scope_key(&scope, key);
    assert_string_equal(key, "admin:dev01");
    scope_describe_key(key, text);
    assert_string_equal(text, "administrator, region of dev01");
    assert_int_equal(scope_parse(&back, key, &err), -1);
}

static void test_parse(void **state)
{
    static const char *const bad[] = {
        "",       "dev01", "tenant",        "tenant:",       "tenant:a b", "tenant-id:dev01",
        "admin:", "Admin", "administrator", "duplo-ops:dev", " admin",     "tenant-id:",
    };
    struct scope scope;
    struct err err = {0};
    char text[SCOPE_TEXT_SIZE];
    (void)state;
    assert_int_equal(scope_parse(&scope, "tenant:" UPPER_ID, &err), 0);
    assert_int_equal(scope.kind, SCOPE_TENANT_ID);
    assert_string_equal(scope.tenant, ID);
    for (size_t i = 0; i < ROWS(bad); i++) {
        row_int(bad[i], scope_parse(&scope, bad[i], &err), -1);
        row_int(bad[i], err.kind, ERR_USAGE);
        scope_describe_key(bad[i], text);
        row_text(bad[i], text, bad[i]);
    }
}

static void test_a_secret_is_not_shown(void **state)
{
    struct scope scope;
    struct err err = {0};
    (void)state;
    assert_int_equal(scope_set_tenant(&scope, "CANARY" ID, &err), -1);
    assert_null(strstr(err.text, "CANARY"));
    assert_non_null(strstr(err.text, "is not a tenant ID"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tenant),
        cmocka_unit_test(test_tenant_id),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_key_of_a_region),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_a_secret_is_not_shown),
    };
    return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
