/* SPDX-License-Identifier: MIT */
/* Settings read from a file and written to one. */
#include "rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "settings/settings_file.h"
#include "settings_portal.h"

static void open_editor(struct settings_editor *editor, struct settings_portal *fake)
{
    struct err err;
    assert_int_equal(settings_editor_init(editor, &err), 0);
    editor->portal = settings_portal_client(fake);
}

static int read_text(struct settings_editor *editor, const char *text, struct err *err)
{
    struct buf content;
    buf_init(&content, 1 << 20);
    buf_add_str(&content, text);
    *err = (struct err){0};
    int result = settings_file_read(editor, &content, err);
    buf_done(&content);
    return result;
}

static void reads_values(void **state)
{
    struct settings_editor editor;
    struct err err;
    open_editor(&editor, *state);
    int result = read_text(&editor,
                           "{\"tenants\": {\"DEV02\": {\"token-validity\": null},\n"
                           "  \"" DEV01_ID "\": {\"token-validity\": \"2h\"}},\n"
                           " \"system\": {\"admin-jit-ui\": false, \"non-admin-jit-ui\": \"on\",\n"
                           "  \"role-max-session-duration\": 7200}}",
                           &err);
    assert_string_equal(err.text, "");
    assert_int_equal(result, 0);
    assert_int_equal(editor.count, 3);
    const struct settings_owner *system = &editor.owners[0];
    assert_true(system->is_wanted[SETTING_ADMIN_UI] && system->wanted[SETTING_ADMIN_UI].set);
    assert_int_equal(system->wanted[SETTING_ADMIN_UI].value, 0);
    assert_int_equal(system->wanted[SETTING_NON_ADMIN_UI].value, 1);
    assert_int_equal(system->wanted[SETTING_ROLE_MAX].value, 7200);
    assert_false(system->is_wanted[SETTING_ADMIN_DURATION]);
    assert_string_equal(editor.owners[1].tenant, "dev02");
    assert_true(editor.owners[1].is_wanted[SETTING_TOKEN_VALIDITY]);
    assert_false(editor.owners[1].wanted[SETTING_TOKEN_VALIDITY].set);
    assert_string_equal(editor.owners[2].tenant_id, DEV01_ID);
    assert_int_equal(editor.owners[2].wanted[SETTING_TOKEN_VALIDITY].value, 7200);
    settings_editor_done(&editor);
}

static const struct {
    const char *text;
    const char *message;
} bad_files[] = {
    {"", ""},
    {"{", ""},
    {"[]", "not an object with \"system\""},
    {"{\"system\": 1}", "not an object with settings"},
    {"{\"systems\": {}}", "\"systems\" is neither"},
    {"{\"tenants\": []}", "\"tenants\" is not an object"},
    {"{\"tenants\": {\"dev01\": 7}}", "tenant dev01: not an object"},
    {"{\"system\": {\"token-validity\": 900}}", "is not a setting of the system"},
    {"{\"tenants\": {\"dev01\": {\"admin-jit-ui\": true}}}", "is not a setting of a tenant"},
    {"{\"system\": {\"no-such\": 900}}", "\"no-such\" is not a setting"},
    {"{\"system\": {\"admin-jit-ui\": \"on\", \"admin-jit-ui\": \"on\"}}", "occurs twice"},
    {"{\"system\": {\"admin-session-duration\": 5}}", "admin-session-duration \"5\""},
    {"{\"system\": {\"admin-session-duration\": 900.5}}", "\"900.5\""},
    {"{\"system\": {\"admin-session-duration\": {}}}", "admin-session-duration"},
};

/* The whole file is checked before the portal is called: here there is none. */
static void rejects_bad_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(bad_files); i++) {
        struct settings_editor editor;
        struct err err;
        row_int(bad_files[i].text, settings_editor_init(&editor, &err), 0);
        row_int(bad_files[i].text, read_text(&editor, bad_files[i].text, &err), -1);
        row_int(bad_files[i].text, err.kind, ERR_FILE);
        row_has(bad_files[i].text, err.text, bad_files[i].message);
        settings_editor_done(&editor);
    }
}

static void rejects_tenants(void **state)
{
    struct settings_editor editor;
    struct err err;
    open_editor(&editor, *state);
    assert_int_equal(read_text(&editor, "{\"tenants\": {\"prod\": {}}}", &err), -1);
    assert_int_equal(err.kind, ERR_REJECTED);
    assert_int_equal(read_text(&editor,
                               "{\"tenants\": {\"dev01\": {\"token-validity\": 900},"
                               "\"" DEV01_ID "\": {\"token-validity\": 1800}}}",
                               &err),
                     -1);
    assert_int_equal(err.kind, ERR_FILE);
    row_has("twice", err.text, "occurs twice");
    settings_editor_done(&editor);
}

static void writes_values(void **state)
{
    struct settings_portal *fake = *state;
    struct settings_editor editor;
    struct buf out;
    struct err err;
    settings_portal_put(fake, "", "Flags", "EnableAwsAdminJIT", "true");
    settings_portal_put(fake, "", "AppConfig", "MaximumSessionDuration", "for ever");
    settings_portal_put(fake, DEV01_ID, NULL, "AwsAccessTokenValidity", "900");
    open_editor(&editor, fake);
    assert_int_equal(settings_editor_load(&editor, &err), 0);
    assert_int_equal(settings_editor_add_all_tenants(&editor, &err), 0);
    buf_init(&out, 1 << 20);
    settings_file_write(&editor, true, &out);
    assert_string_equal(buf_str(&out),
                        "{\"system\": {\"admin-jit-ui\": \"on\", \"non-admin-jit-ui\": null, "
                        "\"admin-session-duration\": null},\n"
                        " \"tenants\": {\n"
                        "  \"dev01\": {\"token-validity\": 900, "
                        "\"tenant-role-max-session-duration\": null}}}\n");
    /* What it writes is what it reads. */
    assert_int_equal(read_text(&editor, buf_str(&out), &err), 0);
    assert_int_equal(editor.owners[1].wanted[SETTING_TOKEN_VALIDITY].value, 900);
    buf_clear(&out);
    settings_file_write(&editor, false, &out);
    row_has("all", buf_str(&out), "\"dev02\": {\"token-validity\": null, ");
    buf_done(&out);
    settings_editor_done(&editor);
}

#define WITH_PORTAL(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, settings_portal_setup, settings_portal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PORTAL(reads_values),
        cmocka_unit_test(rejects_bad_files),
        WITH_PORTAL(rejects_tenants),
        WITH_PORTAL(writes_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
