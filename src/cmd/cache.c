/* SPDX-License-Identifier: MIT */
/* duplojit cache: where it is, what is in it, and away with it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "cmd/command.h"
#include "cmd/session.h"

enum { OUTPUT_MAX = 1 << 20 };

static int add_entry(const struct cache_entry *entry, void *context, struct err *err)
{
    char expiration[CLOCK_RFC3339_SIZE] = "?";
    int64_t left_s = cache_left_s(entry, clock_wall_s());
    clock_format_rfc3339(entry->creds.expiration_s, expiration);
    return buf_add_fmt(context, err, "%s  %s  expires %s  %lld min left\n", entry->portal,
                       entry->scope, expiration, (long long)(left_s / 60));
}

static int add_answer(const char *dir, const char *action, struct buf *out, struct err *err)
{
    int removed = 0;
    if (strcmp(action, "path") == 0) {
        return buf_add_fmt(out, err, "%s\n", dir);
    }
    if (strcmp(action, "list") == 0) {
        return cache_visit(dir, add_entry, out, err);
    }
    if (strcmp(action, "clear") == 0) {
        return cache_clear(dir, &removed, err) != 0
                   ? -1
                   : buf_add_fmt(out, err, "removed %d cached credentials\n", removed);
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
    buf_init(&out, OUTPUT_MAX);
    int result = add_answer(dir, args->operands[0], &out, err);
    if (result == 0) {
        result = fs_write_fd(STDOUT_FILENO, "standard output", out.data, out.len, err);
    }
    buf_done(&out);
    return result;
}

static const enum option_id option_list[] = {OPTION_CACHE_DIR, OPTION_DEBUG};

const struct command command_cache = {
    .name = "cache",
    .operands = "clear|list|path",
    .operands_max = 1,
    .summary = "clear the cache, list what is in it, or print where it is",
    .details = "Logins stay: `duplojit logout` forgets them. Also: clear-cache\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
