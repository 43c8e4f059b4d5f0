/* SPDX-License-Identifier: MIT */
/* What of portal/ needs no portal: choosing among tenants, and paths. */
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

static void test_pick(void **state)
{
    static const struct {
        const char *name;
        const char *want; /* NULL: not found */
    } rows[] = {
        {"dev01", "id-1"}, {"DEV01", "id-1"}, {"prod", "id-2"}, {"dev", "id-3"},
        {"de", NULL},      {"dev011", NULL},  {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char id[PORTAL_ID_SIZE] = "";
        struct err err = {0};
        int result = portal_pick_tenant(tenants, ROWS(tenants), rows[i].name, id, &err);
        row_int(rows[i].name, result, rows[i].want != NULL ? 0 : -1);
        if (rows[i].want != NULL) {
            row_text(rows[i].name, id, rows[i].want);
        } else {
            row_int(rows[i].name, err.kind, ERR_REJECTED);
            row_has(rows[i].name, err.text, "dev01, Prod, dev");
        }
    }
}

static void test_pick_the_very_name_first(void **state)
{
    static const struct portal_tenant alike[] = {
        {.name = "DEV", .id = "1"}, {.name = "Dev", .id = "2"}, {.name = "dev", .id = "3"}};
    static const struct {
        const char *name;
        const char *want;
    } rows[] = {{"dev", "3"}, {"Dev", "2"}, {"DEV", "1"}, {"dEV", "1"}};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char id[PORTAL_ID_SIZE] = "";
        struct err err = {0};
        row_int(rows[i].name, portal_pick_tenant(alike, 3, rows[i].name, id, &err), 0);
        row_text(rows[i].name, id, rows[i].want);
    }
}

static void test_pick_from_none_or_many(void **state)
{
    static struct portal_tenant many[1000];
    char id[PORTAL_ID_SIZE];
    struct err err = {0};
    (void)state;
    assert_int_equal(portal_pick_tenant(NULL, 0, "dev01", id, &err), -1);
    assert_int_equal(err.kind, ERR_REJECTED);
    assert_non_null(strstr(err.text, "none"));
    for (size_t i = 0; i < ROWS(many); i++) {
        memset(many[i].name, 'a' + (int)(i % 26), PORTAL_NAME_SIZE - 1 - i % 100);
    }
    for (size_t count = 1; count <= ROWS(many); count++) {
        assert_int_equal(portal_pick_tenant(many, count, "no such", id, &err), -1);
        assert_true(strlen(err.text) < 500);
        assert_true(count < 4 || strstr(err.text, ", ...") != NULL);
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
        row_int(rows[i].id, portal_tenant_path(path, rows[i].id, "Ask", &err), 0);
        row_text(rows[i].id, path, rows[i].want);
    }
    memset(id, 'a', sizeof(id));
    id[sizeof(id) - 1] = '\0';
    assert_int_equal(portal_tenant_path(path, id, "Ask", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pick),
        cmocka_unit_test(test_pick_the_very_name_first),
        cmocka_unit_test(test_pick_from_none_or_many),
        cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests_name("portal", tests, NULL, NULL);
}
