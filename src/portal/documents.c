/* SPDX-License-Identifier: MIT */
#include "portal/documents.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/text.h"
#include "portal/call.h"
#include "portal/portal.h"

static void write_document(struct json_writer *writer, const struct json_doc *json)
{
    size_t len = 0;
    const char *text = json_raw(json, JSON_ROOT, &len);
    json_write_raw(writer, text, len);
}

int portal_add_features(const struct portal *portal, struct buf *out, struct err *err)
{
    struct portal_call call = {.path = "/v3/features/system"};
    struct json_writer writer;
    json_writer_init(&writer, out);
    int result = portal_call_run(portal, &call, err);
    if (result == 0 && (result = portal_check_type(portal, &call, JSON_OBJECT, err)) == 0) {
        write_document(&writer, &call.json);
    }
    portal_call_done(&call);
    return result;
}

static int is_tenant(const struct json_doc *json, const char *name_or_id, bool *is, struct err *err)
{
    char name[PORTAL_NAME_SIZE];
    char id[PORTAL_ID_SIZE];
    bool ignored = false;
    if (json_get_string(json, JSON_ROOT, "AccountName", name, sizeof(name), &ignored, err) != 0 ||
        json_get_string(json, JSON_ROOT, "TenantId", id, sizeof(id), &ignored, err) != 0) {
        return err_wrap(err, "a tenant in the portal's list");
    }
    *is = text_equal_nocase(name, name_or_id) || text_equal_nocase(id, name_or_id);
    return 0;
}

/* The tenants of the list that are wanted; name_or_id NULL: all. */
static int copy_tenants(const struct portal *portal, struct portal_call *call,
                        const char *name_or_id, struct json_writer *writer, struct err *err)
{
    bool more = true;
    bool found = false;
    int result = 0;
    while (result == 0 && more && !found) {
        struct json_doc json;
        result = portal_call_next(portal, call, &json, err);
        more = json.count > 0;
        if (result == 0 && more && name_or_id != NULL) {
            result = is_tenant(&json, name_or_id, &found, err);
        }
        if (result == 0 && more && (name_or_id == NULL || found)) {
            write_document(writer, &json);
        }
        json_done(&json);
    }
    return result == 0 && name_or_id != NULL && !found
               ? err_set(err, ERR_REJECTED, "this user has no tenant \"%.80s\"", name_or_id)
               : result;
}

int portal_add_tenants(const struct portal *portal, const char *name_or_id, struct buf *out,
                       struct err *err)
{
    struct portal_call call = {
        .path = "/adminproxy/GetTenantNames", .may_be_missing = true, .is_long_list = true};
    struct json_writer writer;
    int result = portal_call_run(portal, &call, err);
    if (call.missing || (result != 0 && err->kind == ERR_REFUSED)) {
        portal_call_done(&call);
        call = (struct portal_call){.path = "/admin/GetTenantsForUser", .is_long_list = true};
        result = portal_call_run(portal, &call, err);
    }
    json_writer_init(&writer, out);
    if (result == 0 && name_or_id == NULL) {
        json_begin_array(&writer);
    }
    if (result == 0) {
        result = copy_tenants(portal, &call, name_or_id, &writer, err);
    }
    if (result == 0 && name_or_id == NULL) {
        json_end_array(&writer);
    }
    portal_call_done(&call);
    return result;
}
