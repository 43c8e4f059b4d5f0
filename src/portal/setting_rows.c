/* SPDX-License-Identifier: MIT */
#include "portal/setting_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_write.h"
#include "base/percent.h"
#include "net/url.h"
#include "portal/call.h"
#include "portal/portal.h"
#include "portal/refusal.h"

enum { PATH_SIZE = 1024, BODY_MAX = 512 << 10, TEXT_MAX = 8 << 20 };

void portal_settings_done(struct portal_settings *settings)
{
    free(settings->rows);
    buf_done(&settings->text);
    *settings = (struct portal_settings){0};
}

const char *portal_settings_find(const struct portal_settings *settings, const char *type,
                                 const char *key)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct portal_setting *row = &settings->rows[i];
        if (strcmp(row->type, type) == 0 && strcmp(row->key, key) == 0) {
            return row->value;
        }
    }
    return NULL;
}

/* Allocates memory for the rows of a list and their texts: a decoded text is not longer than its
 * JSON, and each of a row's three texts has a NUL. The buffer does not move later, so that rows can
 * point into it. */
static int make_room(struct portal_settings *settings, const struct portal_call *call, int list,
                     struct err *err)
{
    size_t rows = 0;
    for (int node = json_first(&call->json, list); node != JSON_NONE;
         node = json_next(&call->json, list, node)) {
        rows++;
    }
    settings->rows = calloc(rows + 1, sizeof(*settings->rows));
    buf_init(&settings->text, TEXT_MAX);
    return settings->rows != NULL &&
                   buf_reserve(&settings->text, call->response.body.len + 3 * rows + 1, err) != NULL
               ? 0
               : err_set(err, ERR_INTERNAL, "out of memory for %zu settings", rows);
}

/* Keeps the text of a node. Some portals send values as numbers or booleans: they are kept as they
 * are written. */
static int keep_text(struct portal_settings *settings, const struct json_doc *json, int node,
                     const char **out, struct err *err)
{
    char *at = settings->text.data + settings->text.len;
    at[0] = '\0';
    if (node != JSON_NONE &&
        json_scalar(json, node, at, settings->text.cap - settings->text.len, err) != 0) {
        return -1;
    }
    settings->text.len += strlen(at) + 1;
    *out = at;
    return 0;
}

static int add_rows(struct portal_settings *settings, const struct json_doc *json, int list,
                    struct err *err)
{
    static const char *const names[] = {"Type", "Key", "Value"};
    for (int node = json_first(json, list); node != JSON_NONE; node = json_next(json, list, node)) {
        struct portal_setting *row = &settings->rows[settings->count];
        if (json_type(json, node) != JSON_OBJECT) {
            return err_set(err, ERR_UNAVAILABLE,
                           "the portal's list of settings has an entry that is not a setting");
        }
        const char **texts[] = {&row->type, &row->key, &row->value};
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            int member = JSON_NONE;
            if (json_member(json, node, names[i], &member, err) != 0 ||
                keep_text(settings, json, member, texts[i], err) != 0) {
                return err_wrap(err, "a setting's %s in the portal's list", names[i]);
            }
        }
        settings->count++;
    }
    return 0;
}

static int make_path(char out[PATH_SIZE], const char *tenant_id, const char *key, struct err *err)
{
    bool fits = true;
    snprintf(out, PATH_SIZE, "%s",
             tenant_id != NULL ? "/v3/admin/tenant/" : "/v3/admin/systemSettings/config");
    if (tenant_id != NULL) {
        fits = percent_append(out, PATH_SIZE / 4, tenant_id);
        size_t used = strlen(out);
        snprintf(out + used, PATH_SIZE - used, "/metadata");
    }
    if (key != NULL) {
        size_t used = strlen(out);
        snprintf(out + used, PATH_SIZE - used, "/");
        fits = fits && percent_append(out, PATH_SIZE, key);
    }
    return fits ? 0 : err_set(err, ERR_USAGE, "the setting's key is too long");
}

static int run_call(const struct portal *portal, struct portal_call *call, struct err *err)
{
    if (portal_call_run(portal, call, err) == 0) {
        return 0;
    }
    if (call->response.status == 403) {
        err_set(err, ERR_REFUSED, "%s denies access to the settings (403)%s%s", portal->api->host,
                call->words[0] != '\0' ? ": " : "", call->words);
        portal_add_hint(err, portal_hints_of(portal)->admin);
    }
    return refusal_explain(portal, call, err);
}

int portal_list_settings(const struct portal *portal, const char *tenant_id,
                         struct portal_settings *settings, struct err *err)
{
    char path[PATH_SIZE];
    struct portal_call call = {.path = path, .of_tenant = tenant_id != NULL};
    *settings = (struct portal_settings){0};
    if (make_path(path, tenant_id, NULL, err) != 0) {
        return -1;
    }
    int result = -1;
    if (run_call(portal, &call, err) == 0 &&
        portal_check_type(portal, &call, JSON_ARRAY, err) == 0 &&
        make_room(settings, &call, JSON_ROOT, err) == 0) {
        result = add_rows(settings, &call.json, JSON_ROOT, err);
    }
    portal_call_done(&call);
    return result;
}

int portal_list_tenant_features(const struct portal *portal, const char *tenant_id,
                                struct portal_settings *settings, bool *found, struct err *err)
{
    char path[PATH_SIZE] = "/v3/features/tenant/";
    struct portal_call call = {.path = path, .of_tenant = true};
    int list = JSON_NONE;
    *settings = (struct portal_settings){0};
    *found = false;
    if (!percent_append(path, sizeof(path), tenant_id)) {
        return err_set(err, ERR_USAGE, "the tenant's ID is too long");
    }
    int result = portal_call_run(portal, &call, err);
    if (result != 0) {
        result = err->kind == ERR_REFUSED || err->kind == ERR_REJECTED ? 0 : -1;
    } else if (portal_check_type(portal, &call, JSON_OBJECT, err) != 0 ||
               json_member(&call.json, JSON_ROOT, "TenantMetadata", &list, err) != 0) {
        result = -1;
    } else if (list != JSON_NONE && json_type(&call.json, list) == JSON_ARRAY) {
        *found = true;
        result = make_room(settings, &call, list, err) == 0
                     ? add_rows(settings, &call.json, list, err)
                     : -1;
    }
    portal_call_done(&call);
    return result;
}

/* The content of the response does not matter: callers read back what they have changed. */
static int send(const struct portal *portal, struct portal_call *call, struct err *err)
{
    int result = run_call(portal, call, err);
    portal_call_done(call);
    return result;
}

static void add_body(struct buf *body, const char *tenant_id, const struct portal_setting *row)
{
    struct json_writer writer;
    json_writer_init(&writer, body);
    json_begin_object(&writer);
    if (tenant_id == NULL) {
        json_put_string(&writer, "Type", row->type);
    }
    json_put_string(&writer, "Key", row->key);
    json_put_string(&writer, "Value", row->value);
    json_end_object(&writer);
}

int portal_put_setting(const struct portal *portal, const char *tenant_id,
                       const struct portal_setting *row, bool exists, struct err *err)
{
    char path[PATH_SIZE];
    struct buf body;
    bool updates = tenant_id != NULL && exists;
    buf_init(&body, BODY_MAX);
    add_body(&body, tenant_id, row);
    int result = buf_check(&body, err);
    if (result == 0 && updates) {
        struct portal_call put = {.method = "PUT",
                                  .path = path,
                                  .body = buf_str(&body),
                                  .of_tenant = true,
                                  .may_be_missing = true};
        result = make_path(path, tenant_id, row->key, err) != 0 ? -1 : send(portal, &put, err);
        updates = !put.missing;
    }
    if (result == 0 && !updates) {
        struct portal_call post = {
            .method = "POST", .path = path, .body = buf_str(&body), .of_tenant = tenant_id != NULL};
        result = make_path(path, tenant_id, NULL, err) != 0 ? -1 : send(portal, &post, err);
    }
    buf_done(&body);
    return result;
}

int portal_delete_setting(const struct portal *portal, const char *tenant_id, const char *key,
                          struct err *err)
{
    char path[PATH_SIZE];
    struct portal_call call = {.method = "DELETE", .path = path};
    if (make_path(path, tenant_id, key, err) != 0) {
        return -1;
    }
    int result = run_call(portal, &call, err);
    bool gone = call.response.status == 404; /* perhaps deleted by another client */
    portal_call_done(&call);
    return gone ? 0 : result;
}
