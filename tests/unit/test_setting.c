/* SPDX-License-Identifier: MIT */
/* The settings: their table, and their values in all forms. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "settings/setting.h"

static const struct setting *const admin_ui = &settings_table[SETTING_ADMIN_UI];
static const struct setting *const user_ui = &settings_table[SETTING_NON_ADMIN_UI];
static const struct setting *const validity = &settings_table[SETTING_TOKEN_VALIDITY];

static void lists_each_setting(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        row_true(setting->name, setting_find(setting->name) == setting);
        row_true(setting->name, setting->key[0] != '\0' && setting->meaning[0] != '\0');
        row_true(setting->name, strncmp(setting->variable, "DUPLO_KEY_", 10) == 0);
        row_true(setting->name, setting->is_switch || setting->default_value == 3600);
    }
    assert_null(setting_find(""));
    assert_null(setting_find("Token-Validity"));
}

static void reads_user_input(void **state)
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

static void reads_text_of_the_portal(void **state)
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
        {"a unit", SETTING_TOKEN_VALIDITY, "2h", true, 0},
        {"empty", SETTING_TOKEN_VALIDITY, "", true, 0},
        {"zero", SETTING_TOKEN_VALIDITY, "0", true, 0},
        {"admin on", SETTING_ADMIN_UI, "true", false, 1},
        {"admin off", SETTING_ADMIN_UI, "false", false, 0},
        {"capital", SETTING_ADMIN_UI, "True", false, 1},
        {"users off", SETTING_NON_ADMIN_UI, "true", false, 0},
        {"users on", SETTING_NON_ADMIN_UI, "false", false, 1},
        {"neither", SETTING_NON_ADMIN_UI, "maybe", true, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct setting_value value =
            setting_value_decode(&settings_table[rows[i].id], rows[i].text);
        row_true(rows[i].name, value.set);
        row_int(rows[i].name, value.invalid, rows[i].invalid);
        if (!rows[i].invalid) {
            row_int(rows[i].name, value.value, rows[i].want);
        }
        row_int(rows[i].name, setting_value_equal(&value, &value), !rows[i].invalid);
    }
    assert_false(setting_value_decode(validity, NULL).set);
}

static void writes_values(void **state)
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
        setting_value_describe(validity, rows[i].value, text);
        row_text(rows[i].want, text, rows[i].want);
    }
    setting_value_describe(user_ui, 0, text);
    assert_string_equal(text, "off");
    setting_value_encode(user_ui, 0, text);
    assert_string_equal(text, "true");
    setting_value_encode(admin_ui, 0, text);
    assert_string_equal(text, "false");
    setting_value_encode(validity, 7200, text);
    assert_string_equal(text, "7200");
}

/* A value that is written for the portal or for the user is read back unchanged. */
static void reads_what_it_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const int64_t values[] = {settings_table[i].is_switch ? 0 : 900,
                                  settings_table[i].is_switch ? 1 : 43200};
        for (size_t k = 0; k < 2; k++) {
            char text[SETTING_TEXT_SIZE];
            struct setting_value value;
            struct err err;
            setting_value_encode(&settings_table[i], values[k], text);
            value = setting_value_decode(&settings_table[i], text);
            row_true(settings_table[i].name, !value.invalid && value.value == values[k]);
            setting_value_format(&settings_table[i], values[k], text);
            row_int(settings_table[i].name,
                    setting_value_parse(&settings_table[i], text, &value, &err), 0);
            row_int(settings_table[i].name, value.value, values[k]);
        }
    }
}

static void describes_texts_of_the_portal(void **state)
{
    static const struct {
        const struct setting *setting;
        const char *text;
        const char *want;
    } rows[] = {
        {&settings_table[SETTING_TOKEN_VALIDITY], "7200", "7200 (2 h)"},
        {&settings_table[SETTING_TOKEN_VALIDITY], NULL, "not set"},
        {&settings_table[SETTING_TOKEN_VALIDITY], "for ever", "\"for ever\""},
        {&settings_table[SETTING_TOKEN_VALIDITY], "", "\"\""},
        {&settings_table[SETTING_NON_ADMIN_UI], "true", "off"},
        {NULL, "7200", "\"7200\""},
        {NULL, "red\x1b[31m", "\"red?[31m\""},
        {NULL, NULL, "not set"},
    };
    char long_text[1000];
    char got[SETTING_DESCRIPTION_SIZE];
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        setting_describe_text(rows[i].setting, rows[i].text, got);
        row_text(rows[i].want, got, rows[i].want);
    }
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    setting_describe_text(NULL, long_text, got);
    assert_int_equal(strlen(got), SETTING_DESCRIPTION_SIZE - 1);
    assert_int_equal(got[SETTING_DESCRIPTION_SIZE - 2], '"');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_each_setting),       cmocka_unit_test(reads_user_input),
        cmocka_unit_test(reads_text_of_the_portal), cmocka_unit_test(writes_values),
        cmocka_unit_test(reads_what_it_writes),     cmocka_unit_test(describes_texts_of_the_portal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
