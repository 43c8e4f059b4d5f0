/* SPDX-License-Identifier: MIT */
/*
 * The file of `duplojit settings apply` and `export`:
 *   {"system": {"admin-jit-ui": "on", "role-max-session-duration": "2h"},
 *    "tenants": {"dev01": {"token-validity": 7200}}}
 * A value is what `settings set` takes, as text, number or boolean; null is "not set". What is not
 * named is left alone.
 */
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/output.h"
#include "cmd/settings/settings.h"

enum { FILE_MAX = 1 << 20, WORD_SIZE = 200 };

/* One member of "system", or of a tenant. */
static int read_setting(const struct json_doc *json, int key, struct settings_owner *place,
                        struct err *err)
{
    char name[WORD_SIZE];
    char text[WORD_SIZE];
    if (json_string(json, key, name, sizeof(name), err) != 0) {
        return -1;
    }
    const struct setting *setting = setting_find(name);
    bool tenant = place->tenant_id[0] != '\0';
    if (setting == NULL || (setting->type == NULL) != tenant) {
        return err_set(err, ERR_FILE, "\"%s\" is no setting of %s", name,
                       tenant ? "a tenant" : "the system");
    }
    if (json_scalar(json, key + 1, text, sizeof(text), err) != 0) {
        return err_wrap(err, "%s", name);
    }
    size_t id = (size_t)(setting - settings_table);
    if (place->wanted[id]) {
        return err_set(err, ERR_FILE, "\"%s\" stands twice", name);
    }
    place->wanted[id] = true;
    place->want[id] = (struct setting_value){0};
    return json_type(json, key + 1) == JSON_NULL
               ? 0
               : setting_value_parse(setting, text, &place->want[id], err);
}

static int read_place(const struct json_doc *json, int object, struct settings_owner *place,
                      struct err *err)
{
    if (json_type(json, object) != JSON_OBJECT) {
        return err_set(err, ERR_FILE, "not an object with settings");
    }
    for (int key = json_first_key(json, object); key != JSON_NONE;
         key = json_next_key(json, object, key)) {
        if (read_setting(json, key, place, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The tenant by name or ID among those of the user. */
static int find_place(struct settings_editor *editor, const char *name, size_t *place,
                      struct err *err)
{
    if (settings_editor_list_tenants(editor, err) != 0) {
        return -1;
    }
    const struct portal_tenant *tenant =
        portal_find_tenant(editor->tenants, editor->tenant_count, name, err);
    return tenant == NULL
               ? -1
               : settings_editor_add_tenant(editor, tenant->name, tenant->id, place, err);
}

/* desk NULL: only checks what is written there. */
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
            (editor != NULL && find_place(editor, name, &at, err) != 0)) {
            return -1;
        }
        if (read_place(json, key + 1, editor != NULL ? &editor->places[at] : &scratch, err) != 0) {
            return err_wrap(err, "tenant %s", name);
        }
    }
    return 0;
}

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
        int failed =
            system ? read_place(json, key + 1, editor != NULL ? &editor->places[0] : &scratch, err)
                   : read_tenants(editor, json, key + 1, err);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

/* All of the file is checked before the portal is asked anything. */
int settings_read_file(struct settings_editor *editor, const char *path, struct err *err)
{
    struct json_doc json = {0};
    struct buf text;
    bool from_stdin = strcmp(path, "-") == 0;
    buf_init(&text, FILE_MAX);
    int result = from_stdin ? fs_read_fd(STDIN_FILENO, "standard input", &text, err)
                            : fs_read(path, &text, NULL, err);
    if (result == 0 && (json_parse(&json, buf_str(&text), text.len, err) != 0 ||
                        read_document(NULL, &json, err) != 0)) {
        err->kind = ERR_FILE;
        result = -1;
    }
    result = result != 0 ? -1 : read_document(editor, &json, err);
    json_done(&json);
    buf_done(&text);
    return result != 0 ? err_wrap(err, "--file %s", path) : 0;
}

static void add_setting(struct json_writer *writer, const struct settings_owner *place, size_t id)
{
    const struct setting *setting = &settings_table[id];
    const struct setting_value *value = &place->now[id];
    char text[SETTING_TEXT_SIZE];
    json_write_key(writer, setting->name);
    if (!value->set) {
        json_write_null(writer);
        return;
    }
    setting_value_print(setting, value->value, text);
    if (setting->is_switch) {
        json_write_string(writer, text);
    } else {
        json_write_raw(writer, text);
    }
}

static void add_place(struct json_writer *writer, const struct settings_owner *place)
{
    json_begin_object(writer);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if ((settings_table[i].type == NULL) != (place->tenant_id[0] != '\0')) {
            continue;
        }
        if (place->now[i].invalid) {
            log_warn("%s is left out: it has a value that `settings set` would not take",
                     settings_table[i].name);
            continue;
        }
        add_setting(writer, place, i);
    }
    json_end_object(writer);
}

/* Of all tenants, those that have one of the settings. */
static bool is_exported(const struct settings_owner *place, bool all)
{
    return !all || place->now[SETTING_TOKEN_VALIDITY].set ||
           place->now[SETTING_TENANT_ROLE_MAX].set;
}

int settings_export(const struct settings_editor *editor, bool all, struct err *err)
{
    struct buf out;
    struct json_writer writer;
    output_init(&out);
    json_writer_init(&writer, &out);
    writer.spaced = true;
    json_begin_object(&writer);
    json_write_key(&writer, "system");
    add_place(&writer, &editor->places[0]);
    json_write_line(&writer, 1);
    json_write_key(&writer, "tenants");
    json_begin_object(&writer);
    for (size_t i = 1; i < editor->count; i++) {
        if (is_exported(&editor->places[i], all)) {
            json_write_line(&writer, 2);
            json_write_key(&writer, editor->places[i].tenant);
            add_place(&writer, &editor->places[i]);
        }
    }
    json_end_object(&writer);
    json_end_object(&writer);
    buf_add_char(&out, '\n');
    return output_write(&out, err);
}
