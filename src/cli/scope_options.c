/* SPDX-License-Identifier: MIT */
#include "cli/scope_options.h"

#include <stddef.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/personality.h"
#include "portal/scope.h"

static const enum option_id scope_options[] = {SCOPE_OPTIONS};
enum { SCOPE_OPTION_COUNT = sizeof(scope_options) / sizeof(scope_options[0]) };

static bool is_scope_option(enum option_id id)
{
    for (int i = 0; i < SCOPE_OPTION_COUNT; i++) {
        if (scope_options[i] == id) {
            return true;
        }
    }
    return false;
}

/* How many scopes the command line names. */
static int count_given(const struct args *args)
{
    int count = 0;
    for (int i = 0; i < SCOPE_OPTION_COUNT; i++) {
        count += args_given(args, scope_options[i]) ? 1 : 0;
    }
    return count;
}

/* The scope that one option with this value names. */
static int read_scope(const struct args *args, enum option_id id, const char *value,
                      struct scope *scope, struct err *err)
{
    *scope = (struct scope){.kind = id == OPTION_ADMIN ? SCOPE_ADMIN : SCOPE_DUPLO_OPS};
    if (id == OPTION_TENANT && scope_set_tenant(scope, value, err) != 0) {
        return args_blame(args, id, err);
    }
    if (id == OPTION_TENANT_ID && scope_set_tenant_id(scope, value, err) != 0) {
        return args_blame(args, id, err);
    }
    return 0;
}

int scope_options_missing(struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "no tenant given: use --tenant NAME, --tenant-id ID, --admin or --duplo-ops");
}

int scope_options_find_tenant(const struct args *args, struct scope *scope, bool *found,
                              struct err *err)
{
    bool given = args_given(args, OPTION_TENANT) || args_given(args, OPTION_TENANT_ID);
    const char *(*text)(const struct args *, enum option_id) =
        given ? args_given_text : args_variable_text;
    const char *id = text(args, OPTION_TENANT_ID);
    const char *name = text(args, OPTION_TENANT);
    *found = id != NULL || name != NULL;
    if (!*found) {
        return 0;
    }
    return id != NULL ? read_scope(args, OPTION_TENANT_ID, id, scope, err)
                      : read_scope(args, OPTION_TENANT, name, scope, err);
}

int scope_options_find(const struct args *args, struct scope *scope, bool *found, struct err *err)
{
    int given = count_given(args);
    const char *(*text)(const struct args *, enum option_id) =
        given > 0 ? args_given_text : args_variable_text;
    bool admin = false;
    bool duplo_ops = false;
    *scope = (struct scope){0};
    *found = true;
    if (given > 1 && !args->personality->admin_wins) {
        return err_set(err, ERR_USAGE,
                       "use only one of --tenant, --tenant-id, --admin and --duplo-ops");
    }
    bool high = given > 1 && (args_given(args, OPTION_ADMIN) || args_given(args, OPTION_DUPLO_OPS));
    const char *id = high ? NULL : text(args, OPTION_TENANT_ID);
    const char *name = high ? NULL : text(args, OPTION_TENANT);
    if (id != NULL || name != NULL) {
        return id != NULL ? read_scope(args, OPTION_TENANT_ID, id, scope, err)
                          : read_scope(args, OPTION_TENANT, name, scope, err);
    }
    if (args_switch(args, OPTION_ADMIN, &admin, err) != 0 ||
        args_switch(args, OPTION_DUPLO_OPS, &duplo_ops, err) != 0) {
        return -1;
    }
    bool by_context = args_context_text(args, OPTION_ADMIN) != NULL;
    admin = given > 0 ? args_given(args, OPTION_ADMIN) : admin && !(by_context && duplo_ops);
    name = given > 0 || duplo_ops || (admin && !by_context)
               ? NULL
               : args_context_text(args, OPTION_TENANT);
    /* Of a context with both, admin counts, as in duploctl; but not for a cluster or settings. */
    if (name != NULL && !(admin && command_accepts(args->command, OPTION_DUPLO_OPS))) {
        return read_scope(args, OPTION_TENANT, name, scope, err);
    }
    scope->kind = admin ? SCOPE_ADMIN : SCOPE_DUPLO_OPS;
    *found = admin || duplo_ops;
    return 0;
}

int scope_options_read(const struct args *args, struct scope *scope, struct err *err)
{
    bool found = false;
    if (scope_options_find(args, scope, &found, err) != 0) {
        return -1;
    }
    return found ? 0 : scope_options_missing(err);
}

int scope_options_list(const struct args *args, struct scope *scopes, int max, int *count,
                       struct err *err)
{
    *count = 0;
    for (int i = 0; i < args->given_count; i++) {
        enum option_id id = args->given[i].id;
        if (!is_scope_option(id)) {
            continue;
        }
        if (*count == max) {
            return err_set(err, ERR_USAGE, "more than %d tenants", max);
        }
        if (read_scope(args, id, args->given[i].value, &scopes[(*count)++], err) != 0) {
            return -1;
        }
    }
    if (*count > 0) {
        return 0;
    }
    *count = 1;
    return scope_options_read(args, scopes, err);
}

int scope_options_need_admin(const struct args *args, bool *admin, struct err *err)
{
    struct scope scope;
    bool found = false;
    *admin = args_given(args, OPTION_ADMIN) || args_given(args, OPTION_DUPLO_OPS);
    if (count_given(args) > 0) {
        return 0;
    }
    int result = scope_options_find(args, &scope, &found, err);
    *admin = found && (scope.kind == SCOPE_ADMIN || scope.kind == SCOPE_DUPLO_OPS);
    return result;
}

int scope_options_find_cluster(const struct args *args, struct scope *scope, struct err *err)
{
    struct scope plan = {.kubernetes = true};
    const char *plan_name = args_text(args, OPTION_PLAN);
    bool by_plan = args_given(args, OPTION_PLAN);
    bool found = false;
    bool named = args_given(args, OPTION_TENANT) || args_given(args, OPTION_TENANT_ID);
    bool mixed = named && args->personality->admin_wins; /* beside --plan and --admin */
    if (by_plan && named && !mixed) {
        return err_set(err, ERR_USAGE, "use only one of --tenant, --tenant-id and --plan");
    }
    by_plan = by_plan && (!mixed || args_given(args, OPTION_ADMIN));
    if (plan_name != NULL && scope_set_plan(&plan, plan_name, err) != 0) {
        return args_blame(args, OPTION_PLAN, err);
    }
    if (!by_plan &&
        (mixed ? scope_options_find_tenant : scope_options_find)(args, scope, &found, err) != 0) {
        return -1;
    }
    if (!found || !scope_is_tenant(scope)) {
        *scope = plan;
        found = plan_name != NULL;
    }
    scope->kubernetes = true;
    return found ? 0
                 : err_set(err, ERR_USAGE,
                           "no cluster given: use --tenant NAME, --tenant-id ID or --plan NAME");
}
