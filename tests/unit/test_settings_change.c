/* SPDX-License-Identifier: MIT */
/* Changes of settings on a portal: their order, their reports, and where they stop. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "settings/settings_change.h"
#include "settings_portal.h"

/* An editor with the system and the tenant dev01, and what the change reported. */
struct fixture {
    struct settings_portal *fake;
    struct settings_editor editor;
    struct settings_change_options options;
    char reports[2000];
    int changed;
};

static int report(void *context, enum settings_progress progress, const char *change,
                  struct err *err)
{
    static const char *const words[] = {"plan", "done", "failed", "not done"};
    struct fixture *fixture = context;
    size_t used = strlen(fixture->reports);
    (void)err;
    snprintf(fixture->reports + used, sizeof(fixture->reports) - used, "%s: %s\n", words[progress],
             change);
    return 0;
}

static void count_change(void *context, const struct settings_owner *owner)
{
    struct fixture *fixture = context;
    (void)owner;
    fixture->changed++;
}

static void open_editor(struct fixture *fixture, void **state)
{
    struct err err;
    size_t tenant = 0;
    *fixture = (struct fixture){.fake = *state};
    fixture->options = (struct settings_change_options){
        .context = fixture, .report = report, .changed = count_change};
    assert_int_equal(settings_editor_init(&fixture->editor, &err), 0);
    fixture->editor.portal = settings_portal_client(fixture->fake);
    assert_int_equal(settings_editor_find_tenant(&fixture->editor, "dev01", &tenant, &err), 0);
    assert_int_equal(settings_editor_load(&fixture->editor, &err), 0);
}

/* value 0: not set. */
static void want(struct fixture *fixture, size_t owner, enum setting_id id, int64_t value)
{
    fixture->editor.owners[owner].is_wanted[id] = true;
    fixture->editor.owners[owner].wanted[id] =
        (struct setting_value){.set = value != 0, .value = value};
}

static int change(struct fixture *fixture, size_t *count, struct err *err)
{
    *err = (struct err){0};
    return settings_change(&fixture->editor, &fixture->options, count, err);
}

static void changes_in_order(void **state)
{
    struct fixture fixture;
    struct err err;
    size_t count = 0;
    open_editor(&fixture, state);
    want(&fixture, 1, SETTING_TOKEN_VALIDITY, 7200);
    want(&fixture, 0, SETTING_ROLE_MAX, 7200);
    assert_int_equal(change(&fixture, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(fixture.changed, 2);
    assert_string_equal(fixture.reports,
                        "plan: role-max-session-duration: not set -> 7200 (2 h)\n"
                        "plan: token-validity of tenant dev01: not set -> 7200 (2 h)\n"
                        "done: role-max-session-duration: not set -> 7200 (2 h)\n"
                        "done: token-validity of tenant dev01: not set -> 7200 (2 h)\n");
    assert_string_equal(settings_portal_get(fixture.fake, DEV01_ID, NULL, "AwsAccessTokenValidity"),
                        "7200");
    assert_int_equal(change(&fixture, &count, &err), 0);
    assert_int_equal(count, 0);
    settings_editor_done(&fixture.editor);
}

static void plans_only_in_a_dry_run(void **state)
{
    struct fixture fixture;
    struct err err;
    size_t count = 0;
    open_editor(&fixture, state);
    fixture.options.dry_run = true;
    want(&fixture, 0, SETTING_ADMIN_DURATION, 900);
    assert_int_equal(change(&fixture, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_string_equal(fixture.reports, "plan: admin-session-duration: not set -> 900 (15 min)\n");
    assert_string_equal(settings_portal_writes(fixture.fake), "");
    assert_int_equal(fixture.changed, 0);
    settings_editor_done(&fixture.editor);
}

static void plans_nothing_that_aws_would_refuse(void **state)
{
    struct fixture fixture;
    struct err err;
    size_t count = 0;
    open_editor(&fixture, state);
    want(&fixture, 1, SETTING_TOKEN_VALIDITY, 7200);
    assert_int_equal(change(&fixture, &count, &err), -1);
    assert_int_equal(err.kind, ERR_REJECTED);
    assert_true(fixture.editor.owners[1].exceeds_max);
    assert_string_equal(fixture.reports, "");
    fixture.options.raise_role_max = true;
    assert_int_equal(change(&fixture, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(settings_portal_get(fixture.fake, DEV01_ID, NULL, "MaximumSessionDuration"),
                        "7200");
    settings_editor_done(&fixture.editor);
}

static void stops_at_the_first_failure(void **state)
{
    struct fixture fixture;
    struct err err;
    size_t count = 0;
    open_editor(&fixture, state);
    want(&fixture, 0, SETTING_ADMIN_DURATION, 900);
    want(&fixture, 0, SETTING_ROLE_MAX, 7200);
    want(&fixture, 1, SETTING_TOKEN_VALIDITY, 7200);
    settings_portal_fail(fixture.fake, (struct settings_fault){"POST", 1, 400, false});
    assert_int_equal(change(&fixture, &count, &err), -1);
    assert_int_equal(err.kind, ERR_REJECTED);
    row_has("message", err.text, "1 of 3 changes are done, then: role-max-session-duration");
    row_has("reports", fixture.reports,
            "done: admin-session-duration: not set -> 900 (15 min)\n"
            "failed: role-max-session-duration: not set -> 7200 (2 h)\n"
            "not done: token-validity of tenant dev01: not set -> 7200 (2 h)\n");
    assert_int_equal(fixture.changed, 1);
    settings_editor_done(&fixture.editor);
}

/* The owner is read again before each write that follows a write to another owner. */
static void notices_changes_of_other_users(void **state)
{
    struct fixture fixture;
    struct err err;
    size_t count = 0;
    open_editor(&fixture, state);
    want(&fixture, 0, SETTING_ADMIN_DURATION, 900);
    want(&fixture, 1, SETTING_TOKEN_VALIDITY, 900);
    settings_portal_put(fixture.fake, DEV01_ID, NULL, "AwsAccessTokenValidity", "1800");
    assert_int_equal(change(&fixture, &count, &err), -1);
    assert_int_equal(err.kind, ERR_REJECTED);
    row_has("message", err.text, "token-validity has been changed by another user");
    assert_string_equal(settings_portal_get(fixture.fake, DEV01_ID, NULL, "AwsAccessTokenValidity"),
                        "1800");
    settings_editor_done(&fixture.editor);
}

/* The portal's DELETE has only the key, and another type has that key, too. */
static void deletes_no_row_of_another_type(void **state)
{
    struct fixture fixture;
    struct err err = {0};
    const struct settings_target target = {.type = "A", .key = "k"};
    const struct settings_target only = {.type = "A", .key = "only"};
    settings_portal_put(*state, "", "A", "k", "1");
    settings_portal_put(*state, "", "B", "k", "2");
    settings_portal_put(*state, "", "A", "only", "3");
    open_editor(&fixture, state);
    assert_int_equal(settings_change_row(&fixture.editor, &fixture.options, &target, NULL, &err),
                     -1);
    assert_int_equal(err.kind, ERR_REJECTED);
    row_has("message", err.text, "type B");
    assert_string_equal(settings_portal_writes(fixture.fake), "");
    assert_int_equal(settings_change_row(&fixture.editor, &fixture.options, &only, NULL, &err), 0);
    assert_null(settings_portal_get(fixture.fake, "", "A", "only"));
    assert_int_equal(settings_change_row(&fixture.editor, &fixture.options, &target, "4", &err), 0);
    assert_string_equal(settings_portal_get(fixture.fake, "", "A", "k"), "4");
    assert_string_equal(fixture.reports, "done: A/only: \"3\" -> not set\n"
                                         "done: A/k: \"1\" -> \"4\"\n");
    settings_editor_done(&fixture.editor);
}

#define WITH_PORTAL(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, settings_portal_setup, settings_portal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PORTAL(changes_in_order),
        WITH_PORTAL(plans_only_in_a_dry_run),
        WITH_PORTAL(plans_nothing_that_aws_would_refuse),
        WITH_PORTAL(stops_at_the_first_failure),
        WITH_PORTAL(notices_changes_of_other_users),
        WITH_PORTAL(deletes_no_row_of_another_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
