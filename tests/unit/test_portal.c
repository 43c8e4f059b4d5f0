/* SPDX-License-Identifier: MIT */
/* Finding tenants, and paths: what needs no portal. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "portal/call.h"
#include "portal/portal.h"

static const struct portal_tenant tenants[] = {
    {.name = "dev01", .id = "id-1"},
    {.name = "Prod", .id = "id-2"},
    {.name = "dev", .id = "id-3"},
};

static void test_find_tenant(void **state)
{
    static const struct {
        const char *name;
        const char *want; /* NULL: not found */
    } rows[] = {
        {"dev01", "id-1"}, {"DEV01", "id-1"}, {"prod", "id-2"}, {"dev", "id-3"}, {"id-2", "id-2"},
        {"ID-3", "id-3"},  {"de", NULL},      {"dev011", NULL}, {"id-", NULL},   {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        const struct portal_tenant *found =
            portal_find_tenant(tenants, ROWS(tenants), rows[i].name, &err);
        row_int(rows[i].name, found != NULL, rows[i].want != NULL);
        if (found != NULL) {
            row_text(rows[i].name, found->id, rows[i].want);
        } else {
            row_int(rows[i].name, err.kind, ERR_REJECTED);
            row_has(rows[i].name, err.text, "dev01, Prod, dev");
        }
    }
}

static void test_an_exact_name_comes_first(void **state)
{
    static const struct portal_tenant alike[] = {
        {.name = "id-3", .id = "1"}, {.name = "Dev", .id = "2"}, {.name = "dev", .id = "id-3"}};
    static const struct {
        const char *name;
        const char *want;
    } rows[] = {{"dev", "id-3"}, {"Dev", "2"}, {"dEV", "2"}, {"id-3", "1"}, {"ID-3", "1"}};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        const struct portal_tenant *found = portal_find_tenant(alike, 3, rows[i].name, &err);
        row_true(rows[i].name, found != NULL);
        row_text(rows[i].name, found->id, rows[i].want);
    }
}

static void test_find_in_no_or_many_tenants(void **state)
{
    static struct portal_tenant many[1000];
    struct err err = {0};
    (void)state;
    assert_null(portal_find_tenant(NULL, 0, "dev01", &err));
    assert_int_equal(err.kind, ERR_REJECTED);
    assert_non_null(strstr(err.text, "none"));
    for (size_t i = 0; i < ROWS(many); i++) {
        memset(many[i].name, 'a' + (int)(i % 26), PORTAL_NAME_SIZE - 1 - i % 100);
    }
    for (size_t count = 1; count <= ROWS(many); count++) {
        assert_null(portal_find_tenant(many, count, "no such", &err));
        assert_true(strlen(err.text) < 500);
        assert_true(count < 4 || strstr(err.text, ", ...") != NULL);
    }
}

/* Only a name needs the portal: there is no client here that could ask it. */
static void test_resolve_without_a_call(void **state)
{
    static const struct {
        struct scope scope;
        const char *want;
    } rows[] = {
        {{SCOPE_TENANT_ID, "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70", false},
         "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"},
        {{SCOPE_ADMIN, "", false}, ""},
        {{SCOPE_DUPLO_OPS, "", false}, ""},
    };
    const struct portal portal = {0};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char id[PORTAL_ID_SIZE] = "?";
        struct err err = {0};
        row_int(rows[i].want, portal_resolve_tenant(&portal, &rows[i].scope, id, &err), 0);
        row_text(rows[i].want, id, rows[i].want);
    }
}

static void test_path(void **state)
{
    static const struct {
        const char *id;
        const char *want;
    } rows[] = {
        {"0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70",
         "/subscriptions/0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70/Ask"},
        {"../admin?x=1#", "/subscriptions/..%2Fadmin%3Fx%3D1%23/Ask"},
        {"a\r\nb", "/subscriptions/a%0D%0Ab/Ask"},
    };
    char path[PORTAL_PATH_SIZE];
    char id[PORTAL_PATH_SIZE];
    struct err err;
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].id, portal_path_with(path, "/subscriptions/", rows[i].id, "/Ask", &err), 0);
        row_text(rows[i].id, path, rows[i].want);
    }
    memset(id, 'a', sizeof(id));
    id[sizeof(id) - 1] = '\0';
    assert_int_equal(portal_path_with(path, "/subscriptions/", id, "/Ask", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_tenant),
        cmocka_unit_test(test_an_exact_name_comes_first),
        cmocka_unit_test(test_find_in_no_or_many_tenants),
        cmocka_unit_test(test_resolve_without_a_call),
        cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests_name("portal", tests, NULL, NULL);
}
