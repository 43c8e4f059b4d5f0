/* SPDX-License-Identifier: MIT */
/* The profiles of an endpoint, from the text of an option. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "serve/profile_list.h"

#define ID "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"

static const struct {
    const char *text;
    const char *name; /* NULL: rejected */
    enum scope_kind kind;
    const char *tenant;
    const char *message; /* a part of it */
} texts[] = {
    {"app=tenant:dev01", "app", SCOPE_TENANT_NAME, "dev01", ""},
    {"app=tenant-id:" ID, "app", SCOPE_TENANT_ID, ID, ""},
    {"app=admin", "app", SCOPE_ADMIN, "", ""},
    {"app=duplo-ops", "app", SCOPE_DUPLO_OPS, "", ""},
    {"a/b.c@d=admin", "a/b.c@d", SCOPE_ADMIN, "", ""},
    {"app", NULL, 0, NULL, "\"app\" is not NAME=SCOPE"},
    {"app=", NULL, 0, NULL, "not one of tenant:NAME"},
    {"app=dev01", NULL, 0, NULL, "\"dev01\" is not one of tenant:NAME"},
    {"app=tenant:", NULL, 0, NULL, ""},
    {"app=tenant-id:dev01", NULL, 0, NULL, "dev01"},
    {"=admin", NULL, 0, NULL, ""},
    {"a b=admin", NULL, 0, NULL, "a b"},
    {"a]b=admin", NULL, 0, NULL, "a]b"},
};

static void reads_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(texts); i++) {
        struct profile_list list = {0};
        struct err err = {0};
        int result = profile_list_add_text(&list, texts[i].text, &err);
        row_int(texts[i].text, result, texts[i].name != NULL ? 0 : -1);
        row_int(texts[i].text, list.count, texts[i].name != NULL ? 1 : 0);
        if (texts[i].name != NULL) {
            row_text(texts[i].text, list.entries[0].name, texts[i].name);
            row_int(texts[i].text, list.entries[0].scope.kind, texts[i].kind);
            row_text(texts[i].text, list.entries[0].scope.tenant, texts[i].tenant);
        } else {
            row_int(texts[i].text, err.kind, ERR_USAGE);
            row_has(texts[i].text, err.text, texts[i].message);
        }
        profile_list_done(&list);
    }
}

static void limits_names(void **state)
{
    struct profile_list list = {0};
    const struct scope scope = {.kind = SCOPE_ADMIN};
    char name[PROFILE_LIST_NAME_SIZE + 1];
    char text[PROFILE_LIST_NAME_SIZE + 10];
    struct err err;
    (void)state;
    memset(name, 'n', PROFILE_LIST_NAME_SIZE - 1);
    name[PROFILE_LIST_NAME_SIZE - 1] = '\0';
    assert_int_equal(profile_list_add(&list, name, &scope, &err), 0);
    assert_int_equal(profile_list_add(&list, name, &scope, &err), -1);
    assert_non_null(strstr(err.text, "two profiles are named n"));
    name[PROFILE_LIST_NAME_SIZE - 1] = 'n';
    name[PROFILE_LIST_NAME_SIZE] = '\0';
    assert_int_equal(profile_list_add(&list, name, &scope, &err), -1);
    assert_non_null(strstr(err.text, "too long"));
    snprintf(text, sizeof(text), "%s=admin", name);
    assert_int_equal(profile_list_add_text(&list, text, &err), -1);
    assert_non_null(strstr(err.text, "too long"));
    assert_int_equal(list.count, 1);
    profile_list_done(&list);
}

static void limits_their_number(void **state)
{
    struct profile_list list = {0};
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct err err;
    char name[16];
    (void)state;
    for (int i = 0; i < PROFILE_LIST_MAX; i++) {
        /* In no order: 7919 and the number have no common factor. */
        int number = i * 7919 % PROFILE_LIST_MAX;
        snprintf(name, sizeof(name), "p%d", number);
        assert_int_equal(profile_list_add(&list, name, &scope, &err), 0);
        assert_string_equal(list.entries[i].name, name);
        snprintf(name, sizeof(name), "p%d", i / 2 * 7919 % PROFILE_LIST_MAX);
        assert_int_equal(profile_list_add(&list, name, &scope, &err), -1);
        assert_non_null(strstr(err.text, "two profiles are named p"));
    }
    assert_int_equal(profile_list_add(&list, "one-more", &scope, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_non_null(strstr(err.text, "more than 10000 profiles"));
    assert_int_equal(list.count, PROFILE_LIST_MAX);
    profile_list_done(&list);
}

static void finds_the_default(void **state)
{
    struct profile_list list = {0};
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct err err;
    (void)state;
    assert_int_equal(profile_list_default(&list), -1);
    assert_int_equal(profile_list_add(&list, "x", &scope, &err), 0);
    assert_int_equal(profile_list_default(&list), 0);
    assert_int_equal(profile_list_add(&list, "y", &scope, &err), 0);
    assert_int_equal(profile_list_default(&list), -1);
    assert_int_equal(profile_list_add(&list, "default", &scope, &err), 0);
    assert_int_equal(profile_list_default(&list), 2);
    profile_list_done(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_texts),
        cmocka_unit_test(limits_names),
        cmocka_unit_test(limits_their_number),
        cmocka_unit_test(finds_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
