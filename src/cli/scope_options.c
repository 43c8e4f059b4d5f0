/* SPDX-License-Identifier: MIT */
/* Which scope the options name. */
#include "base/err.h"
#include "session/session.h"

/* How many scopes the command line names, or the environment. */
static int count_scopes(const struct args *args, bool on_command_line)
{
    static const enum option_id ids[] = {SCOPE_OPTIONS};
    int count = 0;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        bool named =
            on_command_line ? args_given(args, ids[i]) : args_variable_text(args, ids[i]) != NULL;
        count += named ? 1 : 0;
    }
    return count;
}

/* What one option names. */
static int read_scope(enum option_id id, const char *value, struct scope *scope, struct err *err)
{
    int result = 0;
    *scope = (struct scope){.kind = id == OPTION_ADMIN ? SCOPE_ADMIN : SCOPE_DUPLO_OPS};
    if (id == OPTION_TENANT || id == OPTION_TENANT_ID) {
        result = id == OPTION_TENANT ? scope_set_tenant(scope, value, err)
                                     : scope_set_tenant_id(scope, value, err);
    }
    return result != 0 ? err_wrap(err, "--%s", options[id].name) : 0;
}

int session_scopes(const struct args *args, struct scope *scopes, int *count, struct err *err)
{
    static const enum option_id ids[] = {SCOPE_OPTIONS};
    *count = 0;
    for (int i = 0; i < args->given_count; i++) {
        for (size_t k = 0; k < sizeof(ids) / sizeof(ids[0]); k++) {
            enum option_id id = args->given[i].id;
            if (id == ids[k] &&
                read_scope(id, args->given[i].value, &scopes[(*count)++], err) != 0) {
                return -1;
            }
        }
    }
    if (*count > 0) {
        return 0;
    }
    *count = 1;
    return session_need_scope(args, scopes, err);
}

int session_wants_admin(const struct args *args, bool *admin, struct err *err)
{
    struct scope scope;
    bool named = false;
    *admin = args_given(args, OPTION_ADMIN) || args_given(args, OPTION_DUPLO_OPS);
    if (count_scopes(args, true) > 0) {
        return 0;
    }
    int result = session_scope(args, &scope, &named, err);
    *admin = named && (scope.kind == SCOPE_ADMIN || scope.kind == SCOPE_DUPLO_OPS);
    return result;
}

int session_scope(const struct args *args, struct scope *scope, bool *named, struct err *err)
{
    bool on_command_line = count_scopes(args, true) > 0;
    const char *(*text)(const struct args *, enum option_id) =
        on_command_line ? args_given_text : args_variable_text;
    bool admin = false;
    bool duplo_ops = false;
    *scope = (struct scope){0};
    *named = true;
    if (count_scopes(args, true) > 1) {
        return err_set(err, ERR_USAGE,
                       "give one of --tenant, --tenant-id, --admin and --duplo-ops");
    }
    const char *id = text(args, OPTION_TENANT_ID);
    const char *name = text(args, OPTION_TENANT);
    if (id != NULL || name != NULL) {
        return id != NULL ? read_scope(OPTION_TENANT_ID, id, scope, err)
                          : read_scope(OPTION_TENANT, name, scope, err);
    }
    if (args_switch(args, OPTION_ADMIN, &admin, err) != 0 ||
        args_switch(args, OPTION_DUPLO_OPS, &duplo_ops, err) != 0) {
        return -1;
    }
    admin = on_command_line ? args_given(args, OPTION_ADMIN) : admin;
    scope->kind = admin ? SCOPE_ADMIN : SCOPE_DUPLO_OPS;
    *named = admin || duplo_ops;
    return 0;
}
