/* SPDX-License-Identifier: MIT */
/* duplojit tenants: lists the tenants that the user may use. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_write.h"
#include "base/table.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cmd/commands.h"
#include "session/session.h"

static void add_table(struct buf *out, const struct portal_tenant *tenants, size_t count)
{
    struct table table;
    table_init(&table, 3);
    table_add_row(&table, (const char *const[]){"NAME", "ID", "PLAN"});
    for (size_t i = 0; i < count; i++) {
        const struct portal_tenant *tenant = &tenants[i];
        table_add_row(&table, (const char *const[]){tenant->name, tenant->id, tenant->plan});
    }
    table_write(&table, out);
}

static void add_json(struct buf *out, const struct portal_tenant *tenants, size_t count)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_write_line(&writer, 1);
        json_begin_object(&writer);
        json_put_string(&writer, "Name", tenants[i].name);
        json_put_string(&writer, "TenantId", tenants[i].id);
        json_put_string(&writer, "Plan", tenants[i].plan);
        json_end_object(&writer);
    }
    json_write_line(&writer, 0);
    json_end_array(&writer);
    buf_add_char(out, '\n');
}

static int print(const struct portal_tenant *tenants, size_t count,
                 const struct output_value *value, struct err *err)
{
    struct buf out;
    output_init(&out);
    (value->own < 0 ? add_json : add_table)(&out, tenants, count);
    return output_value_write(value, &out, err);
}

static int run(const struct args *args, struct err *err)
{
    struct output_value value;
    if (output_value_read(args, output_value_table, &value, err) != 0) {
        return -1;
    }
    struct session session;
    struct portal_tenant *tenants = NULL;
    size_t count = 0;
    int result = session_open(&session, args, SESSION_NORMAL, err);
    const struct portal *portal = result == 0 ? session_portal(&session, err) : NULL;
    result = portal == NULL ? -1 : portal_list_tenants(portal, &tenants, &count, err);
    if (result == 0) {
        result = print(tenants, count, &value, err);
    }
    free(tenants);
    session_close(&session);
    return result;
}

static const enum option_id option_list[] = {OUTPUT_VALUE_OPTIONS, SESSION_OPTIONS};

const struct command command_tenants = {
    .name = "tenants",
    .operands = "",
    .summary = "List the tenants that you may use",
    .examples = "tenants\n"
                "tenants -o json\n"
                "tenants -q '[*].Name'\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
