/* SPDX-License-Identifier: MIT */
/* duplojit settings list: the six by name, then the rows as the portal has them. */
#include <string.h>

#include "cmd/page.h"
#include "cmd/settings.h"

enum { NAME_WIDTH = 34, VALUE_WIDTH = 25, TYPE_WIDTH = 11 };

static const char *unit_of(const struct jit_setting *setting)
{
    return setting->is_switch ? "on|off" : "s";
}

static void add_type(struct page *page, const char *type)
{
    page_add_clean(page, type[0] != '\0' ? type : "(tenant)", TYPE_WIDTH);
}

/* Whether the key is known to be right: of another key nobody said so. */
static bool is_verified(const struct jit_keys *keys, size_t id)
{
    return jit_settings[id].verified && strcmp(keys->key[id], jit_settings[id].key) == 0;
}

static void add_keys(struct page *page, const struct jit_keys *keys)
{
    page_add(page, "%-*s%-*s%-*s            %s\n", NAME_WIDTH, "SETTING", TYPE_WIDTH, "TYPE",
             VALUE_WIDTH, "KEY", "VARIABLE FOR ANOTHER KEY");
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        const struct jit_setting *setting = &jit_settings[i];
        page_add(page, "%-*s", NAME_WIDTH, setting->name);
        add_type(page, keys->type[i]);
        page_add(page, "%-*s%-12s%s\n", VALUE_WIDTH, keys->key[i],
                 is_verified(keys, i) ? "documented" : "unverified", setting->variable);
    }
}

static void add_json_keys(struct page *page, const struct jit_keys *keys)
{
    const char *before = "[";
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        const struct jit_setting *setting = &jit_settings[i];
        page_add(page, "%s\n  {\"Name\":\"%s\",\"Type\":", before, setting->name);
        if (setting->type != NULL) {
            page_add_json(page, keys->type[i]);
        } else {
            page_add(page, "null");
        }
        page_add(page, ",\"Key\":");
        page_add_json(page, keys->key[i]);
        page_add(page, ",\"Verified\":%s,\"Variable\":\"%s\"}",
                 is_verified(keys, i) ? "true" : "false", setting->variable);
        before = ",";
    }
    page_add(page, "]\n");
}

int settings_list_keys(const struct jit_keys *keys, bool json, struct err *err)
{
    struct page page;
    page_init(&page, err);
    (json ? add_json_keys : add_keys)(&page, keys);
    return page_print(&page);
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

static void add_rows(struct page *page, const struct jit_place *place)
{
    for (size_t i = 0; i < place->rows.count; i++) {
        const struct portal_setting *row = &place->rows.rows[i];
        add_type(page, row->type);
        page_add_clean(page, row->key, VALUE_WIDTH - 2);
        page_add(page, "  ");
        page_add_clean(page, row->value, 0);
        page_add(page, "\n");
    }
}

static void add_table(struct page *page, const struct desk *desk, size_t tenant_place)
{
    page_add(page, "%-*s%-*s%-14s%-8s%s\n", NAME_WIDTH, "SETTING", VALUE_WIDTH, "VALUE", "DEFAULT",
             "UNIT", "MEANING");
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        const struct jit_setting *setting = &jit_settings[i];
        char value[DESK_WORDS_SIZE];
        char otherwise[JIT_TEXT_SIZE];
        bool known = false;
        desk_words(setting, text_of(desk, tenant_place, i, &known), value);
        jit_value_format(setting, setting->otherwise, otherwise);
        page_add(page, "%-*s%-*s%-14s%-8s%s\n", NAME_WIDTH, setting->name, VALUE_WIDTH,
                 known ? value : "? (give --tenant)", otherwise, unit_of(setting),
                 setting->meaning);
    }
    page_add(page, "\n%-*s%-*s%s\n", TYPE_WIDTH, "TYPE", VALUE_WIDTH, "KEY", "VALUE");
    add_rows(page, &desk->places[0]);
    if (tenant_place != 0) {
        add_rows(page, &desk->places[tenant_place]);
    }
}

/* A number or a boolean; what is no value of the setting as the string that it is. */
static void add_json_value(struct page *page, const struct jit_setting *setting,
                           const struct jit_value *value, const char *text)
{
    if (!value->set) {
        page_add(page, "null");
    } else if (value->odd) {
        page_add_json(page, text);
    } else if (setting->is_switch) {
        page_add(page, "%s", value->value != 0 ? "true" : "false");
    } else {
        page_add(page, "%lld", (long long)value->value);
    }
}

/* Where no tenant is named, nothing is said of a tenant's: null would be "not set". */
static void add_json_named(struct page *page, const struct desk *desk, size_t tenant_place,
                           size_t id)
{
    const struct jit_setting *setting = &jit_settings[id];
    const struct jit_value otherwise = {.set = true, .value = setting->otherwise};
    bool known = false;
    const char *text = text_of(desk, tenant_place, id, &known);
    const struct jit_value value = jit_value_read(setting, text);
    if (!known) {
        return;
    }
    page_add(page, "%s\n  {\"Name\":\"%s\",\"Scope\":\"%s\",\"Verified\":%s,\"Unit\":\"%s\",",
             id > 0 ? "," : "", setting->name, setting->type != NULL ? "system" : "tenant",
             is_verified(&desk->keys, id) ? "true" : "false", unit_of(setting));
    page_add(page, "\"Meaning\":\"%s\",\"Key\":", setting->meaning);
    page_add_json(page, desk->keys.key[id]);
    page_add(page, ",\"Value\":");
    add_json_value(page, setting, &value, text);
    page_add(page, ",\"Default\":");
    add_json_value(page, setting, &otherwise, NULL);
    page_add(page, "}");
}

static void add_json_rows(struct page *page, const char *name, const struct jit_place *place)
{
    page_add(page, "],\n \"%s\":[", name);
    for (size_t i = 0; i < place->rows.count; i++) {
        const struct portal_setting *row = &place->rows.rows[i];
        page_add(page, "%s\n  {", i > 0 ? "," : "");
        if (place->tenant_id[0] == '\0') {
            page_add(page, "\"Type\":");
            page_add_json(page, row->type);
            page_add(page, ",");
        }
        page_add(page, "\"Key\":");
        page_add_json(page, row->key);
        page_add(page, ",\"Value\":");
        page_add_json(page, row->value);
        page_add(page, "}");
    }
}

static void add_json(struct page *page, const struct desk *desk, size_t tenant_place)
{
    page_add(page, "{\"Settings\":[");
    for (size_t i = 0; i < JIT_SETTING_COUNT; i++) {
        add_json_named(page, desk, tenant_place, i);
    }
    add_json_rows(page, "System", &desk->places[0]);
    if (tenant_place != 0) {
        add_json_rows(page, "Tenant", &desk->places[tenant_place]);
    }
    page_add(page, "]}\n");
}

int settings_list(const struct desk *desk, size_t tenant_place, bool json, struct err *err)
{
    struct page page;
    page_init(&page, err);
    (json ? add_json : add_table)(&page, desk, tenant_place);
    return page_print(&page);
}
