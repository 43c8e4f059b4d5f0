/* SPDX-License-Identifier: MIT */
/* duplojit system and tenant: the portal's own JSON, as duploctl prints it. */
#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/scope_options.h"
#include "cli/usage.h"
#include "cmd/commands.h"
#include "portal/documents.h"
#include "session/session.h"

/* Prints the features, or if tenants is true all tenants, or the one with this name or ID. */
static int print(const struct args *args, bool tenants, const char *name_or_id, struct err *err)
{
    struct output_value value;
    struct session session;
    struct buf out;
    if (output_value_read(args, NULL, &value, err) != 0) {
        return -1;
    }
    output_init(&out);
    int result = session_open(&session, args, SESSION_NORMAL, err);
    const struct portal *portal = result == 0 ? session_portal(&session, err) : NULL;
    if (portal == NULL) {
        result = -1;
    } else {
        result = tenants ? portal_add_tenants(portal, name_or_id, &out, err)
                         : portal_add_features(portal, &out, err);
    }
    session_close(&session);
    buf_add_char(&out, '\n');
    if (result == 0) {
        return output_value_write(&value, &out, err);
    }
    buf_done(&out);
    return -1;
}

static int run_system(const struct args *args, struct err *err)
{
    static const char *const names[] = {"info", NULL};
    return choice_read_argument(args, names, err) < 0 ? -1 : print(args, false, NULL, err);
}

/* NAME, else --tenant-id, else --tenant. */
static int find_tenant(const struct args *args, struct scope *scope, struct err *err)
{
    bool found = false;
    if (args->operand_count > 1) {
        return scope_set_tenant(scope, args->operands[1], err);
    }
    if (scope_options_find_tenant(args, scope, &found, err) != 0) {
        return -1;
    }
    return found ? 0 : err_set(err, ERR_USAGE, "no tenant given: use tenant find NAME");
}

static int run_tenant(const struct args *args, struct err *err)
{
    static const char *const names[] = {"list", "find", "ls", "get", NULL};
    struct scope scope;
    int action = choice_read_argument(args, names, err);
    if (action < 0) {
        return -1;
    }
    if (action % 2 == 0) {
        return args->operand_count > 1 ? usage_unexpected_argument(args, args->operands[1], err)
                                       : print(args, true, NULL, err);
    }
    return find_tenant(args, &scope, err) != 0 ? -1 : print(args, true, scope.tenant, err);
}

static const enum option_id system_options[] = {OUTPUT_VALUE_OPTIONS, SESSION_OPTIONS};
static const enum option_id tenant_options[] = {OPTION_TENANT, OPTION_TENANT_ID,
                                                OUTPUT_VALUE_OPTIONS, SESSION_OPTIONS};

static const struct option_text texts[] = {
    {OPTION_OUTPUT, .text = "Output format: json (default), yaml, env, csv or string"},
};

const struct command command_system = {
    .name = "system",
    .operands = "info",
    .operands_max = 1,
    .summary = "Print the portal's features as it sends them, in JSON",
    .examples = "system info\n"
                "system info -q DefaultAwsRegion\n",
    .options = system_options,
    .option_count = sizeof(system_options) / sizeof(system_options[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run_system,
};

const struct command command_tenant = {
    .name = "tenant",
    .operands = "list|find [NAME]",
    .operands_max = 2,
    .summary = "Print the portal's tenants as it sends them, in JSON",
    .examples = "tenant list -q '[*].AccountName'\n"
                "tenant find dev01\n",
    .options = tenant_options,
    .option_count = sizeof(tenant_options) / sizeof(tenant_options[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run_tenant,
};
