/* SPDX-License-Identifier: MIT */
/* duplojit settings list: the six by name, then the rows as the portal has them. */
#include <string.h>

#include "base/json_write.h"
#include "base/table.h"
#include "cli/output.h"
#include "cmd/settings/settings.h"

static const char *unit_of(const struct setting *setting)
{
    return setting->is_switch ? "on|off" : "s";
}

static const char *type_of(const char *type)
{
    return type[0] != '\0' ? type : "(tenant)";
}

/* Whether the key is known to be right: of another key nobody said so. */
static bool is_verified(const struct setting_keys *keys, size_t id)
{
    return settings_table[id].verified && strcmp(keys->key[id], settings_table[id].key) == 0;
}

static void add_keys(struct buf *out, const struct setting_keys *keys)
{
    struct table table;
    table_init(&table, 5);
    table_add_row(&table,
                  (const char *const[]){"SETTING", "TYPE", "KEY", "", "VARIABLE FOR ANOTHER KEY"});
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        table_add_row(&table,
                      (const char *const[]){setting->name, type_of(keys->type[i]), keys->key[i],
                                            is_verified(keys, i) ? "documented" : "unverified",
                                            setting->variable});
    }
    table_write(&table, out);
}

static void add_json_keys(struct buf *out, const struct setting_keys *keys)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_array(&writer);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        json_write_line(&writer, 2);
        json_begin_object(&writer);
        json_put_string(&writer, "Name", setting->name);
        json_write_key(&writer, "Type");
        if (setting->type != NULL) {
            json_write_string(&writer, keys->type[i]);
        } else {
            json_write_null(&writer);
        }
        json_put_string(&writer, "Key", keys->key[i]);
        json_put_bool(&writer, "Verified", is_verified(keys, i));
        json_put_string(&writer, "Variable", setting->variable);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    buf_add_char(out, '\n');
}

int settings_list_keys(const struct setting_keys *keys, bool json, struct err *err)
{
    struct buf out;
    output_init(&out);
    (json ? add_json_keys : add_keys)(&out, keys);
    return output_write(&out, err);
}

/* The text of a setting; *known is false for a tenant's where no tenant is named. */
static const char *text_of(const struct settings_editor *editor, size_t tenant_place, size_t id,
                           bool *known)
{
    const struct target target = {.place = settings_table[id].type != NULL ? 0 : tenant_place,
                                  .type = editor->keys.type[id],
                                  .key = editor->keys.key[id]};
    *known = settings_table[id].type != NULL || tenant_place != 0;
    return *known ? settings_editor_text(editor, &target) : NULL;
}

static void add_rows(struct table *table, const struct settings_owner *place)
{
    for (size_t i = 0; i < place->rows.count; i++) {
        const struct portal_setting *row = &place->rows.rows[i];
        table_add_row(table, (const char *const[]){type_of(row->type), row->key, row->value});
    }
}

static void add_named(struct table *table, const struct settings_editor *editor,
                      size_t tenant_place, size_t id)
{
    const struct setting *setting = &settings_table[id];
    char value[SETTINGS_EDITOR_WORDS_SIZE];
    char otherwise[SETTING_TEXT_SIZE];
    bool known = false;
    settings_editor_words(setting, text_of(editor, tenant_place, id, &known), value);
    setting_value_format(setting, setting->otherwise, otherwise);
    table_add_row(table, (const char *const[]){setting->name, known ? value : "? (give --tenant)",
                                               otherwise, unit_of(setting), setting->meaning});
}

static void add_table(struct buf *out, const struct settings_editor *editor, size_t tenant_place)
{
    struct table named;
    struct table rows;
    table_init(&named, 5);
    table_add_row(&named, (const char *const[]){"SETTING", "VALUE", "DEFAULT", "UNIT", "MEANING"});
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        add_named(&named, editor, tenant_place, i);
    }
    table_write(&named, out);
    buf_add_char(out, '\n');
    table_init(&rows, 3);
    table_add_row(&rows, (const char *const[]){"TYPE", "KEY", "VALUE"});
    add_rows(&rows, &editor->places[0]);
    if (tenant_place != 0) {
        add_rows(&rows, &editor->places[tenant_place]);
    }
    table_write(&rows, out);
}

/* A number or a boolean; what is no value of the setting as the string that it is. */
static void put_value(struct json_writer *writer, const char *name, const struct setting *setting,
                      const struct setting_value *value, const char *text)
{
    json_write_key(writer, name);
    if (!value->set) {
        json_write_null(writer);
    } else if (value->invalid) {
        json_write_string(writer, text);
    } else if (setting->is_switch) {
        json_write_bool(writer, value->value != 0);
    } else {
        json_write_int(writer, value->value);
    }
}

/* Where no tenant is named, nothing is said of a tenant's: null would be "not set". */
static void add_json_named(struct json_writer *writer, const struct settings_editor *editor,
                           size_t tenant_place, size_t id)
{
    const struct setting *setting = &settings_table[id];
    const struct setting_value otherwise = {.set = true, .value = setting->otherwise};
    bool known = false;
    const char *text = text_of(editor, tenant_place, id, &known);
    const struct setting_value value = setting_value_read(setting, text);
    if (!known) {
        return;
    }
    json_write_line(writer, 2);
    json_begin_object(writer);
    json_put_string(writer, "Name", setting->name);
    json_put_string(writer, "Scope", setting->type != NULL ? "system" : "tenant");
    json_put_bool(writer, "Verified", is_verified(&editor->keys, id));
    json_put_string(writer, "Unit", unit_of(setting));
    json_put_string(writer, "Meaning", setting->meaning);
    json_put_string(writer, "Key", editor->keys.key[id]);
    put_value(writer, "Value", setting, &value, text);
    put_value(writer, "Default", setting, &otherwise, NULL);
    json_end_object(writer);
}

static void add_json_rows(struct json_writer *writer, const char *name,
                          const struct settings_owner *place)
{
    json_write_line(writer, 1);
    json_write_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < place->rows.count; i++) {
        const struct portal_setting *row = &place->rows.rows[i];
        json_write_line(writer, 2);
        json_begin_object(writer);
        if (place->tenant_id[0] == '\0') {
            json_put_string(writer, "Type", row->type);
        }
        json_put_string(writer, "Key", row->key);
        json_put_string(writer, "Value", row->value);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void add_json(struct buf *out, const struct settings_editor *editor, size_t tenant_place)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_write_key(&writer, "Settings");
    json_begin_array(&writer);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        add_json_named(&writer, editor, tenant_place, i);
    }
    json_end_array(&writer);
    add_json_rows(&writer, "System", &editor->places[0]);
    if (tenant_place != 0) {
        add_json_rows(&writer, "Tenant", &editor->places[tenant_place]);
    }
    json_end_object(&writer);
    buf_add_char(out, '\n');
}

int settings_list(const struct settings_editor *editor, size_t tenant_place, bool json,
                  struct err *err)
{
    struct buf out;
    output_init(&out);
    (json ? add_json : add_table)(&out, editor, tenant_place);
    return output_write(&out, err);
}
