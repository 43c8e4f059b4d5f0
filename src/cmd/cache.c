/* SPDX-License-Identifier: MIT */
/* duplojit cache: lists or clears the cached credentials, or prints the directory. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/args.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/personality.h"
#include "cmd/commands.h"
#include "login/saved_login.h"
#include "session/session.h"

/* A table for each portal, below a line that names it. The portals are listed in order. */
struct listing {
    struct table table;
    char last[URL_ORIGIN_SIZE];   /* the portal that is listed; at first none */
    char portal[URL_ORIGIN_SIZE]; /* the next one */
};

static int find_portal(const struct cache_entry *entry, void *context, struct err *err)
{
    struct listing *listing = context;
    (void)err;
    if (strcmp(entry->portal, listing->last) > 0 &&
        (listing->portal[0] == '\0' || strcmp(entry->portal, listing->portal) < 0)) {
        text_copy(listing->portal, sizeof(listing->portal), entry->portal);
    }
    return 0;
}

static int add_entry(const struct cache_entry *entry, void *context, struct err *err)
{
    struct listing *listing = context;
    char expiration[CLOCK_RFC3339_SIZE] = "?";
    char text[CLOCK_RFC3339_SIZE + 60];
    char scope[SCOPE_TEXT_SIZE];
    (void)err;
    if (strcmp(entry->portal, listing->portal) != 0) {
        return 0;
    }
    scope_describe_key(entry->scope, scope);
    clock_format_rfc3339(entry->expiration_s, expiration);
    snprintf(text, sizeof(text), "expires %s (%lld min left)", expiration,
             (long long)(cache_entry_left_s(entry, clock_wall_s()) / 60));
    table_add_row(&listing->table, (const char *const[]){"", scope, text});
    return 0;
}

static int list_table(const char *dir, struct buf *out, struct err *err)
{
    struct listing listing = {0};
    for (;;) {
        listing.portal[0] = '\0';
        if (cache_for_each(dir, find_portal, &listing, err) != 0) {
            return -1;
        }
        if (listing.portal[0] == '\0') {
            return 0;
        }
        output_add_clean(out, listing.portal);
        buf_add_char(out, '\n');
        table_init(&listing.table, 3);
        int result = cache_for_each(dir, add_entry, &listing, err);
        table_write(&listing.table, out);
        if (result != 0) {
            return -1;
        }
        text_copy(listing.last, sizeof(listing.last), listing.portal);
    }
}

static int add_json_entry(const struct cache_entry *entry, void *context, struct err *err)
{
    struct json_writer *json = context;
    char expiration[CLOCK_RFC3339_SIZE] = "";
    char scope[SCOPE_TEXT_SIZE];
    (void)err;
    scope_describe_key(entry->scope, scope);
    clock_format_rfc3339(entry->expiration_s, expiration);
    json_write_line(json, 1);
    json_begin_object(json);
    json_put_string(json, "Portal", entry->portal);
    json_put_string(json, "Scope", scope);
    json_put_string(json, "Expiration", expiration);
    json_put_int(json, "SecondsLeft", cache_entry_left_s(entry, clock_wall_s()));
    json_end_object(json);
    return 0;
}

static int list_json(const char *dir, struct buf *out, struct err *err)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_array(&json);
    int result = cache_for_each(dir, add_json_entry, &json, err);
    json_write_line(&json, 0);
    json_end_array(&json);
    buf_add_char(out, '\n');
    return result;
}

enum action { CLEAR, LIST, PATH };

static int clear(const struct args *args, const char *dir, struct buf *out, struct err *err)
{
    int removed = 0;
    int logins = 0;
    bool forgets = args->personality->clears_logins;
    if (cache_clear(dir, &removed, err) != 0 ||
        (forgets && saved_login_forget(dir, NULL, &logins, err) != 0)) {
        return -1;
    }
    buf_add_fmt(out, "removed %d cached credentials", removed);
    if (forgets) {
        buf_add_fmt(out, "%sremoved %d saved logins", args->personality->prints_json ? ", " : "\n",
                    logins);
    }
    return 0;
}

static int add_answer(const struct args *args, const char *dir, enum action action, bool json,
                      struct buf *out, struct err *err)
{
    if (action == PATH) {
        buf_add_str(out, dir);
        return 0;
    }
    if (action == LIST) {
        return (json ? list_json : list_table)(dir, out, err);
    }
    return clear(args, dir, out, err);
}

/* Only what is printed as JSON has formats. */
static int read_format(const struct args *args, enum action action, struct output_value *value,
                       struct err *err)
{
    bool given = args_given(args, OPTION_OUTPUT) || args_given(args, OPTION_QUERY);
    if (action == LIST) {
        return output_value_read(args, output_value_table, value, err);
    }
    if (given && !args->personality->prints_json) {
        return err_set(err, ERR_USAGE, "only `cache list` accepts --output and --query");
    }
    return output_message_read(args, value, err);
}

static int run(const struct args *args, struct err *err)
{
    static const char *const names[] = {"clear", "list", "path", NULL};
    char dir[PATH_MAX];
    struct buf out;
    int found = choice_read_argument(args, names, err);
    enum action action = (enum action)found;
    struct output_value value;
    if (found < 0 || read_format(args, action, &value, err) != 0 ||
        session_cache_dir(args, dir, err) != 0) {
        return -1;
    }
    output_init(&out);
    int result = add_answer(args, dir, action, value.own < 0, &out, err);
    if (result == 0 && (result = buf_check(&out, err)) == 0) {
        result = action == LIST ? output_value_write(&value, &out, err)
                                : output_message_write(&value, buf_str(&out), err);
    }
    buf_done(&out);
    return result;
}

static const enum option_id option_list[] = {OUTPUT_VALUE_OPTIONS, OPTION_CACHE_DIR,
                                             COMMON_OPTIONS};

static const struct command_notes notes = {
    .files = "  ~/.cache/duplojit  see --cache-dir and `duplojit cache path`\n",
    .security =
        "`clear` does not revoke the credentials: programs that have them use them until they\n"
        "expire.\n",
};

const struct command command_cache = {
    .name = "cache",
    .operands = "clear|list|path",
    .operands_max = 1,
    .summary = "List or clear the cached credentials, or print the cache directory",
    .examples = "cache list\n"
                "cache clear\n",
    .details =
        "JSON of `cache list`: Portal, Scope, Expiration and SecondsLeft of each entry.\n"
        "Saved logins stay: `duplojit logout` deletes them. Alias of `cache clear`: clear-cache\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
