/* SPDX-License-Identifier: MIT */
/* The owners of an editor: found, loaded, named in messages. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "settings/settings_editor.h"
#include "settings_portal.h"

static void open_editor(struct settings_editor *editor, struct settings_portal *fake)
{
    struct err err;
    assert_int_equal(settings_editor_init(editor, &err), 0);
    editor->portal = settings_portal_client(fake);
}

static void begins_with_the_system(void **state)
{
    struct settings_editor editor;
    open_editor(&editor, *state);
    assert_int_equal(editor.count, 1);
    assert_string_equal(editor.owners[0].tenant_id, "");
    assert_string_equal(editor.keys.type[SETTING_ADMIN_UI], "Flags");
    assert_string_equal(editor.keys.type[SETTING_TOKEN_VALIDITY], "");
    assert_string_equal(editor.keys.key[SETTING_TOKEN_VALIDITY], "AwsAccessTokenValidity");
    settings_editor_done(&editor);
    settings_editor_done(&editor);
}

static void finds_tenants(void **state)
{
    struct settings_editor editor;
    struct err err;
    size_t first = 0;
    size_t second = 0;
    open_editor(&editor, *state);
    assert_int_equal(settings_editor_find_tenant(&editor, "DEV01", &first, &err), 0);
    assert_int_equal(first, 1);
    assert_string_equal(editor.owners[1].tenant, "dev01");
    assert_string_equal(editor.owners[1].tenant_id, DEV01_ID);
    assert_int_equal(settings_editor_find_tenant(&editor, DEV02_ID, &second, &err), 0);
    assert_int_equal(second, 2);
    assert_string_equal(editor.owners[2].tenant, "dev02");
    assert_int_equal(settings_editor_find_tenant(&editor, DEV01_ID, &second, &err), 0);
    assert_int_equal(second, 1);
    assert_int_equal(editor.count, 3);
    assert_int_equal(settings_editor_find_tenant(&editor, "prod", &second, &err), -1);
    assert_int_equal(err.kind, ERR_REJECTED);
    assert_non_null(strstr(err.text, "dev01, dev02"));
    settings_editor_done(&editor);
}

static void loads_all_tenants(void **state)
{
    struct settings_portal *fake = *state;
    struct settings_editor editor;
    struct err err;
    size_t tenant = 0;
    settings_portal_put(fake, DEV01_ID, NULL, "AwsAccessTokenValidity", "900");
    settings_portal_put(fake, DEV02_ID, NULL, "AwsAccessTokenValidity", "1800");
    open_editor(&editor, fake);
    assert_int_equal(settings_editor_find_tenant(&editor, "dev02", &tenant, &err), 0);
    assert_int_equal(settings_editor_load(&editor, &err), 0);
    editor.owners[tenant].current[SETTING_TOKEN_VALIDITY].value = 1; /* is not loaded again */
    assert_int_equal(settings_editor_add_all_tenants(&editor, &err), 0);
    assert_int_equal(editor.count, 3);
    assert_int_equal(editor.owners[1].current[SETTING_TOKEN_VALIDITY].value, 1);
    assert_int_equal(editor.owners[2].current[SETTING_TOKEN_VALIDITY].value, 900);
    settings_editor_done(&editor);
}

/* Only owners that are loaded stay. */
static void fails_with_the_tenants_name(void **state)
{
    struct settings_portal *fake = *state;
    struct settings_editor editor;
    struct err err;
    open_editor(&editor, fake);
    settings_portal_fail(fake, (struct settings_fault){"GET", 1, 501, false});
    assert_int_equal(settings_editor_add_all_tenants(&editor, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_memory_equal(err.text, "tenant dev02: ", 14);
    assert_int_equal(editor.count, 2);
    settings_portal_fail(fake, (struct settings_fault){"GET", 0, 501, false});
    assert_int_equal(settings_editor_load(&editor, &err), -1);
    assert_null(strstr(err.text, "tenant dev"));
    settings_editor_done(&editor);
}

static void names_targets(void **state)
{
    struct settings_portal *fake = *state;
    struct settings_editor editor;
    struct err err;
    size_t tenant = 0;
    char label[SETTINGS_LABEL_SIZE];
    settings_portal_put(fake, "", "T", "k", "system's");
    settings_portal_put(fake, DEV01_ID, NULL, "k", "tenant's");
    open_editor(&editor, fake);
    assert_int_equal(settings_editor_find_tenant(&editor, "dev01", &tenant, &err), 0);
    assert_int_equal(settings_editor_load(&editor, &err), 0);
    const struct {
        struct settings_target target;
        const char *label;
        const char *text;
    } rows[] = {
        {{NULL, 0, "T", "k"}, "T/k", "system's"},
        {{NULL, tenant, "", "k"}, "k of tenant dev01", "tenant's"},
        {{NULL, tenant, "", "no\x1b"}, "no? of tenant dev01", NULL},
        {{&settings_table[SETTING_ADMIN_UI], 0, "T", "k"}, "admin-jit-ui", "system's"},
        {{&settings_table[SETTING_TOKEN_VALIDITY], tenant, "", "k"},
         "token-validity of tenant dev01",
         "tenant's"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *text = settings_editor_text(&editor, &rows[i].target);
        settings_editor_label(&editor, &rows[i].target, label);
        row_text(rows[i].label, label, rows[i].label);
        row_text(rows[i].label, text != NULL ? text : "", rows[i].text != NULL ? rows[i].text : "");
    }
    settings_editor_done(&editor);
}

#define WITH_PORTAL(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, settings_portal_setup, settings_portal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PORTAL(begins_with_the_system), WITH_PORTAL(finds_tenants),
        WITH_PORTAL(loads_all_tenants),      WITH_PORTAL(fails_with_the_tenants_name),
        WITH_PORTAL(names_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
