/* SPDX-License-Identifier: MIT */
/* What kubectl rejects. It ignores fields that it does not know, and of a key that occurs twice it
 * uses the last value. */
#include <string.h>

#include "base/err.h"
#include "kube/kubeconfig.h"
#include "yaml/yaml_scalar.h"

const char *const kubeconfig_lists[] = {"clusters", "users", "contexts"};
const char *const kubeconfig_keys[] = {"cluster", "user", "context"};

enum form { FORM_TEXT, FORM_SWITCH, FORM_LIST, FORM_TEXTS, FORM_MAP, FORM_MAP_OF_TEXTS };

/* A table of fields is one text: of each field its form as a digit, its name and a NUL. OURS before
 * a field: see kubeconfig_is_ours. */
#define TEXT(name) "0" name "\0"
#define SWITCH(name) "1" name "\0"
#define LIST(name) "2" name "\0"
#define TEXTS(name) "3" name "\0"
#define MAP(name) "4" name "\0"
#define MAP_OF_TEXTS(name) "5" name "\0"
#define OURS "!"

/* clang-format off */
static const char root_fields[] =
    TEXT("apiVersion") TEXT("kind") TEXT("current-context") MAP("preferences") LIST("extensions");

static const char cluster_fields[] =
    TEXT("server") TEXT("tls-server-name") TEXT("proxy-url") SWITCH("disable-compression")
    OURS SWITCH("insecure-skip-tls-verify") OURS TEXT("certificate-authority")
    OURS TEXT("certificate-authority-data") LIST("extensions");

static const char user_fields[] =
    OURS TEXT("client-certificate") OURS TEXT("client-certificate-data") OURS TEXT("client-key")
    OURS TEXT("client-key-data") OURS TEXT("token") OURS TEXT("tokenFile") OURS TEXT("username")
    OURS TEXT("password") OURS MAP("auth-provider") OURS MAP("exec") TEXT("as") TEXT("as-uid")
    TEXTS("as-groups") MAP("as-user-extra") LIST("extensions");

static const char context_fields[] =
    TEXT("cluster") TEXT("user") TEXT("namespace") LIST("extensions");

static const char exec_fields[] =
    TEXT("command") TEXTS("args") LIST("env") TEXT("apiVersion") TEXT("installHint")
    SWITCH("provideClusterInfo") TEXT("interactiveMode");

static const char provider_fields[] = TEXT("name") MAP_OF_TEXTS("config");
static const char variable_fields[] = TEXT("name") TEXT("value");
/* clang-format on */

static const char *const entry_fields[] = {cluster_fields, user_fields, context_fields};

bool kubeconfig_is_ours(const char *name)
{
    bool found = false;
    for (int list = KUBECONFIG_CLUSTERS; list <= KUBECONFIG_USERS; list++) {
        for (const char *at = entry_fields[list]; *at != '\0'; at += strlen(at) + 1) {
            found = found || (*at == OURS[0] && strcmp(at + 2, name) == 0);
        }
    }
    return found;
}

static int reject(const struct yaml_node *node, const char *name, const char *wanted,
                  struct err *err)
{
    return err_set(err, ERR_FILE, "line %zu: %s is not %s", node->line, name, wanted);
}

static bool is_null(const struct yaml_node *node)
{
    return node == NULL || (node->kind == YAML_SCALAR && yaml_type(node) == YAML_IS_NULL);
}

static bool is_text(const struct yaml_node *node)
{
    return is_null(node) || (node->kind == YAML_SCALAR && yaml_type(node) == YAML_IS_STRING);
}

static bool has_form(const struct yaml_node *value, enum form form)
{
    enum yaml_type type = YAML_IS_NULL;
    if (is_null(value)) {
        return true;
    }
    switch (form) {
    case FORM_LIST:
    case FORM_TEXTS:
        return value->kind == YAML_SEQUENCE;
    case FORM_MAP:
    case FORM_MAP_OF_TEXTS:
        return value->kind == YAML_MAPPING;
    case FORM_SWITCH:
        type = yaml_type(value);
        return value->kind == YAML_SCALAR && (type == YAML_IS_TRUE || type == YAML_IS_FALSE);
    default:
        return is_text(value);
    }
}

/* Each child of a list, or each value of a mapping, is a text. */
static bool has_texts(const struct yaml_node *value, enum form form)
{
    bool map = form == FORM_MAP_OF_TEXTS;
    if (is_null(value) || (form != FORM_TEXTS && !map)) {
        return true;
    }
    for (const struct yaml_node *at = value->child; at != NULL; at = at->sibling) {
        at = map ? at->sibling : at;
        if (!is_text(yaml_resolve(at))) {
            return false;
        }
    }
    return true;
}

static int check_fields(const struct yaml_node *mapping, const char *fields, struct err *err)
{
    static const char *const forms[] = {"a string",  "true or false",
                                        "a list",    "a list of strings",
                                        "a mapping", "a mapping of strings"};
    for (; *fields != '\0'; fields += strlen(fields) + 1) {
        fields += *fields == OURS[0] ? 1 : 0;
        enum form form = (enum form)(*fields - '0');
        const struct yaml_node *value = yaml_member(mapping, fields + 1);
        if (!has_form(value, form) || !has_texts(value, form)) {
            return reject(value, fields + 1, forms[form], err);
        }
    }
    return 0;
}

static int check_user(const struct yaml_node *user, struct err *err)
{
    const struct yaml_node *exec = yaml_member(user, "exec");
    const struct yaml_node *env = yaml_member(exec, "env");
    if (check_fields(exec, exec_fields, err) != 0 ||
        check_fields(yaml_member(user, "auth-provider"), provider_fields, err) != 0) {
        return -1;
    }
    for (const struct yaml_node *at = is_null(env) ? NULL : env->child; at != NULL;
         at = at->sibling) {
        const struct yaml_node *variable = yaml_resolve(at);
        if (!has_form(variable, FORM_MAP)) {
            return reject(variable, "a variable", "a mapping", err);
        }
        if (check_fields(variable, variable_fields, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A field of the mapping may come from <<, which is not followed here. */
static int check_merge(const struct yaml_node *mapping, struct err *err)
{
    const struct yaml_node *merge = yaml_member(mapping, "<<");
    return merge == NULL ? 0 : err_set(err, ERR_FILE, "line %zu: << cannot be edited", merge->line);
}

static int check_entry(const struct yaml_node *entry, enum kubeconfig_list list, struct err *err)
{
    const struct yaml_node *name = yaml_member(entry, "name");
    const struct yaml_node *value = yaml_member(entry, kubeconfig_keys[list]);
    if (!has_form(entry, FORM_MAP)) {
        return reject(entry, "an entry", "a mapping", err);
    }
    if (!has_form(name, FORM_TEXT)) {
        return reject(name, "name", "a string: put it in quotes", err);
    }
    if (!has_form(value, FORM_MAP)) {
        return reject(value, kubeconfig_keys[list], "a mapping", err);
    }
    return check_merge(entry, err) != 0 || check_fields(value, entry_fields[list], err) != 0 ||
                   (list == KUBECONFIG_USERS && check_user(value, err) != 0)
               ? -1
               : 0;
}

static const char *name_of(const struct yaml_node *entry)
{
    const char *name = yaml_text(yaml_member(entry, "name"));
    return name != NULL ? name : "";
}

/* The entry with the name in the list, from entry on. */
static const struct yaml_node *find_from(const struct yaml_node *entry, const char *name)
{
    while (entry != NULL && strcmp(name_of(entry), name) != 0) {
        entry = entry->sibling;
    }
    return entry;
}

static int check_list(const struct yaml_node *root, enum kubeconfig_list list, struct err *err)
{
    const struct yaml_node *node = yaml_member(root, kubeconfig_lists[list]);
    if (!has_form(node, FORM_LIST)) {
        return reject(node, kubeconfig_lists[list], "a list", err);
    }
    for (const struct yaml_node *at = is_null(node) ? NULL : node->child; at != NULL;
         at = at->sibling) {
        if (check_entry(yaml_resolve(at), list, err) != 0) {
            return -1;
        }
        const struct yaml_node *twin = find_from(at->sibling, name_of(at));
        if (twin != NULL) {
            return err_set(err, ERR_FILE, "line %zu: a second entry with the name of line %zu",
                           twin->line, at->line);
        }
    }
    return 0;
}

static int check_root(const struct yaml_node *root, struct err *err)
{
    const struct yaml_node *version = yaml_member(root, "apiVersion");
    const struct yaml_node *kind = yaml_member(root, "kind");
    if (!has_form(root, FORM_MAP)) {
        return reject(root, "the file", "a mapping", err);
    }
    if (check_merge(root, err) != 0 || check_fields(root, root_fields, err) != 0) {
        return -1;
    }
    if (!is_null(version) && strcmp(version->value, "v1") != 0) {
        return reject(version, "apiVersion", "v1", err);
    }
    if (!is_null(kind) && strcmp(kind->value, "Config") != 0) {
        return reject(kind, "kind", "Config", err);
    }
    for (int list = 0; list < KUBECONFIG_LISTS; list++) {
        if (check_list(root, (enum kubeconfig_list)list, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int kubeconfig_parse(struct yaml_tree *tree, const char *text, size_t len, struct err *err)
{
    return yaml_tree_parse(tree, text, len, err) != 0 ? -1
                                                      : check_root(yaml_resolve(tree->root), err);
}

const struct yaml_node *kubeconfig_find(const struct yaml_tree *tree, enum kubeconfig_list list,
                                        const char *name)
{
    const struct yaml_node *node = yaml_member(tree->root, kubeconfig_lists[list]);
    return is_null(node) ? NULL : yaml_resolve(find_from(node->child, name));
}
