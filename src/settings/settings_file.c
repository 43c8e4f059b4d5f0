/* SPDX-License-Identifier: MIT */
#include "settings/settings_file.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/log.h"

enum { WORD_SIZE = 200 };

/* A member of "system" or of a tenant. */
static int read_setting(const struct json_doc *json, int key, struct settings_owner *owner,
                        struct err *err)
{
    char name[WORD_SIZE];
    char text[WORD_SIZE];
    if (json_string(json, key, name, sizeof(name), err) != 0) {
        return -1;
    }
    const struct setting *setting = setting_find(name);
    if (setting == NULL || !settings_owner_has(owner, setting)) {
        return err_set(err, ERR_FILE, "\"%s\" is not a setting of %s", name,
                       owner->tenant_id[0] != '\0' ? "a tenant" : "the system");
    }
    if (json_scalar(json, key + 1, text, sizeof(text), err) != 0) {
        return err_wrap(err, "%s", name);
    }
    size_t id = (size_t)(setting - settings_table);
    if (owner->is_wanted[id]) {
        return err_set(err, ERR_FILE, "\"%s\" occurs twice", name);
    }
    owner->is_wanted[id] = true;
    owner->wanted[id] = (struct setting_value){0};
    return json_type(json, key + 1) == JSON_NULL
               ? 0
               : setting_value_parse(setting, text, &owner->wanted[id], err);
}

static int read_owner(const struct json_doc *json, int object, struct settings_owner *owner,
                      struct err *err)
{
    if (json_type(json, object) != JSON_OBJECT) {
        return err_set(err, ERR_FILE, "not an object with settings");
    }
    for (int key = json_first_key(json, object); key != JSON_NONE;
         key = json_next_key(json, object, key)) {
        if (read_setting(json, key, owner, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* editor NULL: only checks the content. */
static int read_tenants(struct settings_editor *editor, const struct json_doc *json, int object,
                        struct err *err)
{
    if (json_type(json, object) != JSON_OBJECT) {
        return err_set(err, ERR_FILE, "\"tenants\" is not an object");
    }
    for (int key = json_first_key(json, object); key != JSON_NONE;
         key = json_next_key(json, object, key)) {
        struct settings_owner scratch = {.tenant_id = "?"};
        char name[PORTAL_NAME_SIZE];
        size_t at = 0;
        if (json_string(json, key, name, sizeof(name), err) != 0 ||
            (editor != NULL && settings_editor_find_tenant(editor, name, &at, err) != 0)) {
            return -1;
        }
        struct settings_owner *owner = editor != NULL ? &editor->owners[at] : &scratch;
        if (read_owner(json, key + 1, owner, err) != 0) {
            return err_wrap(err, "tenant %s", name);
        }
    }
    return 0;
}

/* editor NULL: only checks the content. */
static int read_document(struct settings_editor *editor, const struct json_doc *json,
                         struct err *err)
{
    struct settings_owner scratch = {0};
    if (json_type(json, JSON_ROOT) != JSON_OBJECT) {
        return err_set(err, ERR_FILE, "not an object with \"system\" and \"tenants\"");
    }
    for (int key = json_first_key(json, JSON_ROOT); key != JSON_NONE;
         key = json_next_key(json, JSON_ROOT, key)) {
        char name[WORD_SIZE];
        if (json_string(json, key, name, sizeof(name), err) != 0) {
            return -1;
        }
        bool system = strcmp(name, "system") == 0;
        if (!system && strcmp(name, "tenants") != 0) {
            return err_set(err, ERR_FILE, "\"%s\" is neither \"system\" nor \"tenants\"", name);
        }
        struct settings_owner *owner = editor != NULL ? &editor->owners[0] : &scratch;
        if ((system ? read_owner(json, key + 1, owner, err)
                    : read_tenants(editor, json, key + 1, err)) != 0) {
            return -1;
        }
    }
    return 0;
}

int settings_file_read(struct settings_editor *editor, const struct buf *content, struct err *err)
{
    struct json_doc json = {0};
    int result = json_parse(&json, buf_str(content), content->len, err) != 0
                     ? -1
                     : read_document(NULL, &json, err);
    if (result == 0) {
        result = read_document(editor, &json, err);
    } else if (err->kind != ERR_INTERNAL) {
        err->kind = ERR_FILE;
    }
    json_done(&json);
    return result;
}

static void write_setting(struct json_writer *json, const struct settings_owner *owner, size_t id)
{
    const struct setting *setting = &settings_table[id];
    const struct setting_value *value = &owner->current[id];
    char text[SETTING_TEXT_SIZE];
    json_write_key(json, setting->name);
    if (!value->set) {
        json_write_null(json);
    } else if (setting->is_switch) {
        setting_value_format(setting, value->value, text);
        json_write_string(json, text);
    } else {
        json_write_int(json, value->value);
    }
}

static void write_owner(struct json_writer *json, const struct settings_owner *owner)
{
    json_begin_object(json);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        if (!settings_owner_has(owner, setting)) {
            continue;
        }
        if (owner->current[i].invalid) {
            log_warn("%s is left out, because its value is invalid", setting->name);
        } else {
            write_setting(json, owner, i);
        }
    }
    json_end_object(json);
}

static bool has_any(const struct settings_owner *owner)
{
    return owner->current[SETTING_TOKEN_VALIDITY].set ||
           owner->current[SETTING_TENANT_ROLE_MAX].set;
}

void settings_file_write(const struct settings_editor *editor, bool skip_unset, struct buf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json.spaced = true;
    json_begin_object(&json);
    json_write_key(&json, "system");
    write_owner(&json, &editor->owners[0]);
    json_write_line(&json, 1);
    json_write_key(&json, "tenants");
    json_begin_object(&json);
    for (size_t i = 1; i < editor->count; i++) {
        const struct settings_owner *owner = &editor->owners[i];
        if (!skip_unset || has_any(owner)) {
            json_write_line(&json, 2);
            json_write_key(&json, owner->tenant);
            write_owner(&json, owner);
        }
    }
    json_end_object(&json);
    json_end_object(&json);
    buf_add_char(out, '\n');
}
