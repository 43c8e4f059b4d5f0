/* SPDX-License-Identifier: MIT */
/* Lists of settings, as tables and as JSON. */
#include "rows.h"

#include "base/buf.h"
#include "base/err.h"
#include "settings/settings_list.h"
#include "settings_portal.h"

struct fixture {
    struct settings_editor editor;
    size_t tenant;
    struct buf out;
};

static void open_list(struct fixture *fixture, struct settings_portal *fake)
{
    struct err err;
    settings_portal_put(fake, "", "Flags", "DisableNonAdminAwsJIT", "true");
    settings_portal_put(fake, "", "AppConfig", "MaximumSessionDuration", "for ever");
    settings_portal_put(fake, "", "Other", "k", "two\nlines");
    settings_portal_put(fake, DEV01_ID, NULL, "AwsAccessTokenValidity", "900");
    assert_int_equal(settings_editor_init(&fixture->editor, &err), 0);
    fixture->editor.portal = settings_portal_client(fake);
    assert_int_equal(settings_editor_find_tenant(&fixture->editor, "dev01", &fixture->tenant, &err),
                     0);
    assert_int_equal(settings_editor_load(&fixture->editor, &err), 0);
    buf_init(&fixture->out, 1 << 20);
}

static void close_list(struct fixture *fixture)
{
    buf_done(&fixture->out);
    settings_editor_done(&fixture->editor);
}

static void prints_tables(void **state)
{
    struct fixture fixture;
    open_list(&fixture, *state);
    settings_list(&fixture.editor, fixture.tenant, false, &fixture.out);
    const char *text = buf_str(&fixture.out);
    row_has("head", text, "SETTING                           VALUE");
    row_has("switch", text, "non-admin-jit-ui                  off           on");
    row_has("invalid", text, "role-max-session-duration         \"for ever\"    3600 (1 h)");
    row_has("tenant's", text, "token-validity                    900 (15 min)");
    row_has("rows", text, "\n\nTYPE");
    row_has("row", text, "two?lines\n");
    row_has("tenant's row", text, "(tenant)   AwsAccessTokenValidity  900\n");
    row_has("meaning", text, "\n    length of a session in the tenant\n");
    close_list(&fixture);
}

static void leaves_out_what_is_not_known(void **state)
{
    struct fixture fixture;
    open_list(&fixture, *state);
    settings_list(&fixture.editor, 0, false, &fixture.out);
    row_has("table", buf_str(&fixture.out), "token-validity                    ? (no tenant)");
    row_lacks("table", buf_str(&fixture.out), "900");
    buf_clear(&fixture.out);
    settings_list(&fixture.editor, 0, true, &fixture.out);
    row_lacks("JSON", buf_str(&fixture.out), "token-validity");
    row_lacks("JSON", buf_str(&fixture.out), "\"Tenant\"");
    close_list(&fixture);
}

static void prints_json(void **state)
{
    struct fixture fixture;
    open_list(&fixture, *state);
    settings_list(&fixture.editor, fixture.tenant, true, &fixture.out);
    const char *text = buf_str(&fixture.out);
    row_has("switch", text, "\"Key\":\"DisableNonAdminAwsJIT\",\"Value\":false,\"Default\":true}");
    row_has("not set", text,
            "\"Key\":\"AdminJitSessionDuration\",\"Value\":null,\"Default\":3600}");
    row_has("invalid", text, "\"Value\":\"for ever\",\"Default\":3600}");
    row_has("tenant's", text, "\"Scope\":\"tenant\",\"Verified\":false,\"Unit\":\"s\"");
    row_has("number", text, "\"Value\":900,");
    row_has("rows", text, "\"System\":[\n");
    row_has("row", text, "{\"Type\":\"Other\",\"Key\":\"k\",\"Value\":\"two\\u000alines\"}");
    row_has("tenant's row", text,
            "\"Tenant\":[\n  {\"Key\":\"AwsAccessTokenValidity\",\"Value\":\"900\"}]}\n");
    close_list(&fixture);
}

/* A key that the user names is not documented. */
static void prints_keys(void **state)
{
    struct settings_editor editor;
    struct buf out;
    struct err err;
    (void)state;
    assert_int_equal(settings_editor_init(&editor, &err), 0);
    editor.keys.key[SETTING_ROLE_MAX] = "Mine";
    buf_init(&out, 1 << 20);
    settings_list_keys(&editor.keys, false, &out);
    row_has("table", buf_str(&out),
            "admin-session-duration            AppConfig  AdminJitSessionDuration  documented\n"
            "    DUPLO_KEY_ADMIN_SESSION_DURATION\n");
    row_has("table", buf_str(&out),
            "role-max-session-duration         AppConfig  Mine                     unverified");
    buf_clear(&out);
    settings_list_keys(&editor.keys, true, &out);
    row_has("JSON", buf_str(&out),
            "{\"Name\":\"role-max-session-duration\",\"Type\":\"AppConfig\",\"Key\":\"Mine\","
            "\"Verified\":false,\"Variable\":\"DUPLO_KEY_ROLE_MAX_SESSION_DURATION\"}");
    row_has("JSON", buf_str(&out), "\"token-validity\",\"Type\":null,");
    buf_done(&out);
    settings_editor_done(&editor);
}

#define WITH_PORTAL(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, settings_portal_setup, settings_portal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PORTAL(prints_tables),
        WITH_PORTAL(leaves_out_what_is_not_known),
        WITH_PORTAL(prints_json),
        cmocka_unit_test(prints_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
