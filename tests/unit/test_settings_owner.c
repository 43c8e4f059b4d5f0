/* SPDX-License-Identifier: MIT */
/* Settings read from a portal, written, and verified. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "settings/settings_owner.h"
#include "settings_portal.h"

/* The keys of settings_table. */
static struct setting_keys default_keys(void)
{
    struct setting_keys keys;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        keys.type[i] = settings_table[i].type != NULL ? settings_table[i].type : "";
        keys.key[i] = settings_table[i].key;
    }
    return keys;
}

static void load(struct settings_portal *fake, struct settings_owner *owner)
{
    const struct setting_keys keys = default_keys();
    struct err err = {0};
    int result = settings_owner_load(settings_portal_client(fake), owner, &keys, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(result, 0);
}

/* Writes a setting's row to the system, or deletes it. Returns the result. */
static int put(struct settings_portal *fake, struct settings_owner *owner, enum setting_id id,
               const char *value, struct err *err)
{
    const struct setting_keys keys = default_keys();
    const struct portal_setting row = {keys.type[id], keys.key[id], value};
    *err = (struct err){0};
    return settings_owner_write(settings_portal_client(fake), owner, &keys, &settings_table[id],
                                &row, err);
}

static void reads_the_system_and_tenants(void **state)
{
    struct settings_portal *fake = *state;
    struct settings_owner system = {0};
    struct settings_owner tenant = {.tenant = "dev01", .tenant_id = DEV01_ID};
    settings_portal_put(fake, "", "Flags", "DisableNonAdminAwsJIT", "true");
    settings_portal_put(fake, "", "AppConfig", "MaximumSessionDuration", "7200");
    settings_portal_put(fake, "", "Other", "AdminJitSessionDuration", "900");
    settings_portal_put(fake, DEV01_ID, NULL, "AwsAccessTokenValidity", "soon");
    settings_portal_put(fake, DEV01_ID, NULL, "MaximumSessionDuration", "5400");
    load(fake, &system);
    load(fake, &tenant);
    assert_int_equal(system.rows.count, 3);
    assert_int_equal(system.current[SETTING_NON_ADMIN_UI].value, 0);
    assert_true(system.current[SETTING_NON_ADMIN_UI].set);
    assert_int_equal(system.current[SETTING_ROLE_MAX].value, 7200);
    assert_false(system.current[SETTING_ADMIN_DURATION].set); /* the type differs */
    assert_false(system.current[SETTING_TENANT_ROLE_MAX].set);
    assert_true(tenant.current[SETTING_TOKEN_VALIDITY].invalid);
    assert_int_equal(tenant.current[SETTING_TENANT_ROLE_MAX].value, 5400);
    assert_false(tenant.current[SETTING_ROLE_MAX].set);
    portal_settings_done(&system.rows);
    portal_settings_done(&tenant.rows);
}

static void writes_and_deletes(void **state)
{
    struct settings_portal *fake = *state;
    struct settings_owner tenant = {.tenant = "dev01", .tenant_id = DEV01_ID};
    struct err err;
    load(fake, &tenant);
    assert_int_equal(put(fake, &tenant, SETTING_TOKEN_VALIDITY, "1800", &err), 0);
    assert_string_equal(settings_portal_get(fake, DEV01_ID, NULL, "AwsAccessTokenValidity"),
                        "1800");
    assert_int_equal(tenant.current[SETTING_TOKEN_VALIDITY].value, 1800);
    assert_int_equal(put(fake, &tenant, SETTING_TOKEN_VALIDITY, "900", &err), 0);
    assert_int_equal(put(fake, &tenant, SETTING_TOKEN_VALIDITY, NULL, &err), 0);
    assert_null(settings_portal_get(fake, DEV01_ID, NULL, "AwsAccessTokenValidity"));
    assert_false(tenant.current[SETTING_TOKEN_VALIDITY].set);
    assert_string_equal(settings_portal_writes(fake),
                        "POST /v3/admin/tenant/" DEV01_ID "/metadata\n"
                        "PUT /v3/admin/tenant/" DEV01_ID "/metadata/AwsAccessTokenValidity\n"
                        "DELETE /v3/admin/tenant/" DEV01_ID "/metadata/AwsAccessTokenValidity\n");
    portal_settings_done(&tenant.rows);
}

/* The portal's response to a write, and to the reading after it. */
static const struct {
    const char *name;
    struct settings_fault fault;
    int result;
    enum err_kind kind;
    bool ignored;
    const char *message;
} writes[] = {
    {"accepted without effect",
     {"POST", 0, 200, false},
     -1,
     ERR_INTERNAL,
     true,
     "accepted the change of AdminJitSessionDuration"},
    {"failed with effect", {"POST", 0, 500, true}, 0, ERR_NONE, false, ""},
    {"failed without effect",
     {"POST", 0, 500, false},
     -1,
     ERR_UNAVAILABLE,
     false,
     "still reports the old value of AdminJitSessionDuration"},
    {"rejected with effect", {"POST", 0, 400, true}, 0, ERR_NONE, false, ""},
    {"rejected without effect", {"POST", 0, 400, false}, -1, ERR_REJECTED, false, "400"},
    {"refused", {"POST", 0, 403, true}, -1, ERR_REFUSED, false, "403"},
    {"accepted, not readable",
     {"GET", 1, 501, true},
     -1,
     ERR_UNAVAILABLE,
     false,
     "AdminJitSessionDuration was written, but cannot be read back"},
};

static void verifies_writes(void **state)
{
    for (size_t i = 0; i < ROWS(writes); i++) {
        struct settings_owner system = {0};
        struct err err;
        settings_portal_setup(state);
        struct settings_portal *fake = *state;
        settings_portal_fail(fake, writes[i].fault);
        load(fake, &system);
        int result = put(fake, &system, SETTING_ADMIN_DURATION, "900", &err);
        row_int(writes[i].name, result, writes[i].result);
        row_has(writes[i].name, err.text, writes[i].result != 0 ? writes[i].message : "");
        row_int(writes[i].name, result != 0 ? err.kind : ERR_NONE, writes[i].kind);
        row_int(writes[i].name, system.ignored, writes[i].ignored);
        portal_settings_done(&system.rows);
        settings_portal_teardown(state);
    }
}

/* A switch is verified in the features, too, if the portal reports them. */
static const struct {
    const char *name;
    enum setting_id id;
    const char *value; /* NULL: deleted */
    const char *features;
    bool good;
} switches[] = {
    {"admin off, not reported", SETTING_ADMIN_UI, "false", "{}", true},
    {"admin off, reported on", SETTING_ADMIN_UI, "false", "{\"IsAwsAdminJITEnabled\":true}", false},
    {"admin off, reported off", SETTING_ADMIN_UI, "false", "{\"IsAwsAdminJITEnabled\":false}",
     true},
    {"admin on, reported off", SETTING_ADMIN_UI, "true", "{\"IsAwsAdminJITEnabled\":false}", false},
    {"admin deleted, reported on", SETTING_ADMIN_UI, NULL, "{\"IsAwsAdminJITEnabled\":true}", true},
    {"users off, not reported", SETTING_NON_ADMIN_UI, "true", "{}", true},
    {"users off, reported on", SETTING_NON_ADMIN_UI, "true", "{\"EnabledFlags\":[]}", false},
    {"users off, reported off", SETTING_NON_ADMIN_UI, "true",
     "{\"EnabledFlags\":[\"x\",\"DisableNonAdminAwsJIT\"]}", true},
    {"users on, reported off", SETTING_NON_ADMIN_UI, "false",
     "{\"EnabledFlags\":[\"DisableNonAdminAwsJIT\"]}", false},
    {"users deleted, reported off", SETTING_NON_ADMIN_UI, NULL,
     "{\"EnabledFlags\":[\"DisableNonAdminAwsJIT\"]}", false},
};

static void verifies_features(void **state)
{
    struct settings_portal *fake = *state;
    for (size_t i = 0; i < ROWS(switches); i++) {
        struct settings_owner system = {0};
        struct err err;
        settings_portal_put(fake, "", "Flags", settings_table[switches[i].id].key, "old");
        settings_portal_set_features(fake, switches[i].features);
        load(fake, &system);
        int result = put(fake, &system, switches[i].id, switches[i].value, &err);
        row_int(switches[i].name, result, switches[i].good ? 0 : -1);
        row_int(switches[i].name, system.ignored, !switches[i].good);
        if (!switches[i].good) {
            row_int(switches[i].name, err.kind, ERR_INTERNAL);
            row_has(switches[i].name, err.text, "its features");
        }
        portal_settings_done(&system.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_the_system_and_tenants, settings_portal_setup,
                                        settings_portal_teardown),
        cmocka_unit_test_setup_teardown(writes_and_deletes, settings_portal_setup,
                                        settings_portal_teardown),
        cmocka_unit_test(verifies_writes),
        cmocka_unit_test_setup_teardown(verifies_features, settings_portal_setup,
                                        settings_portal_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
