/* SPDX-License-Identifier: MIT */
/* duplojit cache: lists or clears the cached credentials, or prints the directory. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/table.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cli/usage.h"
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

enum action { CLEAR, LIST, PATH, ACTION_COUNT };

static int add_answer(const char *dir, enum action action, struct buf *out, struct err *err)
{
    int removed = 0;
    if (action == PATH) {
        buf_add_fmt(out, "%s\n", dir);
        return 0;
    }
    if (action == LIST) {
        return list(dir, out, err);
    }
    if (cache_clear(dir, &removed, err) != 0) {
        return -1;
    }
    buf_add_fmt(out, "removed %d cached credentials\n", removed);
    return 0;
}

static int find_action(const struct args *args, enum action *action, struct err *err)
{
    static const char *const names[] = {"clear", "list", "path", NULL};
    const char *name = args->operand_count > 0 ? args->operands[0] : NULL;
    for (int i = 0; name != NULL && i < ACTION_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *action = (enum action)i;
            return 0;
        }
    }
    return usage_unknown_argument(args, name, names, err);
}

static int run(const struct args *args, struct err *err)
{
    char dir[PATH_MAX];
    struct buf out;
    enum action action = PATH;
    if (find_action(args, &action, err) != 0 || session_cache_dir(args, dir, err) != 0) {
        return -1;
    }
    output_init(&out);
    int result = add_answer(dir, action, &out, err);
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
    .examples = "cache list\n"
                "cache clear\n",
    .details =
        "Saved logins stay: `duplojit logout` deletes them. Alias of `cache clear`: clear-cache\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
