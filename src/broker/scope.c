/* SPDX-License-Identifier: MIT */
#include "broker/scope.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

enum { ID_LENGTH_MIN = 32, ID_SHOWN_MAX = 40 };

static void copy_lower(char *out, const char *text)
{
    do {
        *out++ = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
    } while (*text++ != '\0');
}

int scope_set_tenant_id(struct scope *scope, const char *id, struct err *err)
{
    if (!text_is_uuid(id)) {
        bool may_be_secret = strlen(id) > ID_SHOWN_MAX; /* a token in the wrong variable */
        return err_set(err, ERR_USAGE,
                       "%s%s%s is not a tenant ID: that is a UUID, such as "
                       "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70",
                       may_be_secret ? "" : "\"", may_be_secret ? "a word that long" : id,
                       may_be_secret ? "" : "\"");
    }
    scope->kind = SCOPE_TENANT_ID;
    copy_lower(scope->tenant, id);
    return 0;
}

int scope_set_tenant(struct scope *scope, const char *name_or_id, struct err *err)
{
    size_t len = strlen(name_or_id);
    if (len >= ID_LENGTH_MIN) {
        return scope_set_tenant_id(scope, name_or_id, err);
    }
    if (len == 0 || text_has_control(name_or_id, len) || strpbrk(name_or_id, " /") != NULL) {
        return err_set(err, ERR_USAGE, "\"%.80s\" is not a tenant's name", name_or_id);
    }
    scope->kind = SCOPE_TENANT_NAME;
    copy_lower(scope->tenant, name_or_id);
    return 0;
}

void scope_describe(const struct scope *scope, char out[SCOPE_TEXT_SIZE])
{
    static const char *const words[] = {
        [SCOPE_TENANT_NAME] = "tenant ",
        [SCOPE_TENANT_ID] = "tenant ",
        [SCOPE_ADMIN] = "administrator",
        [SCOPE_DUPLO_OPS] = "duplo-ops",
    };
    const char *const parts[] = {words[scope->kind], scope->tenant};
    text_join(out, SCOPE_TEXT_SIZE, parts, 2);
}
