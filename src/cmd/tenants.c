/* SPDX-License-Identifier: MIT */
/* duplojit tenants: which tenants the token's user may use. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/session.h"

static int widest_name(const struct portal_tenant *tenants, size_t count)
{
    size_t widest = strlen("NAME");
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(tenants[i].name);
        widest = len > widest ? len : widest;
    }
    return (int)widest;
}

/* Names come from the network and go to a terminal. */
static void add_table(struct buf *out, struct portal_tenant *tenants, size_t count)
{
    int width = widest_name(tenants, count);
    buf_add_fmt(out, "%-*s  %-*s  %s\n", width, "NAME", TEXT_UUID_LEN, "ID", "PLAN");
    for (size_t i = 0; i < count; i++) {
        text_clean(tenants[i].name);
        text_clean(tenants[i].plan);
        buf_add_fmt(out, "%-*s  %s  %s\n", width, tenants[i].name, tenants[i].id, tenants[i].plan);
    }
}

static void add_json(struct buf *out, const struct portal_tenant *tenants, size_t count)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        const struct portal_tenant *tenant = &tenants[i];
        buf_add_str(out, i > 0 ? ",\n {\"Name\":" : "\n {\"Name\":");
        json_add_string(out, tenant->name);
        buf_add_fmt(out, ",\"TenantId\":\"%s\",\"Plan\":", tenant->id);
        json_add_string(out, tenant->plan);
        buf_add_char(out, '}');
    }
    buf_add_str(out, "\n]\n");
}

static int print(struct portal_tenant *tenants, size_t count, bool json, struct err *err)
{
    struct buf out;
    output_init(&out);
    if (json) {
        add_json(&out, tenants, count);
    } else {
        add_table(&out, tenants, count);
    }
    return output_write(&out, err);
}

static int run(const struct args *args, struct err *err)
{
    const char *format = args_text(args, OPTION_OUTPUT);
    bool json = format != NULL && strcmp(format, "json") == 0;
    if (format != NULL && !json && strcmp(format, "table") != 0) {
        return err_set(err, ERR_USAGE, "--output \"%.40s\" is none of table, json", format);
    }
    struct session session;
    struct portal_tenant *tenants = NULL;
    size_t count = 0;
    int result = session_open(&session, args, err);
    const struct portal *portal = result == 0 ? session_portal(&session, err) : NULL;
    result = portal == NULL ? -1 : portal_list_tenants(portal, &tenants, &count, err);
    if (result == 0) {
        result = print(tenants, count, json, err);
    }
    free(tenants);
    session_close(&session);
    return result;
}

static const enum option_id option_list[] = {OPTION_OUTPUT, SESSION_OPTIONS};

const struct command command_tenants = {
    .name = "tenants",
    .operands = "",
    .summary = "list the tenants that the token's user may use",
    .details = "Formats (-o): table (default), json\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
