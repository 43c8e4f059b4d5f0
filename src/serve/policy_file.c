/* SPDX-License-Identifier: MIT */
/* The file of a policy. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/ini/ini.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/suggest.h"
#include "serve/policy.h"
#include "serve/policy_names.h"
#include "yaml/yaml_scalar.h"
#include "yaml/yaml_tree.h"

enum { STRINGS_MAX = 1 << 20, RULE_NUMBER_SIZE = 20 };

static const char api_version[] = "duplojit/v1";

enum { API_VERSION, DEFAULT_RULE, RULES, ROOT_FIELDS };
static const char *const root_fields[] = {"apiVersion", "defaultRule", "rules", NULL};

enum { NAME, NAMESPACE, ACCOUNT, TENANT, TENANT_ID, ADMIN, DUPLO_OPS, DENY, RULE_FIELDS };
static const char *const rule_fields[] = {
    "name", "namespace", "serviceAccount", "tenant", "tenantId", "admin", "duploOps", "deny", NULL};

/* Names the nearest valid field, or all of them. */
static int fail_unknown(const struct yaml_node *key, const char *const *names, struct err *err)
{
    struct suggest suggest;
    struct buf valid;
    const char *wrong = yaml_text(key);
    wrong = wrong != NULL ? wrong : "";
    buf_init(&valid, ERR_TEXT_SIZE);
    suggest_start(&suggest, wrong, strlen(wrong));
    for (; *names != NULL; names++) {
        suggest_try(&suggest, *names);
        buf_add_fmt(&valid, "%s%s", valid.len > 0 ? ", " : "", *names);
    }
    bool near = suggest.nearest != NULL;
    err_fill(err, ERR_FILE, "line %zu: unknown field \"%.40s\"%s%s%s", key->line, wrong,
             near ? ". Did you mean " : ": use one of ", near ? suggest.nearest : buf_str(&valid),
             near ? "?" : "");
    buf_done(&valid);
    return -1;
}

/* Finds the values of a mapping's fields, in the order of names. The value of a field that is left
 * out stays NULL. */
static int read_fields(const struct yaml_node *mapping, const char *const *names,
                       const struct yaml_node **values, struct err *err)
{
    if (mapping->kind != YAML_MAPPING) {
        return err_set(err, ERR_FILE, "line %zu: not a mapping: write fields such as %s: VALUE",
                       mapping->line, names[1]);
    }
    for (const struct yaml_node *key = mapping->child; key != NULL; key = key->sibling->sibling) {
        const char *text = yaml_text(key);
        int i = 0;
        while (names[i] != NULL && (text == NULL || strcmp(names[i], text) != 0)) {
            i++;
        }
        if (names[i] == NULL) {
            return fail_unknown(key, names, err);
        }
        if (values[i] != NULL) {
            return err_set(err, ERR_FILE, "line %zu: a second field %s: remove one", key->line,
                           text);
        }
        values[i] = yaml_resolve(key->sibling);
    }
    return 0;
}

/* The text of a field. NULL with err set if it has another type. */
static const char *read_text(const struct yaml_node *value, const char *field, struct err *err)
{
    if (yaml_type(value) == YAML_IS_STRING) {
        return yaml_text(value);
    }
    (void)err_set(err, ERR_FILE,
                  "line %zu: %s is not a string: write one word, in quotes if it is a number or "
                  "a word such as on",
                  value->line, field);
    return NULL;
}

/* Puts the line before a message about a value. */
static int blame_line(const struct yaml_node *value, struct err *err)
{
    err->kind = ERR_FILE;
    return err_wrap(err, "line %zu", value->line);
}

/* The text of a field of a rule that is a name or a pattern. NULL with err set. */
static const char *read_name(const struct yaml_node *const *fields, int field,
                             enum policy_name kind, struct err *err)
{
    const char *text = read_text(fields[field], rule_fields[field], err);
    if (text != NULL && policy_name_check(text, kind, field != NAME, err) != 0) {
        (void)blame_line(fields[field], err);
        return NULL;
    }
    return text;
}

/* The name that the rule has, or gets from its number. NULL with err set. */
static const char *read_rule_name(const struct yaml_node *const *fields, int number,
                                  char text[RULE_NUMBER_SIZE], struct err *err)
{
    if (fields[NAME] == NULL) {
        snprintf(text, RULE_NUMBER_SIZE, "rule %d", number);
        return text;
    }
    const char *name = read_name(fields, NAME, POLICY_NAME_RULE, err);
    if (name != NULL && strcmp(name, POLICY_DEFAULT_RULE) == 0) {
        (void)err_set(err, ERR_FILE,
                      "line %zu: %s is the name of the default rule: choose another name",
                      fields[NAME]->line, name);
        return NULL;
    }
    return name;
}

static const char *read_namespace(const struct yaml_node *rule,
                                  const struct yaml_node *const *fields, struct err *err)
{
    if (fields[NAMESPACE] == NULL) {
        (void)err_set(err, ERR_FILE,
                      "line %zu: the rule has no namespace: add one, or \"*\" for all", rule->line);
        return NULL;
    }
    return read_name(fields, NAMESPACE, POLICY_NAME_NAMESPACE, err);
}

static const char *read_account(const struct yaml_node *const *fields, struct err *err)
{
    return fields[ACCOUNT] == NULL ? "*" : read_name(fields, ACCOUNT, POLICY_NAME_ACCOUNT, err);
}

/* The field that says what the rule gives, or -1. */
static int find_scope(const struct yaml_node *rule, const struct yaml_node *const *fields,
                      struct err *err)
{
    int found = -1;
    for (int i = TENANT; i <= DENY; i++) {
        if (fields[i] != NULL && found >= 0) {
            return err_set(err, ERR_FILE, "line %zu: the rule has both %s and %s: keep one",
                           fields[i]->line, rule_fields[found], rule_fields[i]);
        }
        found = fields[i] != NULL ? i : found;
    }
    return found >= 0 ? found
                      : err_set(err, ERR_FILE,
                                "line %zu: the rule has no scope: add tenant, tenantId, admin, "
                                "duploOps or deny",
                                rule->line);
}

/* The agent names a scope's profile by its key. */
static int check_profile_name(const struct yaml_node *value, const struct scope *scope,
                              struct err *err)
{
    char key[SCOPE_KEY_SIZE];
    struct err why;
    scope_key(scope, key);
    return ini_check_name(INI_CREDENTIALS, key, &why) == 0
               ? 0
               : err_set(err, ERR_FILE, "line %zu: \"%.80s\" is not a profile name: use tenantId",
                         value->line, scope->tenant);
}

static int read_scope(const struct yaml_node *const *fields, int field, struct scope *scope,
                      struct err *err)
{
    const struct yaml_node *value = fields[field];
    if (field != TENANT && field != TENANT_ID) {
        scope->kind = field == ADMIN ? SCOPE_ADMIN : SCOPE_DUPLO_OPS;
        return yaml_type(value) == YAML_IS_TRUE
                   ? 0
                   : err_set(err, ERR_FILE,
                             "line %zu: %s accepts only true: remove the field or the rule",
                             value->line, rule_fields[field]);
    }
    const char *text = read_text(value, rule_fields[field], err);
    if (text == NULL) {
        return -1;
    }
    return (field == TENANT ? scope_set_tenant : scope_set_tenant_id)(scope, text, err) == 0
               ? check_profile_name(value, scope, err)
               : blame_line(value, err);
}

/* A rule has a name of its own, and matches a pod that no rule before it matches. */
static int check_others(const struct policy *policy, const struct policy_rule *rule,
                        struct err *err)
{
    const char *strings = policy->strings.data;
    for (const struct policy_rule *at = policy->rules; at < rule; at++) {
        if (strcmp(strings + at->name, strings + rule->name) == 0) {
            return err_set(err, ERR_FILE, "line %u: the rule in line %u has the same name",
                           rule->line, at->line);
        }
        if (policy_name_matches(strings + at->namespace, strings + rule->namespace) &&
            policy_name_matches(strings + at->account, strings + rule->account)) {
            return err_set(err, ERR_FILE,
                           "line %u: the rule has no effect, because the rule in line %u matches "
                           "first: move it up or remove it",
                           rule->line, at->line);
        }
    }
    return 0;
}

static unsigned int add_string(struct policy *policy, const char *text)
{
    unsigned int offset = (unsigned int)policy->strings.len;
    buf_add(&policy->strings, text, strlen(text) + 1);
    return offset;
}

/* Administrators' access is for one service account only, so that a new one never gets it. */
static int check_exact(const struct yaml_node *rule, int field, const char *namespace,
                       const char *account, struct err *err)
{
    return (field == ADMIN || field == DUPLO_OPS) &&
                   (policy_name_is_pattern(namespace) || policy_name_is_pattern(account))
               ? err_set(err, ERR_FILE,
                         "line %zu: a rule with %s needs a namespace and a serviceAccount without "
                         "*",
                         rule->line, rule_fields[field])
               : 0;
}

static int read_rule(struct policy *policy, const struct yaml_node *node, struct err *err)
{
    const struct yaml_node *fields[RULE_FIELDS] = {NULL};
    char number[RULE_NUMBER_SIZE];
    struct scope scope = {0};
    if (read_fields(node, rule_fields, fields, err) != 0) {
        return -1;
    }
    const char *name = read_rule_name(fields, policy->rule_count + 1, number, err);
    const char *namespace = name != NULL ? read_namespace(node, fields, err) : NULL;
    const char *account = namespace != NULL ? read_account(fields, err) : NULL;
    int field = account != NULL ? find_scope(node, fields, err) : -1;
    if (field < 0 || read_scope(fields, field, &scope, err) != 0 ||
        check_exact(node, field, namespace, account, err) != 0) {
        return -1;
    }
    struct policy_rule *rule = &policy->rules[policy->rule_count++];
    rule->name = add_string(policy, name);
    rule->namespace = add_string(policy, namespace);
    rule->account = add_string(policy, account);
    rule->tenant = add_string(policy, scope.tenant);
    rule->line = (unsigned int)node->line;
    rule->kind = scope.kind;
    rule->denies = field == DENY;
    return buf_check(&policy->strings, err) != 0 ? -1 : check_others(policy, rule, err);
}

static int read_rules(struct policy *policy, const struct yaml_node *list, struct err *err)
{
    size_t count = 0;
    if (list->kind != YAML_SEQUENCE) {
        return err_set(err, ERR_FILE, "line %zu: rules is not a list: begin each rule with -",
                       list->line);
    }
    for (const struct yaml_node *at = list->child; at != NULL; at = at->sibling) {
        count++;
    }
    if (count > POLICY_RULES_MAX) {
        return err_set(err, ERR_FILE, "line %zu: more than %d rules: use patterns such as team-*",
                       list->line, POLICY_RULES_MAX);
    }
    policy->rules = calloc(count + 1, sizeof(*policy->rules));
    if (policy->rules == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%zu rules)", count);
    }
    for (const struct yaml_node *at = list->child; at != NULL; at = at->sibling) {
        if (read_rule(policy, yaml_resolve(at), err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Checked first, because every field of another kind of file would be unknown. */
static int check_version(const struct yaml_node *root, struct err *err)
{
    const struct yaml_node *value = yaml_member(root, root_fields[API_VERSION]);
    const char *text = yaml_text(value);
    if (text != NULL && strcmp(text, api_version) == 0) {
        return 0;
    }
    return err_set(err, ERR_FILE,
                   "line %zu: the file does not have apiVersion: %s. If this is a ConfigMap, use "
                   "the file in its data",
                   value != NULL ? value->line : root->line, api_version);
}

static int read_root(struct policy *policy, const struct yaml_node *root, struct err *err)
{
    const struct yaml_node *fields[ROOT_FIELDS] = {NULL};
    if (root == NULL) {
        return err_set(err, ERR_FILE, "the file is empty: write at least apiVersion: %s",
                       api_version);
    }
    if (check_version(root, err) != 0 || read_fields(root, root_fields, fields, err) != 0) {
        return -1;
    }
    const struct yaml_node *mode = fields[DEFAULT_RULE];
    const char *text = yaml_text(mode);
    bool denies = text != NULL && strcmp(text, "deny") == 0;
    if (mode != NULL && !denies && (text == NULL || strcmp(text, "namespace") != 0)) {
        return err_set(err, ERR_FILE, "line %zu: defaultRule is neither namespace nor deny",
                       mode->line);
    }
    policy->has_default_rule = !denies;
    return fields[RULES] != NULL ? read_rules(policy, fields[RULES], err) : 0;
}

int policy_parse(struct policy *policy, const char *text, size_t len, struct err *err)
{
    struct policy made = {0};
    struct yaml_tree tree;
    buf_init(&made.strings, STRINGS_MAX);
    int result = yaml_tree_parse(&tree, text, len, err);
    result = result == 0 ? read_root(&made, yaml_resolve(tree.root), err) : -1;
    policy_done(result == 0 ? policy : &made);
    if (result == 0) {
        *policy = made;
    }
    yaml_tree_done(&tree);
    return result;
}

int policy_read(struct policy *policy, const char *path, struct err *err)
{
    struct stat info = {0};
    struct buf text;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_set_errno(err, ERR_FILE, "cannot open %s", path);
    }
    /* Of the open file: the path may lead to another one by now. */
    (void)!fstat(fd, &info);
    buf_init(&text, POLICY_FILE_MAX);
    int result = fs_read_fd(fd, path, &text, err);
    close(fd);
    if (result == 0 && (result = policy_parse(policy, buf_str(&text), text.len, err)) != 0) {
        err_wrap(err, "%s", path);
    }
    if (result == 0) {
        policy->device = info.st_dev;
        policy->inode = info.st_ino;
        policy->size = info.st_size;
        policy->changed = info.st_mtim;
    }
    buf_done(&text);
    return result;
}
