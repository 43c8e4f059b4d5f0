/* SPDX-License-Identifier: MIT */
/* The six settings: their values in all directions, and the order in which they are changed. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "settings/setting.h"
#include "settings/settings_plan.h"

static const struct setting *const admin_ui = &settings_table[SETTING_ADMIN_UI];
static const struct setting *const user_ui = &settings_table[SETTING_NON_ADMIN_UI];
static const struct setting *const validity = &settings_table[SETTING_TOKEN_VALIDITY];

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        row_true(setting->name, setting_find(setting->name) == setting);
        row_true(setting->name, setting->key[0] != '\0' && setting->meaning[0] != '\0');
        row_true(setting->name, strncmp(setting->variable, "DUPLO_KEY_", 10) == 0);
        row_true(setting->name, setting->is_switch || setting->otherwise == 3600);
    }
    assert_null(setting_find(""));
    assert_null(setting_find("Token-Validity"));
}

static void test_parse(void **state)
{
    static const struct {
        enum setting_id id;
        const char *text;
        bool good;
        int64_t want;
    } rows[] = {
        {SETTING_TOKEN_VALIDITY, "7200", true, 7200},
        {SETTING_TOKEN_VALIDITY, "2h", true, 7200},
        {SETTING_TOKEN_VALIDITY, "90m", true, 5400},
        {SETTING_TOKEN_VALIDITY, "900000ms", true, 900},
        {SETTING_TOKEN_VALIDITY, "900", true, 900},
        {SETTING_TOKEN_VALIDITY, "899", false, 0},
        {SETTING_TOKEN_VALIDITY, "43200", true, 43200},
        {SETTING_TOKEN_VALIDITY, "43201", false, 0},
        {SETTING_TOKEN_VALIDITY, "12h", true, 43200},
        {SETTING_TOKEN_VALIDITY, "13h", false, 0},
        {SETTING_TOKEN_VALIDITY, "900500ms", false, 0},
        {SETTING_TOKEN_VALIDITY, "-7200", false, 0},
        {SETTING_TOKEN_VALIDITY, "on", false, 0},
        {SETTING_TOKEN_VALIDITY, "", false, 0},
        {SETTING_TOKEN_VALIDITY, "2 h", false, 0},
        {SETTING_TOKEN_VALIDITY, "99999999999999999999", false, 0},
        {SETTING_ADMIN_UI, "on", true, 1},
        {SETTING_ADMIN_UI, "TRUE", true, 1},
        {SETTING_ADMIN_UI, "off", true, 0},
        {SETTING_ADMIN_UI, "false", true, 0},
        {SETTING_NON_ADMIN_UI, "on", true, 1},
        {SETTING_NON_ADMIN_UI, "off", true, 0},
        {SETTING_ADMIN_UI, "1", false, 0},
        {SETTING_ADMIN_UI, "7200", false, 0},
        {SETTING_ADMIN_UI, "", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct setting_value value;
        struct err err = {0};
        int result = setting_value_parse(&settings_table[rows[i].id], rows[i].text, &value, &err);
        row_int(rows[i].text, result, rows[i].good ? 0 : -1);
        row_int(rows[i].text, err.kind, rows[i].good ? ERR_NONE : ERR_USAGE);
        if (rows[i].good) {
            row_true(rows[i].text, value.set && !value.invalid);
            row_int(rows[i].text, value.value, rows[i].want);
        } else {
            row_has(rows[i].text, err.text, settings_table[rows[i].id].name);
        }
    }
}

static void test_read(void **state)
{
    static const struct {
        const char *name;
        enum setting_id id;
        const char *text;
        bool invalid;
        int64_t want;
    } rows[] = {
        {"seconds", SETTING_TOKEN_VALIDITY, "7200", false, 7200},
        {"more than AWS allows", SETTING_TOKEN_VALIDITY, "86400", false, 86400},
        {"a unit, which the portal has not", SETTING_TOKEN_VALIDITY, "2h", true, 0},
        {"empty", SETTING_TOKEN_VALIDITY, "", true, 0},
        {"no seconds", SETTING_TOKEN_VALIDITY, "0", true, 0},
        {"admin on", SETTING_ADMIN_UI, "true", false, 1},
        {"admin off", SETTING_ADMIN_UI, "false", false, 0},
        {"capital", SETTING_ADMIN_UI, "True", false, 1},
        {"users disabled", SETTING_NON_ADMIN_UI, "true", false, 0},
        {"users not disabled", SETTING_NON_ADMIN_UI, "false", false, 1},
        {"neither", SETTING_NON_ADMIN_UI, "maybe", true, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct setting_value value = setting_value_read(&settings_table[rows[i].id], rows[i].text);
        row_true(rows[i].name, value.set);
        row_int(rows[i].name, value.invalid, rows[i].invalid);
        if (!rows[i].invalid) {
            row_int(rows[i].name, value.value, rows[i].want);
        }
        row_int(rows[i].name, setting_value_equal(&value, &value), !rows[i].invalid);
    }
    assert_false(setting_value_read(validity, NULL).set);
}

static void test_words(void **state)
{
    static const struct {
        int64_t value;
        const char *want;
    } rows[] = {
        {7200, "7200 (2 h)"},
        {900, "900 (15 min)"},
        {5400, "5400 (1 h 30 min)"},
        {3661, "3661 (1 h 1 min 1 s)"},
        {43200, "43200 (12 h)"},
        {59, "59 (59 s)"},
        {0, "0"},
    };
    char text[SETTING_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        setting_value_format(validity, rows[i].value, text);
        row_text(rows[i].want, text, rows[i].want);
    }
    setting_value_format(user_ui, 0, text);
    assert_string_equal(text, "off");
    setting_value_store(user_ui, 0, text);
    assert_string_equal(text, "true");
    setting_value_store(admin_ui, 0, text);
    assert_string_equal(text, "false");
    setting_value_store(validity, 7200, text);
    assert_string_equal(text, "7200");
}

/* What is stored is read back as the same, and what is printed is parsed as the same. */
static void test_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const int64_t values[] = {settings_table[i].is_switch ? 0 : 900,
                                  settings_table[i].is_switch ? 1 : 43200};
        for (size_t k = 0; k < 2; k++) {
            char text[SETTING_TEXT_SIZE];
            struct setting_value value;
            struct err err;
            setting_value_store(&settings_table[i], values[k], text);
            value = setting_value_read(&settings_table[i], text);
            row_true(settings_table[i].name, !value.invalid && value.value == values[k]);
            setting_value_print(&settings_table[i], values[k], text);
            row_int(settings_table[i].name,
                    setting_value_parse(&settings_table[i], text, &value, &err), 0);
            row_int(settings_table[i].name, value.value, values[k]);
        }
    }
}

/* Places and steps as text: "system=7200 a.max=unset b.validity=odd" for the system's maximum, and
 * for the maximum and the validity of tenants a and b. */
enum { PLACES = 3 };

static const struct plan_row {
    const char *name;
    const char *now;
    const char *wanted;
    bool raise;
    const char *steps;    /* NULL is a refusal */
    const char *too_long; /* tenants that are warned of */
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
    {"an unreadable maximum is the default", "a.max=odd", "a.validity=7200", false, NULL, ""},
    {"which allows an hour", "a.max=odd", "a.validity=3600", false, "a.validity=3600 ", ""},
    {"and not the system's", "system=7200 a.max=odd", "a.validity=7200", false, NULL, ""},
    {"an unreadable value is replaced", "a.validity=odd", "a.validity=3600", false,
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
    {"a tenant's own away after the system's rose", "system=3600 a.max=5400 a.validity=5400",
     "a.max=unset system=7200", false, "system=7200 a.max=unset ", ""},
    {"one tenant rises, another falls", "b.max=7200 b.validity=7200",
     "a.max=7200 a.validity=7200 b.max=unset b.validity=unset", false,
     "a.max=7200 a.validity=7200 b.validity=unset b.max=unset ", ""},
    {"below a validity that nobody changes", "a.max=7200 a.validity=7200", "a.max=3600", false,
     "a.max=3600 ", "a"},
    {"below the default validity", "", "a.max=900", false, "a.max=900 ", "a"},
    {"all tenants' maximum lowered", "system=7200 a.validity=7200 b.max=7200 b.validity=7200",
     "system=unset", false, "system=unset ", "a"},
    {"raised, but not enough: no new harm", "system=1800 a.validity=7200", "system=3600", false,
     "system=3600 ", ""},
    {"a contradiction in what is wanted", "", "a.max=3600 a.validity=7200", true, NULL, ""},
    {"unset to more than the maximum", "a.max=1800 a.validity=900", "a.validity=unset", false, NULL,
     ""},
    {"unset, raised", "a.max=1800 a.validity=900", "a.validity=unset", true,
     "a.max=3600 a.validity=unset ", ""},
};

static struct setting_value value_of(const char *text)
{
    return (struct setting_value){.set = strcmp(text, "unset") != 0,
                                  .invalid = strcmp(text, "odd") == 0,
                                  .value = strtoll(text, NULL, 10)};
}

static void put(struct settings_owner *places, const char *text, bool wanted)
{
    char name[16];
    char value[16];
    int len = 0;
    for (; sscanf(text, "%15[^=]=%15s%n", name, value, &len) == 2;
         text += len + (text[len] == ' ')) {
        struct settings_owner *place = &places[strcmp(name, "system") == 0 ? 0 : name[0] - 'a' + 1];
        enum setting_id id = strcmp(name, "system") == 0    ? SETTING_ROLE_MAX
                             : strcmp(name + 2, "max") == 0 ? SETTING_TENANT_ROLE_MAX
                                                            : SETTING_TOKEN_VALIDITY;
        (wanted ? place->want : place->now)[id] = value_of(value);
        place->wanted[id] = wanted;
    }
}

static void print_steps(const struct settings_owner *places, const struct settings_step *steps,
                        size_t count, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct settings_owner *place = &places[steps[i].place];
        const struct setting_value *want = &place->want[steps[i].id];
        size_t used = strlen(out);
        used += (size_t)snprintf(out + used, size - used,
                                 "%s%s=", steps[i].place == 0 ? "system" : place->tenant,
                                 steps[i].id == SETTING_TOKEN_VALIDITY    ? ".validity"
                                 : steps[i].id == SETTING_TENANT_ROLE_MAX ? ".max"
                                                                          : "");
        if (want->set) {
            snprintf(out + used, size - used, "%lld ", (long long)want->value);
        } else {
            snprintf(out + used, size - used, "unset ");
        }
    }
}

static void test_plans(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(plans); i++) {
        const struct plan_row *row = &plans[i];
        struct settings_owner places[PLACES] = {{.tenant = ""}, {.tenant = "a"}, {.tenant = "b"}};
        struct settings_step steps[PLACES * SETTING_COUNT];
        size_t count = 0;
        struct err err = {0};
        char got[256];
        char warned[8] = "";
        put(places, row->now, false);
        put(places, row->wanted, true);
        int result = settings_plan(places, PLACES, row->raise, steps, &count, &err);
        if (row->steps == NULL) {
            row_int(row->name, result, -1);
            row_int(row->name, err.kind, ERR_REJECTED);
            row_has(row->name, err.text, "--raise-role-max");
            continue;
        }
        row_int(row->name, result, 0);
        print_steps(places, steps, count, got, sizeof(got));
        row_text(row->name, got, row->steps);
        for (size_t k = 1; k < PLACES; k++) {
            snprintf(warned + strlen(warned), sizeof(warned) - strlen(warned), "%s",
                     places[k].too_long ? places[k].tenant : "");
        }
        row_text(row->name, warned, row->too_long);
    }
}

/* Whatever is wanted, no step leaves a tenant's validity above its maximum when it was not before
 * and will not be after. */
static void walk(const char *name, struct settings_owner *places, const struct settings_step *steps,
                 size_t count)
{
    bool good[PLACES];
    for (size_t k = 1; k < PLACES; k++) {
        good[k] = settings_validity_s(&places[k], false) <= settings_role_max_s(places, k, false) &&
                  settings_validity_s(&places[k], true) <= settings_role_max_s(places, k, true);
    }
    for (size_t i = 0; i < count; i++) {
        struct settings_owner *place = &places[steps[i].place];
        place->now[steps[i].id] = place->want[steps[i].id];
        for (size_t k = 1; k < PLACES; k++) {
            row_true(name, !good[k] || settings_validity_s(&places[k], false) <=
                                           settings_role_max_s(places, k, false));
        }
    }
}

static void test_no_step_breaks_sessions(void **state)
{
    static const char *const values[] = {"unset", "1800", "3600", "7200"};
    const size_t n = ROWS(values);
    int walked = 0;
    (void)state;
    /* now and want of the system's maximum, the tenant's, and its validity */
    for (size_t bits = 0; bits < n * n * n * n * n * n; bits++) {
        size_t rest = bits;
        struct settings_owner places[PLACES] = {{.tenant = ""}, {.tenant = "a"}, {.tenant = "b"}};
        struct settings_step steps[PLACES * SETTING_COUNT];
        size_t count = 0;
        struct err err = {0};
        static const enum setting_id ids[] = {SETTING_ROLE_MAX, SETTING_TENANT_ROLE_MAX,
                                              SETTING_TOKEN_VALIDITY};
        for (size_t i = 0; i < ROWS(ids); i++) {
            struct settings_owner *place = &places[i > 0];
            place->now[ids[i]] = value_of(values[rest % n]);
            place->want[ids[i]] = value_of(values[rest / n % n]);
            place->wanted[ids[i]] = true;
            rest /= n * n;
        }
        places[2].now[SETTING_TOKEN_VALIDITY] = places[1].now[SETTING_TOKEN_VALIDITY];
        if (settings_plan(places, PLACES, false, steps, &count, &err) == 0) {
            walk("any", places, steps, count);
            walked++;
        }
    }
    assert_in_range(walked, 1000, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_no_step_breaks_sessions),
    };
    return cmocka_run_group_tests_name("jit_settings", tests, NULL, NULL);
}
