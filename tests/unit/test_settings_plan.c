/* SPDX-License-Identifier: MIT */
/* The order in which settings are changed. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "settings/settings_plan.h"

/* Settings and steps as text: "system=7200 a.max=unset b.validity=invalid" is the system's maximum,
 * and the maximum and the validity of the tenants a and b. */
enum { OWNERS = 3 };

static const struct plan_row {
    const char *name;
    const char *current;
    const char *wanted;
    bool raise;
    const char *steps;    /* NULL: planning fails */
    const char *too_long; /* tenants whose sessions become too long */
} plans[] = {
    {"nothing is wanted", "", "", false, "", ""},
    {"a validity within the default", "", "a.validity=1800", false, "a.validity=1800 ", ""},
    {"the value it has", "a.validity=1800", "a.validity=1800", false, "", ""},
    {"a validity above the default maximum", "", "a.validity=7200", false, NULL, ""},
    {"the same, raised", "", "a.validity=7200", true, "a.max=7200 a.validity=7200 ", ""},
    {"no need to raise", "system=7200", "a.validity=7200", true, "a.validity=7200 ", ""},
    {"the system's maximum suffices", "system=7200", "a.validity=7200", false, "a.validity=7200 ",
     ""},
    {"one second more than it", "system=7200", "a.validity=7201", false, NULL, ""},
    {"the tenant's maximum counts before it", "system=7200 a.max=3600", "a.validity=7200", false,
     NULL, ""},
    {"the tenant's maximum may be above it", "system=3600 a.max=7200", "a.validity=7200", false,
     "a.validity=7200 ", ""},
    {"an invalid maximum counts as the default", "a.max=invalid", "a.validity=7200", false, NULL,
     ""},
    {"which allows an hour", "a.max=invalid", "a.validity=3600", false, "a.validity=3600 ", ""},
    {"and not as the system's", "system=7200 a.max=invalid", "a.validity=7200", false, NULL, ""},
    {"an invalid value is replaced", "a.validity=invalid", "a.validity=3600", false,
     "a.validity=3600 ", ""},
    {"lowered, but still above", "a.validity=9000", "a.validity=7200", false, NULL, ""},
    {"above already, the same again", "a.validity=7200", "a.validity=7200", false, "", ""},
    {"above already, the same again, raised", "a.validity=7200", "a.validity=7200", true,
     "a.max=7200 ", ""},
    {"maximum before validity when they rise", "", "a.max=7200 a.validity=7200", false,
     "a.max=7200 a.validity=7200 ", ""},
    {"validity before maximum when they fall", "a.max=7200 a.validity=7200",
     "a.max=1800 a.validity=1800", false, "a.validity=1800 a.max=1800 ", ""},
    {"the system's first when it rises", "", "a.validity=7200 b.validity=5400 system=7200", false,
     "system=7200 a.validity=7200 b.validity=5400 ", ""},
    {"the system's last when it falls", "system=7200 a.validity=7200 b.validity=5400",
     "a.validity=3600 b.validity=1800 system=3600", false,
     "a.validity=3600 b.validity=1800 system=3600 ", ""},
    {"a tenant's own before the system's falls", "system=7200 a.validity=7200",
     "a.max=7200 system=3600", false, "a.max=7200 system=3600 ", ""},
    {"a tenant's own is unset after the system's rises", "system=3600 a.max=5400 a.validity=5400",
     "a.max=unset system=7200", false, "system=7200 a.max=unset ", ""},
    {"one tenant rises, another falls", "b.max=7200 b.validity=7200",
     "a.max=7200 a.validity=7200 b.max=unset b.validity=unset", false,
     "a.max=7200 a.validity=7200 b.validity=unset b.max=unset ", ""},
    {"below a validity that stays", "a.max=7200 a.validity=7200", "a.max=3600", false,
     "a.max=3600 ", "a"},
    {"below the default validity", "", "a.max=900", false, "a.max=900 ", "a"},
    {"all tenants' maximum lowered", "system=7200 a.validity=7200 b.max=7200 b.validity=7200",
     "system=unset", false, "system=unset ", "a"},
    {"raised, but not enough: nothing gets worse", "system=1800 a.validity=7200", "system=3600",
     false, "system=3600 ", ""},
    {"wanted values that contradict", "", "a.max=3600 a.validity=7200", true, NULL, ""},
    {"unset to more than the maximum", "a.max=1800 a.validity=900", "a.validity=unset", false, NULL,
     ""},
    {"unset, raised", "a.max=1800 a.validity=900", "a.validity=unset", true,
     "a.max=3600 a.validity=unset ", ""},
};

static struct setting_value value_of(const char *text)
{
    return (struct setting_value){.set = strcmp(text, "unset") != 0,
                                  .invalid = strcmp(text, "invalid") == 0,
                                  .value = strtoll(text, NULL, 10)};
}

static void put(struct settings_owner *owners, const char *text, bool wanted)
{
    char name[16];
    char value[16];
    int len = 0;
    for (; sscanf(text, "%15[^=]=%15s%n", name, value, &len) == 2;
         text += len + (text[len] == ' ')) {
        struct settings_owner *owner = &owners[strcmp(name, "system") == 0 ? 0 : name[0] - 'a' + 1];
        enum setting_id id = strcmp(name, "system") == 0    ? SETTING_ROLE_MAX
                             : strcmp(name + 2, "max") == 0 ? SETTING_TENANT_ROLE_MAX
                                                            : SETTING_TOKEN_VALIDITY;
        (wanted ? owner->wanted : owner->current)[id] = value_of(value);
        owner->is_wanted[id] = wanted;
    }
}

static void print_steps(const struct settings_owner *owners, const struct settings_step *steps,
                        size_t count, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct settings_owner *owner = &owners[steps[i].owner];
        const struct setting_value *wanted = &owner->wanted[steps[i].id];
        size_t used = strlen(out);
        used += (size_t)snprintf(out + used, size - used,
                                 "%s%s=", steps[i].owner == 0 ? "system" : owner->tenant,
                                 steps[i].id == SETTING_TOKEN_VALIDITY    ? ".validity"
                                 : steps[i].id == SETTING_TENANT_ROLE_MAX ? ".max"
                                                                          : "");
        if (wanted->set) {
            snprintf(out + used, size - used, "%lld ", (long long)wanted->value);
        } else {
            snprintf(out + used, size - used, "unset ");
        }
    }
}

static void orders_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(plans); i++) {
        const struct plan_row *row = &plans[i];
        struct settings_owner owners[OWNERS] = {{.tenant = ""}, {.tenant = "a"}, {.tenant = "b"}};
        struct settings_step steps[OWNERS * SETTING_COUNT];
        size_t count = 0;
        struct err err = {0};
        char got[256];
        char warned[8] = "";
        put(owners, row->current, false);
        put(owners, row->wanted, true);
        int result = settings_plan(owners, OWNERS, row->raise, steps, &count, &err);
        if (row->steps == NULL) {
            row_int(row->name, result, -1);
            row_int(row->name, err.kind, ERR_REJECTED);
            row_has(row->name, err.text, "raise tenant-role-max-session-duration");
            row_true(row->name, owners[1].exceeds_max || owners[2].exceeds_max);
            continue;
        }
        row_int(row->name, result, 0);
        print_steps(owners, steps, count, got, sizeof(got));
        row_text(row->name, got, row->steps);
        for (size_t k = 1; k < OWNERS; k++) {
            snprintf(warned + strlen(warned), sizeof(warned) - strlen(warned), "%s",
                     owners[k].too_long ? owners[k].tenant : "");
        }
        row_text(row->name, warned, row->too_long);
    }
}

/* After no step is a tenant's validity above its maximum, if it is neither before nor after all. */
static void walk(const char *name, struct settings_owner *owners, const struct settings_step *steps,
                 size_t count)
{
    bool good[OWNERS];
    for (size_t k = 1; k < OWNERS; k++) {
        good[k] = settings_validity_s(&owners[k], false) <= settings_role_max_s(owners, k, false) &&
                  settings_validity_s(&owners[k], true) <= settings_role_max_s(owners, k, true);
    }
    for (size_t i = 0; i < count; i++) {
        struct settings_owner *owner = &owners[steps[i].owner];
        owner->current[steps[i].id] = owner->wanted[steps[i].id];
        for (size_t k = 1; k < OWNERS; k++) {
            row_true(name, !good[k] || settings_validity_s(&owners[k], false) <=
                                           settings_role_max_s(owners, k, false));
        }
    }
}

static void keeps_sessions_valid_after_each_step(void **state)
{
    static const char *const values[] = {"unset", "1800", "3600", "7200"};
    const size_t n = ROWS(values);
    int walked = 0;
    (void)state;
    /* current and wanted values of the system's maximum, the tenant's, and its validity */
    for (size_t bits = 0; bits < n * n * n * n * n * n; bits++) {
        size_t rest = bits;
        struct settings_owner owners[OWNERS] = {{.tenant = ""}, {.tenant = "a"}, {.tenant = "b"}};
        struct settings_step steps[OWNERS * SETTING_COUNT];
        size_t count = 0;
        struct err err = {0};
        static const enum setting_id ids[] = {SETTING_ROLE_MAX, SETTING_TENANT_ROLE_MAX,
                                              SETTING_TOKEN_VALIDITY};
        for (size_t i = 0; i < ROWS(ids); i++) {
            struct settings_owner *owner = &owners[i > 0];
            owner->current[ids[i]] = value_of(values[rest % n]);
            owner->wanted[ids[i]] = value_of(values[rest / n % n]);
            owner->is_wanted[ids[i]] = true;
            rest /= n * n;
        }
        owners[2].current[SETTING_TOKEN_VALIDITY] = owners[1].current[SETTING_TOKEN_VALIDITY];
        if (settings_plan(owners, OWNERS, false, steps, &count, &err) == 0) {
            walk("any", owners, steps, count);
            walked++;
        }
    }
    assert_in_range(walked, 1000, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_changes),
        cmocka_unit_test(keeps_sessions_valid_after_each_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
