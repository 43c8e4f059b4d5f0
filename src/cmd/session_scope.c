/* SPDX-License-Identifier: MIT */
/* Which scope the options name. */
#include "base/err.h"
#include "cmd/session.h"

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
    if (id != NULL) {
        return scope_set_tenant_id(scope, id, err) != 0 ? err_wrap(err, "--tenant-id") : 0;
    }
    if (name != NULL) {
        return scope_set_tenant(scope, name, err) != 0 ? err_wrap(err, "--tenant") : 0;
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
