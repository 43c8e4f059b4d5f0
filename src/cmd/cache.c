/* SPDX-License-Identifier: MIT */
/* duplojit cache: where it is, what is in it, and away with it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/table.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "session/session.h"

static int add_entry(const struct cache_entry *entry, void *context, struct err *err)
{
    char expiration[8 + CLOCK_RFC3339_SIZE] = "expires ?";
    char left[40];
    char scope[SCOPE_TEXT_SIZE];
    (void)err;
    scope_describe_key(entry->scope, scope);
    clock_format_rfc3339(entry->creds.expiration_s, expiration + 8);
    snprintf(left, sizeof(left), "%lld min left",
             (long long)(cache_entry_left_s(entry, clock_wall_s()) / 60));
    table_add_row(context, (const char *const[]){entry->portal, scope, expiration, left});
    return 0;
}

static int list(const char *dir, struct buf *out, struct err *err)
{
    struct table table;
    table_init(&table, 4);
    int result = cache_for_each(dir, add_entry, &table, err);
    table_write(&table, out);
    return result;
}

static int add_answer(const char *dir, const char *action, struct buf *out, struct err *err)
{
    int removed = 0;
    if (strcmp(action, "path") == 0) {
        buf_add_fmt(out, "%s\n", dir);
        return 0;
    }
    if (strcmp(action, "list") == 0) {
        return list(dir, out, err);
    }
    if (strcmp(action, "clear") == 0) {
        if (cache_clear(dir, &removed, err) != 0) {
            return -1;
        }
        buf_add_fmt(out, "removed %d cached credentials\n", removed);
        return 0;
    }
    return err_set(err, ERR_USAGE, "`duplojit cache` has no \"%.40s\": write clear, list or path",
                   action);
}

static int run(const struct args *args, struct err *err)
{
    char dir[PATH_MAX];
    struct buf out;
    if (args->operand_count == 0) {
        return err_set(err, ERR_USAGE,
                       "write `duplojit cache clear`, `cache list` or `cache path`");
    }
    if (!session_cache_dir(args, dir)) {
        return err_set(err, ERR_FILE, "there is no cache: set DUPLO_CACHE, XDG_CACHE_HOME or HOME");
    }
    output_init(&out);
    int result = add_answer(dir, args->operands[0], &out, err);
    if (result == 0) {
        result = output_write(&out, err);
    }
    buf_done(&out);
    return result;
}

static const enum option_id option_list[] = {OPTION_CACHE_DIR, OPTION_DEBUG};

const struct command command_cache = {
    .name = "cache",
    .operands = "clear|list|path",
    .operands_max = 1,
    .summary = "List or clear the cached credentials, or print the cache directory",
    .examples = "  duplojit cache list\n"
                "  duplojit cache clear\n",
    .details =
        "Saved logins stay: `duplojit logout` deletes them. Alias of `cache clear`: clear-cache\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
