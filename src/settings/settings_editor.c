/* SPDX-License-Identifier: MIT */
#include "settings/settings_editor.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/text.h"

int settings_editor_init(struct settings_editor *editor, struct err *err)
{
    *editor = (struct settings_editor){.owners = calloc(1, sizeof(*editor->owners))};
    if (editor->owners == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    editor->count = 1;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings_table[i];
        editor->keys.type[i] = setting->type != NULL ? setting->type : "";
        editor->keys.key[i] = setting->key;
    }
    return 0;
}

void settings_editor_done(struct settings_editor *editor)
{
    for (size_t i = 0; i < editor->count; i++) {
        portal_settings_done(&editor->owners[i].rows);
    }
    free(editor->owners);
    free(editor->tenants);
    *editor = (struct settings_editor){0};
}

int settings_editor_add_tenant(struct settings_editor *editor, const char *name, const char *id,
                               size_t *owner, struct err *err)
{
    for (size_t i = 1; i < editor->count; i++) {
        if (text_equal_nocase(editor->owners[i].tenant_id, id)) {
            *owner = i;
            return 0;
        }
    }
    struct settings_owner *longer =
        realloc(editor->owners, (editor->count + 1) * sizeof(*editor->owners));
    if (longer == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    editor->owners = longer;
    struct settings_owner *added = &longer[editor->count];
    *added = (struct settings_owner){0};
    if (!text_copy(added->tenant, sizeof(added->tenant), name) ||
        !text_copy(added->tenant_id, sizeof(added->tenant_id), id)) {
        return err_set(err, ERR_USAGE, "the tenant's name or ID is too long");
    }
    *owner = editor->count++;
    return 0;
}

static int list_tenants(struct settings_editor *editor, struct err *err)
{
    return editor->tenants != NULL
               ? 0
               : portal_list_tenants(editor->portal, &editor->tenants, &editor->tenant_count, err);
}

int settings_editor_find_tenant(struct settings_editor *editor, const char *name_or_id,
                                size_t *owner, struct err *err)
{
    if (list_tenants(editor, err) != 0) {
        return -1;
    }
    const struct portal_tenant *tenant =
        portal_find_tenant(editor->tenants, editor->tenant_count, name_or_id, err);
    return tenant == NULL
               ? -1
               : settings_editor_add_tenant(editor, tenant->name, tenant->id, owner, err);
}

static int load(struct settings_editor *editor, size_t i, struct err *err)
{
    struct settings_owner *owner = &editor->owners[i];
    if (settings_owner_load(editor->portal, owner, &editor->keys, err) == 0) {
        return 0;
    }
    return i == 0 ? -1 : err_wrap(err, "tenant %s", owner->tenant);
}

int settings_editor_add_all_tenants(struct settings_editor *editor, struct err *err)
{
    if (list_tenants(editor, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < editor->tenant_count; i++) {
        const struct portal_tenant *tenant = &editor->tenants[i];
        size_t old_count = editor->count;
        size_t owner = 0;
        if (settings_editor_add_tenant(editor, tenant->name, tenant->id, &owner, err) != 0) {
            return -1;
        }
        if (owner == old_count && load(editor, owner, err) != 0) {
            portal_settings_done(&editor->owners[owner].rows);
            editor->count--; /* one that could not be loaded must not be planned with */
            return -1;
        }
    }
    return 0;
}

int settings_editor_load(struct settings_editor *editor, struct err *err)
{
    for (size_t i = 0; i < editor->count; i++) {
        if (load(editor, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

const char *settings_editor_text(const struct settings_editor *editor,
                                 const struct settings_target *target)
{
    return portal_settings_find(&editor->owners[target->owner].rows, target->type, target->key);
}

void settings_editor_label(const struct settings_editor *editor,
                           const struct settings_target *target, char out[SETTINGS_LABEL_SIZE])
{
    bool has_type = target->setting == NULL && target->type[0] != '\0';
    snprintf(out, SETTINGS_LABEL_SIZE, "%s%s%s%s%s", has_type ? target->type : "",
             has_type ? "/" : "", target->setting != NULL ? target->setting->name : target->key,
             target->owner != 0 ? " of tenant " : "", editor->owners[target->owner].tenant);
    text_clean(out);
}
