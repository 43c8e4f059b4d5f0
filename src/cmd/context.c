/* SPDX-License-Identifier: MIT */
/* duplojit context: lists the contexts of duploctl's config file, or selects one. */
#include <string.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/table.h"
#include "cli/args.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/usage.h"
#include "cmd/commands.h"
#include "session/context_file.h"
#include "yaml/yaml_scalar.h"

static const char *text_of(const struct yaml_node *entry, const char *key)
{
    const char *text = yaml_text(yaml_member(entry, key));
    return text != NULL ? text : "";
}

static bool is_current(const struct context_file *file, const struct yaml_node *entry)
{
    const char *current = context_file_current(file);
    return current != NULL && strcmp(current, text_of(entry, "name")) == 0;
}

static void add_table(const struct context_file *file, struct buf *out)
{
    struct table table;
    table_init(&table, 4);
    table_add_row(&table, (const char *const[]){"", "NAME", "HOST", "TENANT"});
    for (const struct yaml_node *at = context_file_first(file); at != NULL;
         at = context_file_next(at)) {
        table_add_row(&table,
                      (const char *const[]){is_current(file, at) ? "*" : "", text_of(at, "name"),
                                            text_of(at, "host"), text_of(at, "tenant")});
    }
    table_write(&table, out);
}

static void add_json(const struct context_file *file, struct buf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_array(&json);
    for (const struct yaml_node *at = context_file_first(file); at != NULL;
         at = context_file_next(at)) {
        json_write_line(&json, 1);
        json_begin_object(&json);
        json_put_string(&json, "Name", text_of(at, "name"));
        json_put_string(&json, "Host", text_of(at, "host"));
        json_put_string(&json, "Tenant", text_of(at, "tenant"));
        json_put_bool(&json, "Current", is_current(file, at));
        json_end_object(&json);
    }
    json_write_line(&json, 0);
    json_end_array(&json);
    buf_add_char(out, '\n');
}

static int list(const char *path, bool given, const struct output_value *value, struct err *err)
{
    struct context_file file;
    struct buf out;
    bool found = false;
    int result = context_file_open(&file, path, given ? NULL : &found, err);
    if (result == 0) {
        output_init(&out);
        (value->own < 0 ? add_json : add_table)(&file, &out);
        result = output_value_write(value, &out, err);
    }
    context_file_close(&file);
    return result;
}

/* The JSON value of a name: a number, true or false as the list has it, else a string. duploctl
 * compares the types, too; to it, most numbers with an exponent are strings. */
static int parse_name(struct json_doc *json, const struct yaml_node *name, struct buf *text,
                      struct err *err)
{
    struct json_writer writer;
    struct err ignored;
    bool exponent = yaml_type(name) == YAML_IS_NUMBER && strpbrk(yaml_text(name), "eE") != NULL;
    if (yaml_type(name) != YAML_IS_STRING && !exponent) {
        buf_add_str(text, yaml_text(name));
        if (json_parse(json, buf_str(text), text->len, &ignored) == 0) {
            return 0;
        }
        json_done(json);
        buf_clear(text);
    }
    json_writer_init(&writer, text);
    json_write_string(&writer, yaml_text(name));
    return buf_check(text, err) != 0 ? -1 : json_parse(json, buf_str(text), text->len, err);
}

static int select_context(struct context_file *file, const struct yaml_node *entry, struct err *err)
{
    struct json_doc json = {0};
    struct buf text;
    buf_init(&text, CONTEXT_FILE_MAX);
    int result = parse_name(&json, yaml_member(entry, "name"), &text, err);
    if (result == 0) {
        result = yaml_set_member(&file->doc, yaml_resolve(file->doc.tree.root), "current-context",
                                 &json, JSON_ROOT, err);
    }
    json_done(&json);
    buf_done(&text);
    return result;
}

static int write_selection(const char *path, struct context_file *file,
                           const struct yaml_node *entry, struct err *err)
{
    struct fs_attributes attr = fs_private;
    if (fs_check_replaceable(path, err) != 0) {
        return -1;
    }
    if (select_context(file, entry, err) != 0) {
        return err_wrap(err, "%s", path);
    }
    (void)fs_attributes_of(path, &attr);
    return fs_replace(path, file->text.data, file->text.len, &attr, err);
}

/* With a lock, which is taken only if there is something to change: that creates directories. */
static int select_name(const char *path, const char *name, bool locked, bool *current,
                       struct err *err)
{
    struct context_file file;
    const struct yaml_node *entry = NULL;
    int result = context_file_open(&file, path, NULL, err);
    if (result == 0) {
        entry = context_file_find(&file, path, name, err);
        result = entry != NULL ? 0 : -1;
        *current = entry != NULL && is_current(&file, entry);
    }
    if (result == 0 && locked && !*current) {
        result = write_selection(path, &file, entry, err);
    }
    context_file_close(&file);
    return result;
}

static int use(const char *path, const char *name, struct err *err)
{
    struct fs_lock lock = {.fd = -1};
    char target[PATH_MAX];
    struct buf out;
    bool current = false;
    int result = fs_recover_target(path, NULL, err) != 0
                     ? -1
                     : select_name(path, name, false, &current, err);
    if (result == 0 && !current) {
        result = fs_lock_target(&lock, path, &fs_private, target, err);
        result = result == 0 ? select_name(target, name, true, &current, err) : -1;
        fs_lock_release(&lock);
    }
    if (result != 0) {
        return -1;
    }
    output_init(&out);
    buf_add_str(&out, "current context: ");
    output_add_clean(&out, name);
    buf_add_char(&out, '\n');
    return output_write(&out, err);
}

/* Which action: the place of the operand in names. */
static int find_action(const struct args *args, bool *selects, struct err *err)
{
    static const char *const names[] = {"list", "use", NULL};
    int found = choice_read_argument(args, names, err);
    *selects = found == 1;
    if (found < 0) {
        return -1;
    }
    if (*selects == (args->operand_count == 2)) {
        return 0;
    }
    (void)err_set(err, ERR_USAGE,
                  *selects ? "missing argument: context use NAME" : "unexpected argument");
    return usage_add_help(args, err);
}

static int run(const struct args *args, struct err *err)
{
    char path[PATH_MAX];
    struct output_value value;
    bool given = false;
    bool selects = false;
    if (output_value_read(args, output_value_table, &value, err) != 0 ||
        find_action(args, &selects, err) != 0 || context_file_path(args, path, &given, err) != 0) {
        return -1;
    }
    if (path[0] == '\0' && !given) {
        return err_set(err, ERR_FILE, "HOME is not an absolute path: use --context-file FILE");
    }
    if (!selects) {
        return list(path, given, &value, err);
    }
    return args_given(args, OPTION_OUTPUT) || args_given(args, OPTION_QUERY)
               ? err_set(err, ERR_USAGE, "only `context list` accepts --output and --query")
               : use(path, args->operands[1], err);
}

static const enum option_id option_list[] = {OUTPUT_VALUE_OPTIONS, OPTION_CONTEXT_FILE,
                                             COMMON_OPTIONS};

static const struct option_text texts[] = {
    {OPTION_CONTEXT_FILE, .text = "File of contexts (default: HOME/.duplo/config)"},
};

static const struct command_notes notes = {
    .files = "  ~/.duplo/config  YAML; see --context-file\n",
    .security = "Commands that use a context read the token that the file has for it.\n",
};

const struct command command_context = {
    .name = "context",
    .operands = "list|use [NAME]",
    .operands_max = 2,
    .summary = "List the contexts of duploctl's config file, or select one",
    .examples = "context list\n"
                "context use prod\n",
    .details =
        "A context has values for host, tenant, token, interactive, admin, nocache and output.\n"
        "Options and variables override them. Commands use the context that --context names,\n"
        "else current-context; the latter only if no other portal is given. `use` changes\n"
        "current-context and no other byte of the file.\n"
        "JSON of `context list`: Name, Host, Tenant and Current of each context.\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
