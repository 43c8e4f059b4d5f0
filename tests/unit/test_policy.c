/* SPDX-License-Identifier: MIT */
/* Policies of an agent: what a pod gets, which files are refused and why, and changed files. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox.h"
#include "serve/policy.h"

#define ID "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"
#define HEAD "apiVersion: duplojit/v1\n"
#define LETTERS_32 "abcdefghijklmnopqrstuvwxyzabcdef"
#define LETTERS_63 LETTERS_32 "abcdefghijklmnopqrstuvwxyzabcde"

static const char policy_text[] =
    HEAD "rules:\n"
         "  - {name: first, namespace: shop, serviceAccount: web,"
         " tenant: Shop-Web}\n"
         "  - {namespace: shop, serviceAccount: 'web-*', tenantId: "
         "" ID "}\n"
         "  - {namespace: shop, serviceAccount: root, admin: true}\n"
         "  - {namespace: shop, serviceAccount: ops, duploOps: true}\n"
         "  - {name: closed, namespace: duploservices-closed, deny: true}"
         "\n"
         "  - {name: teams, namespace: team-*, tenant: teams}\n"
         "  - {name: dots, namespace: dots, serviceAccount: a.b,"
         " tenant: '42'}\n";

/* scope is the description of a scope, or NULL if the pod is denied. */
static const struct {
    const char *namespace;
    const char *account;
    const char *scope;
    const char *rule;
} decisions[] = {
    {"shop", "web", "tenant shop-web", "first"},
    {"shop", "web-1", "tenant " ID, "rule 2"},
    {"shop", "web-", NULL, "no rule"},
    {"shop", "we", NULL, "no rule"},
    {"shop", "root", "administrator", "rule 3"},
    {"shop", "ops", "duplo-ops", "rule 4"},
    {"shop", "other", NULL, "no rule"},
    {"shops", "web", NULL, "no rule"},
    {"sho", "web", NULL, "no rule"},
    {"team-a", "x", "tenant teams", "teams"},
    {"team", "x", NULL, "no rule"},
    {"dots", "a.b", "tenant 42", "dots"},
    {"dots", "a", NULL, "no rule"},
    {"duploservices-closed", "x", NULL, "closed"},
    {"duploservices-dev01", "x", "tenant dev01", "default"},
    {"duploservices-a-b", "x", "tenant a-b", "default"},
    {"duploservices", "x", NULL, "no rule"},
    {"duploservices-", "x", NULL, "no rule"},
    {"duploservices--", "x", NULL, "no rule"},
    {"duploservices--a", "x", NULL, "no rule"},
    {"xduploservices-a", "x", NULL, "no rule"},
    {"DUPLOSERVICES-dev01", "x", NULL, "no rule"},
    {"duploservices-Dev01", "x", NULL, "no rule"},
    {"duploservices-dev01/x", "x", NULL, "no rule"},
    {"duploservices-dev01 ", "x", NULL, "no rule"},
    {"duploservices-dev.01", "x", NULL, "no rule"},
    {"duploservices-abcdefghijklmnopqrstuvwxyzabcde", "x", "tenant abcdefghijklmnopqrstuvwxyzabcde",
     "default"},
    /* the portal's clients would take these for IDs */
    {"duploservices-" LETTERS_32, "x", NULL, "no rule"},
    {"duploservices-" ID, "x", NULL, "no rule"},
    {"", "", NULL, "no rule"},
    {"shop", "", NULL, "no rule"},
    {"", "web", NULL, "no rule"},
    {"shop", "web-1/x", NULL, "no rule"},
    {"shop", "web-*", NULL, "no rule"},
    {"team-*", "x", NULL, "no rule"},
    {"team-" LETTERS_63, "x", NULL, "no rule"},
};

static void check_decision(const struct policy *policy, const char *namespace, const char *account,
                           const char *scope, const char *rule)
{
    struct scope got = {.kind = SCOPE_PLAN};
    char row[400];
    char text[SCOPE_TEXT_SIZE] = "";
    const char *name = NULL;
    snprintf(row, sizeof(row), "%s/%s", namespace, account);
    bool allowed = policy_decide(policy, namespace, account, &got, &name);
    row_int(row, allowed, scope != NULL);
    row_text(row, name, rule);
    if (scope != NULL) {
        scope_describe(&got, text);
        row_text(row, text, scope);
        row_int(row, got.kubernetes, false);
    } else {
        row_int(row, got.kind, SCOPE_PLAN);
    }
}

static void parse(struct policy *policy, const char *text)
{
    struct err err = {0};
    int result = policy_parse(policy, text, strlen(text), &err);
    row_text(text, err.text, "");
    row_int(text, result, 0);
}

static void the_first_rule_that_matches_decides(void **state)
{
    struct policy policy = {0};
    (void)state;
    parse(&policy, policy_text);
    assert_int_equal(policy.rule_count, 7);
    for (size_t i = 0; i < ROWS(decisions); i++) {
        check_decision(&policy, decisions[i].namespace, decisions[i].account, decisions[i].scope,
                       decisions[i].rule);
    }
    policy_done(&policy);
    check_decision(&policy, "duploservices-dev01", "x", NULL, "no rule");
}

/* What the namespace duploservices-dev01 gets. */
static const struct {
    const char *text;
    int rules;
    const char *scope;
    const char *rule;
} files[] = {
    {HEAD, 0, "tenant dev01", "default"},
    {"\xef\xbb\xbf" HEAD, 0, "tenant dev01", "default"},
    {HEAD "rules: []\n", 0, "tenant dev01", "default"},
    {HEAD "defaultRule: namespace\n", 0, "tenant dev01", "default"},
    {HEAD "defaultRule: deny\n", 0, NULL, "no rule"},
    {"{\"apiVersion\": \"duplojit/v1\", \"defaultRule\": \"deny\", \"rules\": [{\"namespace\": "
     "\"duploservices-dev01\", \"tenant\": \"other\"}]}",
     1, "tenant other", "rule 1"},
    {HEAD "rules:\n- namespace: \"*\"\n  tenant: all\n", 1, "tenant all", "rule 1"},
    {HEAD "rules:\n- namespace: \"*\"\n  deny: true\n", 1, NULL, "rule 1"},
    {HEAD "rules:\n- namespace: duploservices-*\n  deny: yes\n", 1, NULL, "rule 1"},
    {HEAD "rules:\n- namespace: \"*\"\n  serviceAccount: \"*\"\n  tenant: \"0123\"\n", 1,
     "tenant 0123", "rule 1"},
    {HEAD "rules:\n- namespace: \"*\"\n  serviceAccount: a.*\n  tenant: a\n", 1, "tenant dev01",
     "default"},
    /* Anchors and aliases */
    {HEAD "rules:\n- namespace: &n duploservices-dev01\n  serviceAccount: z\n  tenant: a\n"
          "- namespace: *n\n  tenant: b\n",
     2, "tenant b", "rule 2"},
    {HEAD "rules:\n- namespace: \"*\"\n  tenant: " ID "\n", 1, "tenant " ID, "rule 1"},
};

static void reads_files(void **state)
{
    struct policy policy = {0};
    (void)state;
    for (size_t i = 0; i < ROWS(files); i++) {
        parse(&policy, files[i].text);
        row_int(files[i].text, policy.rule_count, files[i].rules);
        check_decision(&policy, "duploservices-dev01", "x", files[i].scope, files[i].rule);
    }
    policy_done(&policy);
}

#define RULE(fields) HEAD "rules:\n- {" fields "}\n"

static const struct {
    const char *text;
    const char *message; /* a part of it */
} refused[] = {
    {"", "the file is empty"},
    {"# nothing\n", "the file is empty"},
    {"~\n", "line 1: the file does not have apiVersion: duplojit/v1"},
    {"rules: []\n", "line 1: the file does not have apiVersion"},
    {"\napiVersion: duplojit/v2\n", "line 2: the file does not have apiVersion: duplojit/v1"},
    {"apiVersion: v1\nkind: ConfigMap\ndata: {}\n", "If this is a ConfigMap, use the file in"},
    {"[]\n", "line 1: "},
    {"text", "line 1: "},
    {HEAD HEAD, "line 2: a second field apiVersion: remove one"},
    {HEAD "---\n" HEAD, "line 2: "},
    {HEAD "rule: []\n", "line 2: unknown field \"rule\". Did you mean rules?"},
    {HEAD "nonsense: 1\n",
     "line 2: unknown field \"nonsense\": use one of apiVersion, defaultRule, rules"},
    {HEAD "[a]: 1\n", "line 2: unknown field \"\""},
    {HEAD "\"rules\\0\": []\n", "line 2: unknown field \"\""},
    {HEAD "<<: {rules: []}\n", "line 2: unknown field \"<<\""},
    {HEAD "defaultRule: allow\n", "line 2: defaultRule is neither namespace nor deny"},
    {HEAD "defaultRule:\n", "line 2: defaultRule is neither"},
    {HEAD "defaultRule: [deny]\n", "line 2: defaultRule is neither"},
    {HEAD "defaultRule: deny\ndefaultRule: namespace\n", "line 3: a second field defaultRule"},
    {HEAD "rules:\n", "line 2: rules is not a list"},
    {HEAD "rules: {}\n", "line 2: rules is not a list"},
    {HEAD "rules: a\n", "line 2: rules is not a list"},
    {HEAD "rules:\n- a\n", "line 3: not a mapping"},
    {HEAD "rules:\n-\n", "line 3: not a mapping"},
    {HEAD "rules:\n- []\n", "line 3: not a mapping"},
    {HEAD "rules:\n  - namespace: a\n    namspace: b\n",
     "line 4: unknown field \"namspace\". Did you mean namespace?"},
    {HEAD "rules:\n  - namespace: a\n    tenant: a\n    tenant: b\n",
     "line 5: a second field tenant"},
    {RULE("namespace: a, serviceaccount: b, tenant: c"), "Did you mean serviceAccount?"},
    {RULE("namespace: a, duplo-ops: true"), "Did you mean duploOps?"},
    {RULE("namespace: a, tenant_id: x"), "Did you mean tenantId?"},
    {RULE("namespace: a, kubernetes: true"),
     "unknown field \"kubernetes\": use one of name, namespace, "},
    {RULE("tenant: a"), "line 3: the rule has no namespace"},
    {RULE(""), "line 3: the rule has no namespace"},
    {RULE("namespace: a"), "line 3: the rule has no scope"},
    {RULE("namespace: a, tenant: b, tenantId: " ID),
     "line 3: the rule has both tenant and tenantId"},
    {RULE("namespace: a, tenant: b, admin: true"), "the rule has both tenant and admin"},
    {RULE("namespace: a, serviceAccount: s, admin: true, deny: true"), "both admin and deny"},
    {RULE("namespace: a, serviceAccount: s, admin: true, duploOps: true"),
     "both admin and duploOps"},
    /* Types */
    {RULE("namespace: 1, tenant: a"), "line 3: namespace is not a string"},
    {RULE("namespace: on, tenant: a"), "namespace is not a string"},
    {RULE("namespace: , tenant: a"), "namespace is not a string"},
    {RULE("namespace: [a], tenant: a"), "namespace is not a string"},
    {RULE("namespace: {a: b}, tenant: a"), "namespace is not a string"},
    {RULE("namespace: \"a\\0\", tenant: a"), "namespace is not a string"},
    {RULE("namespace: a, tenant: 1"), "tenant is not a string"},
    {RULE("namespace: a, tenant: "), "tenant is not a string"},
    {RULE("namespace: a, tenantId: 1"), "tenantId is not a string"},
    {RULE("namespace: a, serviceAccount: , tenant: a"), "serviceAccount is not a string"},
    {RULE("namespace: a, name: 1, tenant: a"), "name is not a string"},
    {RULE("namespace: a, serviceAccount: s, admin: false"), "line 3: admin accepts only true"},
    {RULE("namespace: a, serviceAccount: s, admin: \"true\""), "admin accepts only true"},
    {RULE("namespace: a, serviceAccount: s, admin: 1"), "admin accepts only true"},
    {RULE("namespace: a, serviceAccount: s, admin: [true]"), "admin accepts only true"},
    {RULE("namespace: a, serviceAccount: s, admin: "), "admin accepts only true"},
    {RULE("namespace: a, deny: false"), "deny accepts only true"},
    {RULE("namespace: a, serviceAccount: s, duploOps: no"), "duploOps accepts only true"},
    /* Names */
    {RULE("namespace: A, tenant: a"), "line 3: \"A\" is not a namespace: use 1 to 63 lower-case"},
    {RULE("namespace: '', tenant: a"), "\"\" is not a namespace"},
    {RULE("namespace: a.b, tenant: a"), "\"a.b\" is not a namespace"},
    {RULE("namespace: a-, tenant: a"), "\"a-\" is not a namespace"},
    {RULE("namespace: -a, tenant: a"), "\"-a\" is not a namespace"},
    {RULE("namespace: a_b, tenant: a"), "\"a_b\" is not a namespace"},
    {RULE("namespace: ' a', tenant: a"), "\" a\" is not a namespace"},
    {RULE("namespace: \"a\\n\", tenant: a"), "is not a namespace"},
    {RULE("namespace: \"\\u00e9\", tenant: a"), "is not a namespace"},
    {RULE("namespace: " LETTERS_63 "x, tenant: a"), "is not a namespace"},
    {RULE("namespace: a*b, tenant: a"), "the last character may be *"},
    {RULE("namespace: \"*a\", tenant: a"), "\"*a\" is not a namespace"},
    {RULE("namespace: a**, tenant: a"), "\"a**\" is not a namespace"},
    {RULE("namespace: \"**\", tenant: a"), "\"**\" is not a namespace"},
    {RULE("namespace: \"-*\", tenant: a"), "\"-*\" is not a namespace"},
    {RULE("namespace: a, serviceAccount: a..b, tenant: a"), "\"a..b\" is not a service account"},
    {RULE("namespace: a, serviceAccount: a.-b, tenant: a"), "\"a.-b\" is not a service account"},
    {RULE("namespace: a, serviceAccount: a-.b, tenant: a"), "\"a-.b\" is not a service account"},
    {RULE("namespace: a, serviceAccount: .a, tenant: a"), "\".a\" is not a service account"},
    {RULE("namespace: a, serviceAccount: a., tenant: a"), "\"a.\" is not a service account"},
    {RULE("namespace: a, serviceAccount: a/b, tenant: a"), "\"a/b\" is not a service account"},
    {RULE("namespace: a, serviceAccount: '', tenant: a"), "\"\" is not a service account"},
    {RULE("namespace: a, name: A, tenant: a"), "\"A\" is not a rule name"},
    {RULE("namespace: a, name: rule 1, tenant: a"), "\"rule 1\" is not a rule name"},
    {RULE("namespace: a, name: a*, tenant: a"), "\"a*\" is not a rule name"},
    {RULE("namespace: a, name: default, tenant: a"), "line 3: default is the name of the default"},
    {RULE("namespace: a, tenant: a&b"), "line 3: \"a&b\" is not a profile name: use tenantId"},
    {RULE("namespace: a, tenant: \"\\u00e9\""), "is not a profile name"},
    {RULE("namespace: a, tenant: ''"), "line 3: \"\" is not a tenant name"},
    {RULE("namespace: a, tenant: a/b"), "\"a/b\" is not a tenant name"},
    {RULE("namespace: a, tenant: " LETTERS_32), "is not a tenant ID"},
    {RULE("namespace: a, tenantId: dev01"), "line 3: \"dev01\" is not a tenant ID"},
    /* Administrators */
    {RULE("namespace: a, admin: true"),
     "line 3: a rule with admin needs a namespace and a service"},
    {RULE("namespace: a*, serviceAccount: b, admin: true"), "a rule with admin needs"},
    {RULE("namespace: a, serviceAccount: b*, admin: true"), "a rule with admin needs"},
    {RULE("namespace: \"*\", serviceAccount: \"*\", admin: true"), "a rule with admin needs"},
    {RULE("namespace: a, duploOps: true"), "a rule with duploOps needs"},
    {RULE("namespace: a, serviceAccount: \"*\", duploOps: true"), "a rule with duploOps needs"},
    /* Rules that contradict another */
    {RULE("name: x, namespace: a, tenant: a") "- {name: x, namespace: b, tenant: b}\n",
     "line 4: the rule in line 3 has the same name"},
    {RULE("namespace: a, tenant: a") "- {namespace: a, tenant: b}\n",
     "line 4: the rule has no effect, because the rule in line 3 matches first"},
    {RULE("namespace: a*, tenant: a") "- {namespace: ab*, serviceAccount: c, tenant: b}\n",
     "line 4: the rule has no effect"},
    {RULE("namespace: \"*\", tenant: a") "- {namespace: b, serviceAccount: c, admin: true}\n",
     "line 4: the rule has no effect"},
    {RULE("namespace: a, serviceAccount: b*, tenant: a") "- {namespace: a, serviceAccount: b, "
                                                         "deny: true}\n",
     "line 4: the rule has no effect"},
    /* YAML */
    {HEAD "rules:\n- namespace: *\n  tenant: a\n", "line 3: "},
    {HEAD "rules:\n- namespace: *missing\n", "line 3: an alias without its anchor"},
    {HEAD "rules: [", "line "},
    {HEAD "\trules: []\n", "line 2: "},
    {HEAD "a: \xff\n", "byte "},
};

static void refuses_files(void **state)
{
    struct policy policy = {0};
    (void)state;
    parse(&policy, policy_text);
    for (size_t i = 0; i < ROWS(refused); i++) {
        struct err err = {0};
        const char *text = refused[i].text;
        row_int(text, policy_parse(&policy, text, strlen(text), &err), -1);
        row_int(text, err.kind, ERR_FILE);
        row_has(text, err.text, refused[i].message);
        row_int(text, policy.rule_count, 7);
        check_decision(&policy, "shop", "web", "tenant shop-web", "first");
    }
    policy_done(&policy);
}

/* Rules that share pods with another, and are used for the rest. */
static void overlapping_rules_are_valid(void **state)
{
    static const char *const texts[] = {
        RULE("namespace: a, serviceAccount: b, tenant: a") "- {namespace: a, tenant: b}\n",
        RULE("namespace: ab*, tenant: a") "- {namespace: a*, tenant: b}\n",
        RULE("namespace: a*, serviceAccount: b, tenant: a") "- {namespace: a, tenant: b}\n",
        RULE("namespace: a, tenant: a") "- {namespace: a*, tenant: b}\n",
        RULE("namespace: \"*\", serviceAccount: x, tenant: a") "- {namespace: \"*\", tenant: b}\n",
    };
    struct policy policy = {0};
    (void)state;
    for (size_t i = 0; i < ROWS(texts); i++) {
        parse(&policy, texts[i]);
        row_int(texts[i], policy.rule_count, 2);
    }
    policy_done(&policy);
}

static void add_rules(struct buf *text, int count)
{
    buf_clear(text);
    buf_add_str(text, HEAD "rules:\n");
    for (int i = 1; i <= count; i++) {
        buf_add_fmt(text, "- {namespace: n%d, tenant: t%d}\n", i, i);
    }
}

static void limits(void **state)
{
    struct policy policy = {0};
    struct err err = {0};
    struct buf text;
    (void)state;
    buf_init(&text, 1 << 20);
    add_rules(&text, POLICY_RULES_MAX);
    assert_int_equal(policy_parse(&policy, buf_str(&text), text.len, &err), 0);
    check_decision(&policy, "n1000", "x", "tenant t1000", "rule 1000");
    check_decision(&policy, "n1", "x", "tenant t1", "rule 1");
    add_rules(&text, POLICY_RULES_MAX + 1);
    assert_int_equal(policy_parse(&policy, buf_str(&text), text.len, &err), -1);
    row_has("too many", err.text, "line 3: more than 1000 rules");
    assert_int_equal(policy.rule_count, POLICY_RULES_MAX);
    policy_done(&policy);
    buf_done(&text);
}

static int read_path(struct policy *policy, const char *path, const char *message)
{
    struct err err = {0};
    int result = policy_read(policy, path, &err);
    row_has(path, err.text, message);
    row_int(path, err.kind, result == 0 ? ERR_NONE : ERR_FILE);
    return result;
}

/* As in a ConfigMap: the file is a link into a directory that is a link, which is replaced. */
static void reads_a_path_and_sees_changes(void **state)
{
    struct policy policy = {0};
    const char *link = sandbox_path("data");
    const char *path = sandbox_path("policy.yaml");
    const char *second = sandbox_path("two.yaml");
    (void)state;
    sandbox_write_text(sandbox_path("one.yaml"), policy_text);
    sandbox_write_text(second, policy_text);
    assert_int_equal(symlink("one.yaml", link), 0);
    assert_int_equal(symlink("data", path), 0);
    assert_true(policy_is_stale(&policy, path));
    assert_int_equal(read_path(&policy, path, ""), 0);
    assert_false(policy_is_stale(&policy, path));
    assert_int_equal(unlink(link), 0);
    assert_true(policy_is_stale(&policy, path));
    assert_int_equal(read_path(&policy, path, "cannot open "), -1);
    assert_int_equal(policy.rule_count, 7);
    assert_int_equal(symlink("two.yaml", link), 0);
    assert_true(policy_is_stale(&policy, path));
    assert_int_equal(read_path(&policy, path, ""), 0);
    assert_false(policy_is_stale(&policy, path));
    sandbox_write_text(second, HEAD "x: 1\n");
    assert_true(policy_is_stale(&policy, path));
    assert_int_equal(read_path(&policy, path, "/policy.yaml: line 2: unknown field \"x\""), -1);
    assert_true(policy_is_stale(&policy, path));
    check_decision(&policy, "shop", "web", "tenant shop-web", "first");
    policy_done(&policy);
}

/* Each attribute counts by itself. */
static void changes_of_one_attribute(void **state)
{
    struct policy policy = {0};
    const char *path = sandbox_path("policy.yaml");
    (void)state;
    sandbox_write_text(path, HEAD "defaultRule: deny\n");
    assert_int_equal(read_path(&policy, path, ""), 0);
    policy.changed.tv_nsec++;
    assert_true(policy_is_stale(&policy, path));
    policy.changed.tv_nsec--;
    policy.changed.tv_sec++;
    assert_true(policy_is_stale(&policy, path));
    policy.changed.tv_sec--;
    policy.size++;
    assert_true(policy_is_stale(&policy, path));
    policy.size--;
    policy.device++;
    assert_true(policy_is_stale(&policy, path));
    policy.device--;
    policy.inode++;
    assert_true(policy_is_stale(&policy, path));
    policy.inode--;
    assert_false(policy_is_stale(&policy, path));
    policy_done(&policy);
}

static void files_are_limited(void **state)
{
    struct policy policy = {0};
    struct buf text;
    const char *path = sandbox_path("policy.yaml");
    (void)state;
    buf_init(&text, POLICY_FILE_MAX + 1);
    buf_add_str(&text, HEAD "#");
    while (text.len < POLICY_FILE_MAX) {
        buf_add_char(&text, 'x');
    }
    sandbox_write_text(path, buf_str(&text));
    assert_int_equal(read_path(&policy, path, ""), 0);
    buf_add_char(&text, 'x');
    sandbox_write_text(path, buf_str(&text));
    assert_int_equal(read_path(&policy, path, "policy.yaml is larger than 262144 bytes"), -1);
    assert_int_equal(read_path(&policy, "/", "cannot read /: "), -1);
    policy_done(&policy);
    buf_done(&text);
}

/* Random policies and pods against a model of the rules: lists of patterns, tried in order. */
static void random_rules_against_a_model(void **state)
{
    static const char *const patterns[] = {"a", "b", "ab", "a*", "ab*", "*"};
    static const char *const names[] = {"a", "b", "ab", "abc", "c"};
    static const bool fits[ROWS(patterns)][ROWS(names)] = {
        {true, false, false, false, false}, {false, true, false, false, false},
        {false, false, true, false, false}, {true, false, true, true, false},
        {false, false, true, true, false},  {true, true, true, true, true},
    };
    enum { RULES = 4, ROUNDS = 20000 };
    unsigned int seed = 1;
    int valid = 0;
    struct buf text;
    (void)state;
    buf_init(&text, 4096);
    for (int round = 0; round < ROUNDS; round++) {
        struct policy policy = {0};
        struct err err = {0};
        unsigned int rules[RULES][2];
        buf_clear(&text);
        buf_add_str(&text, HEAD "rules:\n");
        for (int i = 0; i < RULES; i++) {
            for (int field = 0; field < 2; field++) {
                seed = seed * 1103515245U + 12345U;
                rules[i][field] = (seed >> 16) % ROWS(patterns);
            }
            buf_add_fmt(&text, "- {namespace: '%s', serviceAccount: '%s', tenant: t%d}\n",
                        patterns[rules[i][0]], patterns[rules[i][1]], i + 1);
        }
        if (policy_parse(&policy, buf_str(&text), text.len, &err) != 0) {
            row_has(buf_str(&text), err.text, "the rule has no effect");
            continue;
        }
        valid++;
        for (size_t pod = 0; pod < ROWS(names) * ROWS(names); pod++) {
            size_t namespace = pod / ROWS(names);
            size_t account = pod % ROWS(names);
            char scope[20];
            char rule[20] = "no rule";
            int i = 0;
            while (i < RULES && !(fits[rules[i][0]][namespace] && fits[rules[i][1]][account])) {
                i++;
            }
            if (i < RULES) {
                snprintf(rule, sizeof(rule), "rule %d", i + 1);
                snprintf(scope, sizeof(scope), "tenant t%d", i + 1);
            }
            check_decision(&policy, names[namespace], names[account], i < RULES ? scope : NULL,
                           rule);
        }
        policy_done(&policy);
    }
    assert_in_range(valid, 1000, ROUNDS - 1000);
    buf_done(&text);
}

#define SANDBOX(test) cmocka_unit_test_setup_teardown(test, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_matches_decides),
        cmocka_unit_test(reads_files),
        cmocka_unit_test(refuses_files),
        cmocka_unit_test(overlapping_rules_are_valid),
        cmocka_unit_test(limits),
        cmocka_unit_test(random_rules_against_a_model),
        SANDBOX(reads_a_path_and_sees_changes),
        SANDBOX(changes_of_one_attribute),
        SANDBOX(files_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
