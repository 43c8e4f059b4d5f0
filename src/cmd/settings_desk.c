/* SPDX-License-Identifier: MIT */
/* The desk of `duplojit settings`: places, and words for what is in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cmd/settings.h"

int desk_add_tenant(struct desk *desk, const char *name, const char *id, size_t *place,
                    struct err *err)
{
    for (size_t i = 1; i < desk->count; i++) {
        if (text_equal_nocase(desk->places[i].tenant_id, id)) {
            *place = i;
            return 0;
        }
    }
    struct jit_place *longer = realloc(desk->places, (desk->count + 1) * sizeof(*longer));
    if (longer == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    desk->places = longer;
    struct jit_place *added = &longer[desk->count];
    *added = (struct jit_place){0};
    if (!text_copy(added->tenant, sizeof(added->tenant), name) ||
        !text_copy(added->tenant_id, sizeof(added->tenant_id), id)) {
        return err_set(err, ERR_USAGE, "a tenant's name or ID is too long");
    }
    *place = desk->count++;
    return 0;
}

int desk_list_tenants(struct desk *desk, struct err *err)
{
    return desk->tenants != NULL
               ? 0
               : portal_list_tenants(desk->portal, &desk->tenants, &desk->tenant_count, err);
}

int desk_add_all_tenants(struct desk *desk, struct err *err)
{
    if (desk_list_tenants(desk, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < desk->tenant_count; i++) {
        size_t old_count = desk->count;
        size_t place = 0;
        if (desk_add_tenant(desk, desk->tenants[i].name, desk->tenants[i].id, &place, err) != 0) {
            return -1;
        }
        if (place == old_count &&
            jit_place_load(desk->portal, &desk->places[place], &desk->keys, err) != 0) {
            portal_settings_done(&desk->places[place].rows);
            desk->count--;
            return err_wrap(err, "tenant %s", desk->tenants[i].name);
        }
    }
    return 0;
}

int desk_find_tenant(struct desk *desk, size_t *place, struct err *err)
{
    struct scope scope;
    char id[PORTAL_ID_SIZE];
    bool named = false;
    *place = 0;
    if (session_scope(desk->args, &scope, &named, err) != 0) {
        return -1;
    }
    if (!named || scope.kind == SCOPE_ADMIN || scope.kind == SCOPE_DUPLO_OPS) {
        return 0;
    }
    return session_tenant_id(&desk->session, &scope, id, err) != 0
               ? -1
               : desk_add_tenant(desk, scope.tenant, id, place, err);
}

static int load(struct desk *desk, size_t i, struct err *err)
{
    return jit_place_load(desk->portal, &desk->places[i], &desk->keys, err);
}

/* The first call that is an administrator's: the MFA code that is kept with a login may be used. */
static int load_system(struct desk *desk, struct err *err)
{
    if (load(desk, 0, err) == 0) {
        return 0;
    }
    if (!session_renew_login(&desk->session, err)) {
        return -1;
    }
    desk->portal = session_portal(&desk->session, err);
    return desk->portal == NULL ? -1 : load(desk, 0, err);
}

int desk_load(struct desk *desk, struct err *err)
{
    if (load_system(desk, err) != 0) {
        return -1;
    }
    for (size_t i = 1; i < desk->count; i++) {
        if (load(desk, i, err) != 0) {
            return err_wrap(err, "tenant %s", desk->places[i].tenant);
        }
    }
    return 0;
}

const char *desk_text(const struct desk *desk, const struct target *target)
{
    return portal_settings_find(&desk->places[target->place].rows, target->type, target->key);
}

void desk_label(const struct desk *desk, const struct target *target, char out[DESK_LABEL_SIZE])
{
    bool typed = target->setting == NULL && target->type[0] != '\0';
    snprintf(out, DESK_LABEL_SIZE, "%s%s%s%s%s", typed ? target->type : "", typed ? "/" : "",
             target->setting != NULL ? target->setting->name : target->key,
             target->place != 0 ? " of tenant " : "", desk->places[target->place].tenant);
    text_clean(out);
}

void desk_words(const struct jit_setting *setting, const char *text, char out[DESK_WORDS_SIZE])
{
    struct jit_value value = {.set = text != NULL, .odd = true};
    if (setting != NULL) {
        value = jit_value_read(setting, text);
    }
    if (!value.set) {
        snprintf(out, DESK_WORDS_SIZE, "not set");
    } else if (value.odd) {
        snprintf(out, DESK_WORDS_SIZE, "\"%.*s\"", DESK_WORDS_SIZE - 3, text);
        text_clean(out);
    } else {
        jit_value_format(setting, value.value, out);
    }
}
