/* SPDX-License-Identifier: MIT */
#include "kube/kubeconfig.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "yaml/yaml_edit.h"
#include "yaml/yaml_scalar.h"

enum { NAME_SIZE = 256, EDITS_MAX = 100 };

/* A text on its way to the wanted state. Each step makes at most one edit. */
struct edit {
    struct yaml_doc doc;
    struct json_doc wanted;
    bool edited; /* in the present step */
};

static bool equals_text(const struct yaml_node *node, const struct json_doc *wanted, int value)
{
    struct buf text;
    const char *present = yaml_text(node);
    buf_init(&text, KUBECONFIG_MAX);
    json_add_text(wanted, value, &text);
    bool equal = present != NULL && strcmp(present, buf_str(&text)) == 0;
    buf_done(&text);
    return equal;
}

/* Whether a node has the wanted value: a string, a boolean, or a list of these. */
static bool equals(const struct yaml_node *node, const struct json_doc *wanted, int value)
{
    enum json_type type = json_type(wanted, value);
    node = yaml_resolve(node);
    if (type == JSON_ARRAY && node->kind == YAML_SEQUENCE) {
        int item = json_first(wanted, value);
        const struct yaml_node *at = node->child;
        while (at != NULL && item != JSON_NONE && equals(at, wanted, item)) {
            at = at->sibling;
            item = json_next(wanted, value, item);
        }
        return at == NULL && item == JSON_NONE;
    }
    if (type == JSON_STRING) {
        return node->kind == YAML_SCALAR && yaml_type(node) == YAML_IS_STRING &&
               equals_text(node, wanted, value);
    }
    size_t len = 0;
    enum yaml_type truth = *json_raw(wanted, value, &len) == 't' ? YAML_IS_TRUE : YAML_IS_FALSE;
    return type == JSON_BOOL && node->kind == YAML_SCALAR && yaml_type(node) == truth;
}

static int set_fields(struct edit *edit, const struct yaml_node *mapping, int wanted,
                      struct err *err);

/* Sets one field of a mapping unless it has the value. */
static int set_field(struct edit *edit, const struct yaml_node *mapping, const char *name,
                     int value, struct err *err)
{
    const struct yaml_node *present = yaml_member(mapping, name);
    if (present != NULL && present->kind == YAML_MAPPING && present->child != NULL &&
        json_type(&edit->wanted, value) == JSON_OBJECT) {
        return set_fields(edit, present, value, err);
    }
    if (present != NULL && equals(present, &edit->wanted, value)) {
        return 0;
    }
    edit->edited = true;
    return yaml_set_member(&edit->doc, mapping, name, &edit->wanted, value, err);
}

static int remove_fields(struct edit *edit, const struct yaml_node *mapping, int wanted,
                         struct err *err)
{
    for (const struct yaml_node *at = mapping->child; at != NULL; at = at->sibling->sibling) {
        const char *name = yaml_text(at);
        int value = JSON_NONE;
        if (name == NULL || !kubeconfig_is_ours(name)) {
            continue;
        }
        if (json_member(&edit->wanted, wanted, name, &value, err) != 0) {
            return -1;
        }
        if (value == JSON_NONE) {
            edit->edited = true;
            return yaml_remove_member(&edit->doc, mapping, at, err);
        }
    }
    return 0;
}

static int set_fields(struct edit *edit, const struct yaml_node *mapping, int wanted,
                      struct err *err)
{
    char name[NAME_SIZE];
    for (int key = json_first_key(&edit->wanted, wanted); key != JSON_NONE;
         key = json_next_key(&edit->wanted, wanted, key)) {
        if (json_string(&edit->wanted, key, name, sizeof(name), err) != 0 ||
            set_field(edit, mapping, name, key + 1, err) != 0) {
            return -1;
        }
        if (edit->edited) {
            return 0;
        }
    }
    return remove_fields(edit, mapping, wanted, err);
}

static int remove_entry(struct edit *edit, enum kubeconfig_list list, const struct yaml_node *entry,
                        struct err *err)
{
    struct json_doc empty;
    struct yaml_doc *doc = &edit->doc;
    const struct yaml_node *root = yaml_resolve(doc->tree.root);
    const struct yaml_node *node = yaml_member(root, kubeconfig_lists[list]);
    const struct yaml_node *item = node->child;
    edit->edited = true;
    if (item->sibling != NULL) {
        while (yaml_resolve(item) != entry) {
            item = item->sibling;
        }
        return yaml_remove_item(doc, node, item, err);
    }
    int result = json_parse(&empty, "[]", 2, err);
    if (result == 0) {
        result = yaml_set_member(doc, root, kubeconfig_lists[list], &empty, JSON_ROOT, err);
    }
    json_done(&empty);
    return result;
}

static int set_entry(struct edit *edit, enum kubeconfig_list list, int array, struct err *err)
{
    char name[NAME_SIZE];
    struct yaml_doc *doc = &edit->doc;
    const struct yaml_node *root = yaml_resolve(doc->tree.root);
    const struct yaml_node *node = yaml_member(root, kubeconfig_lists[list]);
    int item = json_first(&edit->wanted, array);
    int value = JSON_NONE;
    if (json_get_string(&edit->wanted, item, "name", name, sizeof(name), &(bool){false}, err) !=
            0 ||
        json_member(&edit->wanted, item, kubeconfig_keys[list], &value, err) != 0) {
        return -1;
    }
    const struct yaml_node *entry = kubeconfig_find(&doc->tree, list, name);
    if (value == JSON_NONE) {
        return entry == NULL ? 0 : remove_entry(edit, list, entry, err);
    }
    if (entry != NULL) {
        return set_field(edit, entry, kubeconfig_keys[list], value, err);
    }
    edit->edited = true;
    if (node != NULL && node->kind == YAML_SEQUENCE && node->child != NULL) {
        return yaml_append_item(doc, node, &edit->wanted, item, err);
    }
    return yaml_set_member(doc, root, kubeconfig_lists[list], &edit->wanted, array, err);
}

/* Makes the first edit that is left. */
static int step(struct edit *edit, struct err *err)
{
    static const char current[] = "current-context";
    int value = JSON_NONE;
    edit->edited = false;
    for (int list = 0; list < KUBECONFIG_LISTS; list++) {
        if (json_member(&edit->wanted, JSON_ROOT, kubeconfig_lists[list], &value, err) != 0) {
            return -1;
        }
        if (value != JSON_NONE && set_entry(edit, (enum kubeconfig_list)list, value, err) != 0) {
            return -1;
        }
        if (edit->edited) {
            return 0;
        }
    }
    if (json_member(&edit->wanted, JSON_ROOT, current, &value, err) != 0) {
        return -1;
    }
    return value == JSON_NONE
               ? 0
               : set_field(edit, yaml_resolve(edit->doc.tree.root), current, value, err);
}

/* A file without a value gets the lines that every kubeconfig begins with. */
static int begin_file(struct yaml_doc *doc, struct err *err)
{
    static const char start[] = "{\"apiVersion\":\"v1\",\"kind\":\"Config\"}";
    const struct yaml_node *root = yaml_resolve(doc->tree.root);
    struct json_doc json;
    if (root != NULL && root->kind == YAML_MAPPING) {
        return 0;
    }
    int result = json_parse(&json, start, sizeof(start) - 1, err);
    if (result == 0) {
        result = yaml_fill(doc, &json, JSON_ROOT, err);
    }
    json_done(&json);
    return result;
}

static int run_steps(struct edit *edit, struct err *err)
{
    int count = 0;
    int result = begin_file(&edit->doc, err);
    do {
        result = result == 0 ? step(edit, err) : result;
    } while (result == 0 && edit->edited && ++count < EDITS_MAX);
    return result == 0 && edit->edited
               ? err_set(err, ERR_FILE, "it cannot be edited in its present form")
               : result;
}

/* Fails if the text is not one that kubectl accepts. */
static int check(const struct buf *text, struct err *err)
{
    struct yaml_tree tree;
    int result = kubeconfig_parse(&tree, buf_str(text), text->len, err);
    yaml_tree_done(&tree);
    return result;
}

int kubeconfig_edit(struct buf *text, const char *wanted, struct err *err)
{
    struct edit edit = {.edited = false};
    int result = check(text, err);
    if (result == 0) {
        result = json_parse(&edit.wanted, wanted, strlen(wanted), err);
    }
    if (result == 0) {
        result = yaml_doc_open(&edit.doc, text, err);
    }
    if (result == 0) {
        result = run_steps(&edit, err);
    }
    yaml_doc_close(&edit.doc);
    json_done(&edit.wanted);
    return result == 0 ? check(text, err) : -1;
}
