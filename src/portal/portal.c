/* SPDX-License-Identifier: MIT */
#include "portal/portal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/err.h"
#include "base/text.h"
#include "portal/call.h"

static int check_region(const struct portal *portal, const char *region, struct err *err)
{
    return portal_check_region(region, err) != 0 ? portal_hide_secrets(portal, err) : 0;
}

static int has_member(const struct json_doc *json, const char *name, bool *has, struct err *err)
{
    int node = JSON_NONE;
    int result = json_member(json, JSON_ROOT, name, &node, err);
    *has = node != JSON_NONE && json_type(json, node) != JSON_NULL;
    return result;
}

static int read_features(const struct json_doc *json, struct portal_features *features,
                         struct err *err)
{
    bool found = false;
    *features = (struct portal_features){0};
    return has_member(json, "IsAwsAdminJITEnabled", &features->has_admin_jit, err) != 0 ||
                   has_member(json, "EnabledFlags", &features->has_flags, err) != 0 ||
                   json_get_bool(json, JSON_ROOT, "IsOtpNeeded", &features->otp_needed, err) != 0 ||
                   json_get_bool(json, JSON_ROOT, "IsAwsAdminJITEnabled",
                                 &features->admin_jit_enabled, err) != 0 ||
                   json_get_bool(json, JSON_ROOT, "IsDuploOpsEnabled", &features->duplo_ops_enabled,
                                 err) != 0 ||
                   json_get_string(json, JSON_ROOT, "DefaultAwsRegion", features->default_region,
                                   sizeof(features->default_region), &found, err) != 0
               ? -1
               : 0;
}

/* Ignores elements that are not strings, or are too long to be the flag. */
static int find_flag(const struct json_doc *json, const char *flag, bool *listed, struct err *err)
{
    char name[PORTAL_NAME_SIZE];
    struct err ignored;
    int flags = JSON_NONE;
    *listed = false;
    if (json_member(json, JSON_ROOT, "EnabledFlags", &flags, err) != 0) {
        return -1;
    }
    for (int node = json_first(json, flags); node != JSON_NONE;
         node = json_next(json, flags, node)) {
        *listed = *listed || (json_string(json, node, name, sizeof(name), &ignored) == 0 &&
                              strcmp(name, flag) == 0);
    }
    return 0;
}

int portal_get_flag(const struct portal *portal, const char *flag, bool *listed,
                    struct portal_features *features, struct err *err)
{
    struct portal_call call = {.path = "/v3/features/system"};
    int result = -1;
    if (portal_call_run(portal, &call, err) == 0 &&
        portal_check_type(portal, &call, JSON_OBJECT, err) == 0 &&
        read_features(&call.json, features, err) == 0) {
        result = find_flag(&call.json, flag, listed, err);
    }
    portal_call_done(&call);
    return result;
}

int portal_get_features(const struct portal *portal, struct portal_features *features,
                        struct err *err)
{
    bool ignored = false;
    return portal_get_flag(portal, "", &ignored, features, err);
}

static int read_tenant(const struct json_doc *json, int node, struct portal_tenant *tenant,
                       struct err *err)
{
    bool has_name = false;
    bool has_id = false;
    bool has_plan = false;
    if (json_get_string(json, node, "AccountName", tenant->name, sizeof(tenant->name), &has_name,
                        err) != 0 ||
        json_get_string(json, node, "TenantId", tenant->id, sizeof(tenant->id), &has_id, err) !=
            0 ||
        json_get_string(json, node, "PlanID", tenant->plan, sizeof(tenant->plan), &has_plan, err) !=
            0) {
        return err_wrap(err, "a tenant in the portal's list");
    }
    if (!has_name || !has_id || !text_is_uuid(tenant->id)) {
        return err_set(err, ERR_UNAVAILABLE,
                       "a tenant in the portal's list has no name, or an ID that is not a UUID");
    }
    return 0;
}

static int compare_tenants(const void *a, const void *b)
{
    return strcmp(((const struct portal_tenant *)a)->name, ((const struct portal_tenant *)b)->name);
}

/* Tenants that were read, with room for more. */
struct tenant_list {
    struct portal_tenant *tenants;
    size_t count;
    size_t room;
};

static int add_tenant(struct tenant_list *list, const struct json_doc *json, struct err *err)
{
    if (list->count == PORTAL_TENANTS_MAX) {
        return err_set(err, ERR_UNAVAILABLE, "the portal lists more than %d tenants",
                       PORTAL_TENANTS_MAX);
    }
    if (list->count == list->room) {
        size_t room = 2 * list->room + 16;
        struct portal_tenant *longer = realloc(list->tenants, room * sizeof(*longer));
        if (longer == NULL) {
            return err_set(err, ERR_INTERNAL, "out of memory for %zu tenants", room);
        }
        list->tenants = longer;
        list->room = room;
    }
    return read_tenant(json, JSON_ROOT, &list->tenants[list->count++], err);
}

static int read_tenants(const struct portal *portal, struct portal_call *call,
                        struct tenant_list *list, struct err *err)
{
    struct json_doc json;
    bool more = true;
    int result = 0;
    while (result == 0 && more) {
        result = portal_call_next(portal, call, &json, err);
        more = json.count > 0;
        if (result == 0 && more) {
            result = add_tenant(list, &json, err);
        }
        json_done(&json);
    }
    return result;
}

int portal_list_tenants(const struct portal *portal, struct portal_tenant **tenants, size_t *count,
                        struct err *err)
{
    struct portal_call call = {.path = "/admin/GetTenantsForUser", .is_long_list = true};
    struct tenant_list list = {0};
    int result =
        portal_call_run(portal, &call, err) != 0 ? -1 : read_tenants(portal, &call, &list, err);
    portal_call_done(&call);
    *tenants = list.tenants;
    *count = list.count;
    if (result != 0) {
        free(list.tenants);
        *tenants = NULL;
    } else if (list.count > 0) {
        qsort(list.tenants, list.count, sizeof(*list.tenants), compare_tenants);
    }
    return result;
}

/* Writes "dev01, dev02", with ", ..." at the end if not all names fit. */
static void list_names(const struct portal_tenant *tenants, size_t count, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(out);
        size_t room = size - used;
        if (strlen(tenants[i].name) + sizeof(", , ...") > room) {
            snprintf(out + used, room, ", ...");
            return;
        }
        snprintf(out + used, room, "%s%s", i > 0 ? ", " : "", tenants[i].name);
    }
}

const struct portal_tenant *portal_find_tenant(const struct portal_tenant *tenants, size_t count,
                                               const char *name_or_id, struct err *err)
{
    char names[256];
    const struct portal_tenant *by_name = NULL;
    const struct portal_tenant *by_id = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(tenants[i].name, name_or_id) == 0) {
            return &tenants[i];
        }
        if (by_name == NULL && text_equal_nocase(tenants[i].name, name_or_id)) {
            by_name = &tenants[i];
        }
        if (text_equal_nocase(tenants[i].id, name_or_id)) {
            by_id = &tenants[i];
        }
    }
    if (by_name == NULL && by_id == NULL) {
        list_names(tenants, count, names, sizeof(names));
        err_set(err, ERR_REJECTED, "this user has no tenant \"%.80s\"; %s%s", name_or_id,
                count > 0 ? "the tenants are " : "the portal lists none", names);
    }
    return by_name != NULL ? by_name : by_id;
}

int portal_resolve_tenant(const struct portal *portal, const struct scope *scope,
                          char id[PORTAL_ID_SIZE], struct err *err)
{
    struct portal_tenant *tenants = NULL;
    size_t count = 0;
    id[0] = '\0';
    if (scope->kind == SCOPE_TENANT_ID) {
        return text_copy(id, PORTAL_ID_SIZE, scope->tenant)
                   ? 0
                   : err_set(err, ERR_USAGE, "the tenant ID is too long");
    }
    if (!scope_is_tenant(scope)) {
        return 0;
    }
    if (portal_list_tenants(portal, &tenants, &count, err) != 0) {
        return err_wrap(err, "listing the tenants");
    }
    const struct portal_tenant *tenant = portal_find_tenant(tenants, count, scope->tenant, err);
    if (tenant != NULL) {
        memcpy(id, tenant->id, PORTAL_ID_SIZE);
    }
    free(tenants);
    return tenant != NULL ? 0 : -1;
}

int portal_get_tenant_region(const struct portal *portal, const char *tenant_id, char *region,
                             size_t size, struct err *err)
{
    char path[PORTAL_PATH_SIZE];
    if (portal_path_with(path, "/subscriptions/", tenant_id, "/GetAwsRegionId", err) != 0) {
        return -1;
    }
    struct portal_call call = {.path = path, .of_tenant = true};
    int result = -1;
    if (portal_call_run(portal, &call, err) == 0 &&
        portal_check_type(portal, &call, JSON_STRING, err) == 0 &&
        json_string(&call.json, JSON_ROOT, region, size, err) == 0) {
        result = check_region(portal, region, err);
    }
    portal_call_done(&call);
    return result;
}
