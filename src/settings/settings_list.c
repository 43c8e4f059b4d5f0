/* SPDX-License-Identifier: MIT */
#include "settings/settings_list.h"

#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/table.h"

static const char *unit_of(const struct setting *setting)
{
    return setting->is_switch ? "on|off" : "s";
}

/* Whether the key is known to be right; a key that the user names is not. */
static bool is_verified(const struct setting_keys *keys, size_t id)
{
    return settings_table[id].verified && strcmp(keys->key[id], settings_table[id].key) == 0;
}

static const char *type_cell(const char *type)
{
    return type[0] != '\0' ? type : "(tenant)";
}

static void add_keys(struct buf *out, const struct setting_keys *keys)
{
    static const char *const heads[] = {"SETTING", "TYPE", "KEY", "STATUS", "KEY VARIABLE"};
    struct table table;
    table_init(&table, sizeof(heads) / sizeof(heads[0]));
    table_add_row(&table, heads);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        const char *const cells[] = {setting->name, type_cell(keys->type[i]), keys->key[i],
                                     is_verified(keys, i) ? "documented" : "unverified",
                                     setting->variable};
        table_add_row(&table, cells);
    }
    table_write(&table, out);
}

static void add_json_keys(struct buf *out, const struct setting_keys *keys)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_array(&json);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        json_write_line(&json, 2);
        json_begin_object(&json);
        json_put_string(&json, "Name", setting->name);
        json_write_key(&json, "Type");
        if (setting->type != NULL) {
            json_write_string(&json, keys->type[i]);
        } else {
            json_write_null(&json);
        }
        json_put_string(&json, "Key", keys->key[i]);
        json_put_bool(&json, "Verified", is_verified(keys, i));
        json_put_string(&json, "Variable", setting->variable);
        json_end_object(&json);
    }
    json_end_array(&json);
    buf_add_char(out, '\n');
}

void settings_list_keys(const struct setting_keys *keys, bool json, struct buf *out)
{
    (json ? add_json_keys : add_keys)(out, keys);
}

/* Whether the setting's owner is listed: without a tenant, a tenant's settings are not known. */
static bool is_known(const struct setting *setting, size_t tenant)
{
    return !setting_is_tenants(setting) || tenant != 0;
}

static const char *text_of(const struct settings_editor *editor, size_t tenant, size_t id)
{
    const struct setting *setting = &settings_table[id];
    const struct settings_target target = {.setting = setting,
                                           .owner = setting_is_tenants(setting) ? tenant : 0,
                                           .type = editor->keys.type[id],
                                           .key = editor->keys.key[id]};
    return settings_editor_text(editor, &target);
}

static void add_rows(struct table *table, const struct settings_owner *owner)
{
    for (size_t i = 0; i < owner->rows.count; i++) {
        const struct portal_setting *row = &owner->rows.rows[i];
        const char *const cells[] = {type_cell(row->type), row->key, row->value};
        table_add_row(table, cells);
    }
}

static void add_values(struct buf *out, const struct settings_editor *editor, size_t tenant)
{
    static const char *const heads[] = {"SETTING", "VALUE", "DEFAULT", "UNIT", "MEANING"};
    struct table table;
    table_init(&table, sizeof(heads) / sizeof(heads[0]));
    table.wraps = true;
    table_add_row(&table, heads);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        char value[SETTING_DESCRIPTION_SIZE] = "? (no tenant)";
        char default_value[SETTING_TEXT_SIZE];
        if (is_known(setting, tenant)) {
            setting_describe_text(setting, text_of(editor, tenant, i), value);
        }
        setting_value_describe(setting, setting->default_value, default_value);
        const char *const cells[] = {setting->name, value, default_value, unit_of(setting),
                                     setting->meaning};
        table_add_row(&table, cells);
    }
    table_write(&table, out);
}

static void add_tables(struct buf *out, const struct settings_editor *editor, size_t tenant)
{
    static const char *const heads[] = {"TYPE", "KEY", "VALUE"};
    struct table table;
    add_values(out, editor, tenant);
    buf_add_char(out, '\n');
    table_init(&table, sizeof(heads) / sizeof(heads[0]));
    table_add_row(&table, heads);
    add_rows(&table, &editor->owners[0]);
    if (tenant != 0) {
        add_rows(&table, &editor->owners[tenant]);
    }
    table_write(&table, out);
}

static void write_value(struct json_writer *json, const struct setting *setting, int64_t value)
{
    if (setting->is_switch) {
        json_write_bool(json, value != 0);
    } else {
        json_write_int(json, value);
    }
}

/* The portal's text of a setting: a number or a boolean; the text itself if it is invalid. */
static void write_text(struct json_writer *json, const struct setting *setting, const char *text)
{
    const struct setting_value value = setting_value_decode(setting, text);
    if (!value.set) {
        json_write_null(json);
    } else if (value.invalid) {
        json_write_string(json, text);
    } else {
        write_value(json, setting, value.value);
    }
}

static void write_setting(struct json_writer *json, const struct settings_editor *editor,
                          size_t tenant, size_t id)
{
    const struct setting *setting = &settings_table[id];
    json_write_line(json, 2);
    json_begin_object(json);
    json_put_string(json, "Name", setting->name);
    json_put_string(json, "Scope", setting_is_tenants(setting) ? "tenant" : "system");
    json_put_bool(json, "Verified", is_verified(&editor->keys, id));
    json_put_string(json, "Unit", unit_of(setting));
    json_put_string(json, "Meaning", setting->meaning);
    json_put_string(json, "Key", editor->keys.key[id]);
    json_write_key(json, "Value");
    write_text(json, setting, text_of(editor, tenant, id));
    json_write_key(json, "Default");
    write_value(json, setting, setting->default_value);
    json_end_object(json);
}

static void write_rows(struct json_writer *json, const char *name,
                       const struct settings_owner *owner)
{
    json_write_line(json, 1);
    json_write_key(json, name);
    json_begin_array(json);
    for (size_t i = 0; i < owner->rows.count; i++) {
        const struct portal_setting *row = &owner->rows.rows[i];
        json_write_line(json, 2);
        json_begin_object(json);
        if (owner->tenant_id[0] == '\0') {
            json_put_string(json, "Type", row->type);
        }
        json_put_string(json, "Key", row->key);
        json_put_string(json, "Value", row->value);
        json_end_object(json);
    }
    json_end_array(json);
}

static void add_json(struct buf *out, const struct settings_editor *editor, size_t tenant)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_write_key(&json, "Settings");
    json_begin_array(&json);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (is_known(&settings_table[i], tenant)) {
            write_setting(&json, editor, tenant, i);
        }
    }
    json_end_array(&json);
    write_rows(&json, "System", &editor->owners[0]);
    if (tenant != 0) {
        write_rows(&json, "Tenant", &editor->owners[tenant]);
    }
    json_end_object(&json);
    buf_add_char(out, '\n');
}

void settings_list(const struct settings_editor *editor, size_t tenant, bool json, struct buf *out)
{
    (json ? add_json : add_tables)(out, editor, tenant);
}
