/* SPDX-License-Identifier: MIT */
/* duplojit settings list: the six by name, then the rows as the portal has them. */
#include <string.h>

#include "base/json.h"
#include "cmd/output.h"
#include "cmd/settings.h"

enum { NAME_WIDTH = 34, VALUE_WIDTH = 25, TYPE_WIDTH = 11 };

static const char *unit_of(const struct jit_setting *setting)
{
    return setting->is_switch ? "on|off" : "s";
}

static void add_cell(struct buf *out, const char *text, size_t width)
{
    size_t start = out->len;
    output_add_clean(out, text);
    size_t len = out->len - start;
    buf_add_fmt(out, "%*s", (int)(width > len ? width - len : 0), "");
}

static void add_type(struct buf *out, const char *type)
{
    add_cell(out, type[0] != '\0' ? type : "(tenant)", TYPE_WIDTH);
}

/* Whether the key is known to be right: of another key nobody said so. */
static bool is_verified(const struct jit_keys *keys, size_t id)
{
    return jit_settings[id].verified && strcmp(keys->key[id], jit_settings[id].key) == 0;
}

static void add_keys(struct buf *out, const struct jit_keys *keys)
{
    buf_add_fmt(out, "%-*s%-*s%-*s            %s\n", NAME_WIDTH, "SETTING", TYPE_WIDTH, "TYPE",
                VALUE_WIDTH, "KEY", "VARIABLE FOR ANOTHER KEY");
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        const struct jit_setting *setting = &jit_settings[i];
        buf_add_fmt(out, "%-*s", NAME_WIDTH, setting->name);
        add_type(out, keys->type[i]);
        buf_add_fmt(out, "%-*s%-12s%s\n", VALUE_WIDTH, keys->key[i],
                    is_verified(keys, i) ? "documented" : "unverified", setting->variable);
    }
}

static void add_json_keys(struct buf *out, const struct jit_keys *keys)
{
    const char *before = "[";
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        const struct jit_setting *setting = &jit_settings[i];
        buf_add_fmt(out, "%s\n  {\"Name\":\"%s\",\"Type\":", before, setting->name);
        if (setting->type != NULL) {
            json_add_string(out, keys->type[i]);
        } else {
            buf_add_str(out, "null");
        }
        buf_add_str(out, ",\"Key\":");
        json_add_string(out, keys->key[i]);
        buf_add_fmt(out, ",\"Verified\":%s,\"Variable\":\"%s\"}",
                    is_verified(keys, i) ? "true" : "false", setting->variable);
        before = ",";
    }
    buf_add_str(out, "]\n");
}

int settings_list_keys(const struct jit_keys *keys, bool json, struct err *err)
{
    struct buf out;
    output_init(&out);
    (json ? add_json_keys : add_keys)(&out, keys);
    return output_write(&out, err);
}

/* The text of a setting; *known is false for a tenant's where no tenant is named. */
static const char *text_of(const struct desk *desk, size_t tenant_place, size_t id, bool *known)
{
    const struct target target = {.place = jit_settings[id].type != NULL ? 0 : tenant_place,
                                  .type = desk->keys.type[id],
                                  .key = desk->keys.key[id]};
    *known = jit_settings[id].type != NULL || tenant_place != 0;
    return *known ? desk_text(desk, &target) : NULL;
}

static void add_rows(struct buf *out, const struct jit_place *place)
{
    for (size_t i = 0; i < place->rows.count; i++) {
        const struct portal_setting *row = &place->rows.rows[i];
        add_type(out, row->type);
        add_cell(out, row->key, VALUE_WIDTH - 2);
        buf_add_str(out, "  ");
        output_add_clean(out, row->value);
        buf_add_str(out, "\n");
    }
}

static void add_table(struct buf *out, const struct desk *desk, size_t tenant_place)
{
    buf_add_fmt(out, "%-*s%-*s%-14s%-8s%s\n", NAME_WIDTH, "SETTING", VALUE_WIDTH, "VALUE",
                "DEFAULT", "UNIT", "MEANING");
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        const struct jit_setting *setting = &jit_settings[i];
        char value[DESK_WORDS_SIZE];
        char otherwise[JIT_TEXT_SIZE];
        bool known = false;
        desk_words(setting, text_of(desk, tenant_place, i, &known), value);
        jit_value_format(setting, setting->otherwise, otherwise);
        buf_add_fmt(out, "%-*s%-*s%-14s%-8s%s\n", NAME_WIDTH, setting->name, VALUE_WIDTH,
                    known ? value : "? (give --tenant)", otherwise, unit_of(setting),
                    setting->meaning);
    }
    buf_add_fmt(out, "\n%-*s%-*s%s\n", TYPE_WIDTH, "TYPE", VALUE_WIDTH, "KEY", "VALUE");
    add_rows(out, &desk->places[0]);
    if (tenant_place != 0) {
        add_rows(out, &desk->places[tenant_place]);
    }
}

/* A number or a boolean; what is no value of the setting as the string that it is. */
static void add_json_value(struct buf *out, const struct jit_setting *setting,
                           const struct jit_value *value, const char *text)
{
    if (!value->set) {
        buf_add_str(out, "null");
    } else if (value->odd) {
        json_add_string(out, text);
    } else if (setting->is_switch) {
        buf_add_fmt(out, "%s", value->value != 0 ? "true" : "false");
    } else {
        buf_add_fmt(out, "%lld", (long long)value->value);
    }
}

/* Where no tenant is named, nothing is said of a tenant's: null would be "not set". */
static void add_json_named(struct buf *out, const struct desk *desk, size_t tenant_place, size_t id)
{
    const struct jit_setting *setting = &jit_settings[id];
    const struct jit_value otherwise = {.set = true, .value = setting->otherwise};
    bool known = false;
    const char *text = text_of(desk, tenant_place, id, &known);
    const struct jit_value value = jit_value_read(setting, text);
    if (!known) {
        return;
    }
    buf_add_fmt(out, "%s\n  {\"Name\":\"%s\",\"Scope\":\"%s\",\"Verified\":%s,\"Unit\":\"%s\",",
                id > 0 ? "," : "", setting->name, setting->type != NULL ? "system" : "tenant",
                is_verified(&desk->keys, id) ? "true" : "false", unit_of(setting));
    buf_add_fmt(out, "\"Meaning\":\"%s\",\"Key\":", setting->meaning);
    json_add_string(out, desk->keys.key[id]);
    buf_add_str(out, ",\"Value\":");
    add_json_value(out, setting, &value, text);
    buf_add_str(out, ",\"Default\":");
    add_json_value(out, setting, &otherwise, NULL);
    buf_add_str(out, "}");
}

static void add_json_rows(struct buf *out, const char *name, const struct jit_place *place)
{
    buf_add_fmt(out, "],\n \"%s\":[", name);
    for (size_t i = 0; i < place->rows.count; i++) {
        const struct portal_setting *row = &place->rows.rows[i];
        buf_add_fmt(out, "%s\n  {", i > 0 ? "," : "");
        if (place->tenant_id[0] == '\0') {
            buf_add_str(out, "\"Type\":");
            json_add_string(out, row->type);
            buf_add_str(out, ",");
        }
        buf_add_str(out, "\"Key\":");
        json_add_string(out, row->key);
        buf_add_str(out, ",\"Value\":");
        json_add_string(out, row->value);
        buf_add_str(out, "}");
    }
}

static void add_json(struct buf *out, const struct desk *desk, size_t tenant_place)
{
    buf_add_str(out, "{\"Settings\":[");
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        add_json_named(out, desk, tenant_place, i);
    }
    add_json_rows(out, "System", &desk->places[0]);
    if (tenant_place != 0) {
        add_json_rows(out, "Tenant", &desk->places[tenant_place]);
    }
    buf_add_str(out, "]}\n");
}

int settings_list(const struct desk *desk, size_t tenant_place, bool json, struct err *err)
{
    struct buf out;
    output_init(&out);
    (json ? add_json : add_table)(&out, desk, tenant_place);
    return output_write(&out, err);
}
