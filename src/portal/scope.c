/* SPDX-License-Identifier: MIT */
#include "portal/scope.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

enum { ID_LENGTH_MIN = 32, ID_SHOWN_MAX = 40 };

/* Copies text in lower case and without the blanks around it, or "" if it is too long. */
static void copy_tidy(char out[SCOPE_NAME_SIZE], const char *text)
{
    text += strspn(text, " ");
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ') {
        len--;
    }
    len = len < SCOPE_NAME_SIZE ? len : 0;
    for (size_t i = 0; i < len; i++) {
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    }
    out[len] = '\0';
}

int scope_set_tenant_id(struct scope *scope, const char *id, struct err *err)
{
    copy_tidy(scope->tenant, id);
    scope->kind = SCOPE_TENANT_ID;
    if (text_is_uuid(scope->tenant)) {
        return 0;
    }
    bool may_be_secret = strlen(id) > ID_SHOWN_MAX; /* a token in the wrong option */
    return err_set(err, ERR_USAGE,
                   "%s%s%s is not a tenant ID; use a UUID such as "
                   "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70",
                   may_be_secret ? "the value (not shown, it may be a secret)" : "\"",
                   may_be_secret ? "" : id, may_be_secret ? "" : "\"");
}

int scope_set_tenant(struct scope *scope, const char *name_or_id, struct err *err)
{
    copy_tidy(scope->tenant, name_or_id);
    size_t len = strlen(scope->tenant);
    if (len >= ID_LENGTH_MIN || strlen(name_or_id) >= SCOPE_NAME_SIZE) {
        return scope_set_tenant_id(scope, name_or_id, err);
    }
    if (len == 0 || text_has_control(scope->tenant, len) || strpbrk(scope->tenant, " /") != NULL) {
        return err_set(err, ERR_USAGE, "\"%.80s\" is not a tenant name", name_or_id);
    }
    scope->kind = SCOPE_TENANT_NAME;
    return 0;
}

int scope_set_plan(struct scope *scope, const char *name, struct err *err)
{
    size_t len = strlen(name);
    if (len == 0 || text_has_control(name, len) || strpbrk(name, " /") != NULL ||
        !text_copy(scope->tenant, sizeof(scope->tenant), name)) {
        return err_set(err, ERR_USAGE, "\"%.80s\" is not a plan name", name);
    }
    scope->kind = SCOPE_PLAN;
    return 0;
}

bool scope_is_tenant(const struct scope *scope)
{
    return scope->kind == SCOPE_TENANT_NAME || scope->kind == SCOPE_TENANT_ID;
}

static const char *const keys[] = {
    [SCOPE_TENANT_NAME] = "tenant:", [SCOPE_TENANT_ID] = "tenant-id:", [SCOPE_ADMIN] = "admin",
    [SCOPE_DUPLO_OPS] = "duplo-ops", [SCOPE_PLAN] = "plan:",
};

static const char kubernetes_key[] = "kubernetes:";
static const char region_key[] = "admin:";

/* Whether it is an administrator's, with the region of a tenant. */
static bool has_region(const struct scope *scope)
{
    return scope->kind == SCOPE_ADMIN && scope->tenant[0] != '\0';
}

int scope_parse(struct scope *scope, const char *text, struct err *err)
{
    size_t name_len = strlen(keys[SCOPE_TENANT_NAME]);
    size_t id_len = strlen(keys[SCOPE_TENANT_ID]);
    *scope = (struct scope){0};
    if (strncmp(text, keys[SCOPE_TENANT_NAME], name_len) == 0) {
        return scope_set_tenant(scope, text + name_len, err);
    }
    if (strncmp(text, keys[SCOPE_TENANT_ID], id_len) == 0) {
        return scope_set_tenant_id(scope, text + id_len, err);
    }
    scope->kind = strcmp(text, keys[SCOPE_ADMIN]) == 0 ? SCOPE_ADMIN : SCOPE_DUPLO_OPS;
    return strcmp(text, keys[scope->kind]) == 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "\"%.60s\" is not one of tenant:NAME, tenant-id:ID, admin, duplo-ops",
                         text);
}

void scope_key(const struct scope *scope, char out[SCOPE_KEY_SIZE])
{
    const char *const parts[] = {scope->kubernetes ? kubernetes_key : "",
                                 has_region(scope) ? region_key : keys[scope->kind], scope->tenant};
    text_join(out, SCOPE_KEY_SIZE, parts, sizeof(parts) / sizeof(parts[0]));
}

bool scope_key_is_kubernetes(const char *key)
{
    return strncmp(key, kubernetes_key, strlen(kubernetes_key)) == 0;
}

void scope_describe(const struct scope *scope, char out[SCOPE_TEXT_SIZE])
{
    static const char *const texts[] = {
        [SCOPE_DUPLO_OPS] = "duplo-ops", [SCOPE_ADMIN] = "administrator",
        [SCOPE_TENANT_NAME] = "tenant ", [SCOPE_TENANT_ID] = "tenant ",
        [SCOPE_PLAN] = "plan ",
    };
    const char *const parts[] = {scope->kubernetes ? "Kubernetes, " : "", texts[scope->kind],
                                 has_region(scope) ? ", region of " : "", scope->tenant};
    text_join(out, SCOPE_TEXT_SIZE, parts, sizeof(parts) / sizeof(parts[0]));
}

void scope_describe_key(const char *key, char out[SCOPE_TEXT_SIZE])
{
    struct scope scope = {0};
    struct err ignored;
    size_t prefix_len = strlen(kubernetes_key);
    size_t plan_len = strlen(keys[SCOPE_PLAN]);
    size_t region_len = strlen(region_key);
    if (strncmp(key, region_key, region_len) == 0 && key[region_len] != '\0') {
        scope.kind = SCOPE_ADMIN;
        text_copy(scope.tenant, sizeof(scope.tenant), key + region_len);
        scope_describe(&scope, out);
        return;
    }
    bool kubernetes = scope_key_is_kubernetes(key);
    const char *name = key + (kubernetes ? prefix_len : 0);
    bool plan = kubernetes && strncmp(name, keys[SCOPE_PLAN], plan_len) == 0;
    if ((plan ? scope_set_plan(&scope, name + plan_len, &ignored)
              : scope_parse(&scope, name, &ignored)) == 0) {
        scope.kubernetes = kubernetes;
        scope_describe(&scope, out);
    } else {
        text_copy(out, SCOPE_TEXT_SIZE, key);
    }
}
