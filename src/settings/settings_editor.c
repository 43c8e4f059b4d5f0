/* SPDX-License-Identifier: MIT */
/* The desk of `duplojit settings`: places, and words for what is in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/scope_options.h"
#include "cmd/settings/settings.h"

int settings_editor_add_tenant(struct settings_editor *editor, const char *name, const char *id,
                               size_t *place, struct err *err)
{
    for (size_t i = 1; i < editor->count; i++) {
        if (text_equal_nocase(editor->places[i].tenant_id, id)) {
            *place = i;
            return 0;
        }
    }
    struct settings_owner *longer = realloc(editor->places, (editor->count + 1) * sizeof(*longer));
    if (longer == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    editor->places = longer;
    struct settings_owner *added = &longer[editor->count];
    *added = (struct settings_owner){0};
    if (!text_copy(added->tenant, sizeof(added->tenant), name) ||
        !text_copy(added->tenant_id, sizeof(added->tenant_id), id)) {
        return err_set(err, ERR_USAGE, "a tenant's name or ID is too long");
    }
    *place = editor->count++;
    return 0;
}

int settings_editor_list_tenants(struct settings_editor *editor, struct err *err)
{
    return editor->tenants != NULL
               ? 0
               : portal_list_tenants(editor->portal, &editor->tenants, &editor->tenant_count, err);
}

int settings_editor_add_all_tenants(struct settings_editor *editor, struct err *err)
{
    if (settings_editor_list_tenants(editor, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < editor->tenant_count; i++) {
        size_t old_count = editor->count;
        size_t place = 0;
        if (settings_editor_add_tenant(editor, editor->tenants[i].name, editor->tenants[i].id,
                                       &place, err) != 0) {
            return -1;
        }
        if (place == old_count &&
            settings_owner_load(editor->portal, &editor->places[place], &editor->keys, err) != 0) {
            portal_settings_done(&editor->places[place].rows);
            editor->count--;
            return err_wrap(err, "tenant %s", editor->tenants[i].name);
        }
    }
    return 0;
}

int settings_editor_find_tenant(struct settings_editor *editor, size_t *place, struct err *err)
{
    struct scope scope;
    char id[PORTAL_ID_SIZE];
    bool named = false;
    *place = 0;
    if (scope_options_find(editor->args, &scope, &named, err) != 0) {
        return -1;
    }
    if (!named || scope.kind == SCOPE_ADMIN || scope.kind == SCOPE_DUPLO_OPS) {
        return 0;
    }
    return session_tenant_id(&editor->session, &scope, id, err) != 0
               ? -1
               : settings_editor_add_tenant(editor, scope.tenant, id, place, err);
}

static int load(struct settings_editor *editor, size_t i, struct err *err)
{
    return settings_owner_load(editor->portal, &editor->places[i], &editor->keys, err);
}

/* The first call that is an administrator's: the MFA code that is kept with a login may be used. */
static int load_system(struct settings_editor *editor, struct err *err)
{
    if (load(editor, 0, err) == 0) {
        return 0;
    }
    if (!session_renew(&editor->session, err)) {
        return -1;
    }
    editor->portal = session_portal(&editor->session, err);
    return editor->portal == NULL ? -1 : load(editor, 0, err);
}

int settings_editor_load(struct settings_editor *editor, struct err *err)
{
    if (load_system(editor, err) != 0) {
        return -1;
    }
    for (size_t i = 1; i < editor->count; i++) {
        if (load(editor, i, err) != 0) {
            return err_wrap(err, "tenant %s", editor->places[i].tenant);
        }
    }
    return 0;
}

const char *settings_editor_text(const struct settings_editor *editor, const struct target *target)
{
    return portal_settings_find(&editor->places[target->place].rows, target->type, target->key);
}

void settings_editor_label(const struct settings_editor *editor, const struct target *target,
                           char out[SETTINGS_EDITOR_LABEL_SIZE])
{
    bool typed = target->setting == NULL && target->type[0] != '\0';
    snprintf(out, SETTINGS_EDITOR_LABEL_SIZE, "%s%s%s%s%s", typed ? target->type : "",
             typed ? "/" : "", target->setting != NULL ? target->setting->name : target->key,
             target->place != 0 ? " of tenant " : "", editor->places[target->place].tenant);
    text_clean(out);
}

void settings_editor_words(const struct setting *setting, const char *text,
                           char out[SETTINGS_EDITOR_WORDS_SIZE])
{
    struct setting_value value = {.set = text != NULL, .invalid = true};
    if (setting != NULL) {
        value = setting_value_read(setting, text);
    }
    if (!value.set) {
        snprintf(out, SETTINGS_EDITOR_WORDS_SIZE, "not set");
    } else if (value.invalid) {
        snprintf(out, SETTINGS_EDITOR_WORDS_SIZE, "\"%.*s\"", SETTINGS_EDITOR_WORDS_SIZE - 3, text);
        text_clean(out);
    } else {
        setting_value_format(setting, value.value, out);
    }
}
