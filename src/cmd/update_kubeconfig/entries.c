/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/err.h"
#include "base/json_write.h"
#include "base/text.h"
#include "cmd/update_kubeconfig/update.h"

static const char current_context[] = "current-context";

/* The text of a field of a context, or "". */
static const char *context_field(const struct yaml_node *entry, const char *name)
{
    const char *text = yaml_text(yaml_member(yaml_member(entry, "context"), name));
    return text != NULL ? text : "";
}

/* The cluster and the user of the context, unless another file had the context already. */
static int find_parts(struct kube_update *update, const struct yaml_tree *tree, struct err *err)
{
    const struct yaml_node *entry =
        kubeconfig_find(tree, KUBECONFIG_CONTEXTS, update->names[KUBECONFIG_CONTEXTS]);
    if (entry == NULL || update->has[0][KUBECONFIG_CONTEXTS]) {
        return 0;
    }
    update->has[0][KUBECONFIG_CONTEXTS] = true;
    if (text_copy(update->names[KUBECONFIG_CLUSTERS], KUBE_ENTRY_NAME_SIZE,
                  context_field(entry, "cluster")) &&
        text_copy(update->names[KUBECONFIG_USERS], KUBE_ENTRY_NAME_SIZE,
                  context_field(entry, "user"))) {
        return 0;
    }
    return err_set(err, ERR_FILE, "line %zu: the names of the context are too long", entry->line);
}

/* The cluster and the user that another context uses stay. */
static void keep_shared(struct kube_update *update, const struct yaml_tree *tree)
{
    const struct yaml_node *list = yaml_member(tree->root, kubeconfig_lists[KUBECONFIG_CONTEXTS]);
    for (const struct yaml_node *at = list != NULL ? list->child : NULL; at != NULL;
         at = at->sibling) {
        const char *name = yaml_text(yaml_member(at, "name"));
        if (name != NULL && strcmp(name, update->names[KUBECONFIG_CONTEXTS]) == 0) {
            continue;
        }
        if (strcmp(context_field(at, "cluster"), update->names[KUBECONFIG_CLUSTERS]) == 0) {
            update->names[KUBECONFIG_CLUSTERS][0] = '\0';
        }
        if (strcmp(context_field(at, "user"), update->names[KUBECONFIG_USERS]) == 0) {
            update->names[KUBECONFIG_USERS][0] = '\0';
        }
    }
}

static int note_entries(struct kube_update *update, int file, const struct yaml_tree *tree)
{
    const char *current = yaml_text(yaml_member(tree->root, current_context));
    update->is_current[file] =
        current != NULL && strcmp(current, update->names[KUBECONFIG_CONTEXTS]) == 0;
    for (int list = 0; list < KUBECONFIG_LISTS; list++) {
        update->has[file][list] =
            kubeconfig_find(tree, (enum kubeconfig_list)list, update->names[list]) != NULL;
    }
    if (update->removes) {
        keep_shared(update, tree);
    }
    return 0;
}

/* Reads a file: for its entries, or for the parts of the context that is removed. */
static int scan_file(struct kube_update *update, int file, bool for_parts, struct err *err)
{
    struct buf text;
    struct yaml_tree tree = {0};
    const char *path = update->files.paths[file];
    buf_init(&text, KUBECONFIG_MAX);
    int result = kubeconfig_file_read(path, &text, err);
    if (result == 0) {
        result = kubeconfig_parse(&tree, buf_str(&text), text.len, err);
        if (result != 0) {
            err_wrap(err, "%s", path);
        }
    }
    if (result == 0) {
        result = for_parts ? find_parts(update, &tree, err) : note_entries(update, file, &tree);
    }
    yaml_tree_done(&tree);
    buf_done(&text);
    return result;
}

int kube_update_scan(struct kube_update *update, struct err *err)
{
    for (int pass = update->removes ? 0 : 1; pass < 2; pass++) {
        for (int file = 0; file < update->files.count; file++) {
            if (scan_file(update, file, pass == 0, err) != 0) {
                return -1;
            }
        }
        if (pass == 0 && !update->has[0][KUBECONFIG_CONTEXTS]) {
            return err_set(err, ERR_REJECTED, "no context %s in %s%s",
                           update->names[KUBECONFIG_CONTEXTS], update->files.paths[0],
                           update->files.count > 1 ? " and the other files of KUBECONFIG" : "");
        }
    }
    return 0;
}

static void write_cluster(const struct kube_update *update, struct json_writer *writer)
{
    json_put_string(writer, "server", update->access.server);
    if (update->access.ca[0] != '\0') {
        json_put_string(writer, "certificate-authority-data", update->access.ca);
    } else {
        json_put_bool(writer, "insecure-skip-tls-verify", true);
    }
}

static void write_exec(const struct kube_update *update, struct json_writer *writer)
{
    const char *word = buf_str(&update->words);
    const char *end = word + update->words.len;
    json_put_string(writer, "apiVersion", update->version.api_version);
    json_put_string(writer, "command", word);
    json_write_key(writer, "args");
    json_begin_array(writer);
    for (word += strlen(word) + 1; word < end; word += strlen(word) + 1) {
        json_write_string(writer, word);
    }
    json_end_array(writer);
    json_put_string(writer, "interactiveMode", "IfAvailable");
    json_put_string(writer, "installHint",
                    "Install duplojit, or run duplojit update-kubeconfig again if it has moved.");
    json_put_bool(writer, "provideClusterInfo", false);
}

static void write_user(const struct kube_update *update, struct json_writer *writer)
{
    if (update->embeds) {
        json_put_string(writer, "token", update->access.token);
        return;
    }
    json_write_key(writer, "exec");
    json_begin_object(writer);
    write_exec(update, writer);
    json_end_object(writer);
}

static void write_context(const struct kube_update *update, struct json_writer *writer)
{
    json_put_string(writer, "cluster", update->names[KUBECONFIG_CLUSTERS]);
    json_put_string(writer, "user", update->names[KUBECONFIG_USERS]);
    if (update->namespace[0] != '\0') {
        json_put_string(writer, "namespace", update->namespace);
    }
}

/* One list with one entry; only its name if it is removed. */
static void write_list(const struct kube_update *update, enum kubeconfig_list list,
                       struct json_writer *writer)
{
    static void (*const writers[])(const struct kube_update *, struct json_writer *) = {
        write_cluster, write_user, write_context};
    json_write_key(writer, kubeconfig_lists[list]);
    json_begin_array(writer);
    json_begin_object(writer);
    json_put_string(writer, "name", update->names[list]);
    if (!update->removes) {
        json_write_key(writer, kubeconfig_keys[list]);
        json_begin_object(writer);
        writers[list](update, writer);
        json_end_object(writer);
    }
    json_end_object(writer);
    json_end_array(writer);
}

/* The file of an entry; -1 if it is to be removed and no file has it. */
static int owner_of(const struct kube_update *update, int list)
{
    for (int file = 0; file < update->files.count; file++) {
        if (update->has[file][list]) {
            return file;
        }
    }
    return update->removes ? -1 : kubeconfig_files_default(&update->files);
}

void kube_update_add_wanted(const struct kube_update *update, int file, struct buf *out)
{
    struct json_writer writer;
    bool all = file < 0;
    json_writer_init(&writer, out);
    writer.spaced = true;
    json_begin_object(&writer);
    size_t empty = out->len;
    for (int list = 0; list < KUBECONFIG_LISTS; list++) {
        if (update->names[list][0] != '\0' && (all || owner_of(update, list) == file)) {
            write_list(update, (enum kubeconfig_list)list, &writer);
        }
    }
    if (file >= 0 && update->removes && update->is_current[file]) {
        json_put_string(&writer, current_context, "");
    } else if (update->uses && (all || kubeconfig_files_default(&update->files) == file)) {
        json_put_string(&writer, current_context, update->names[KUBECONFIG_CONTEXTS]);
    }
    if (out->len == empty) {
        buf_clear(out);
        return;
    }
    json_end_object(&writer);
}

void kube_update_add_all(const struct kube_update *update, struct buf *out)
{
    kube_update_add_wanted(update, -1, out);
}
