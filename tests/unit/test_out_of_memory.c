/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of an operation fails in turn, those of libyaml and libcurl too. The operation
 * fails with "out of memory", crashes nowhere and leaks nothing, and succeeds after that. The
 * linker sends all calls of malloc and its relatives to the functions here (see the Makefile).
 */
#include "rows.h"
#include "sandbox.h"
#include "settings_portal.h"

#include <sanitizer/lsan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "aws/credentials_file.h"
#include "aws/environment.h"
#include "aws/format.h"
#include "aws/ini/ini.h"
#include "base/diff.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/value/json_format.h"
#include "base/value/json_query.h"
#include "broker/cache_entry.h"
#include "cli/args.h"
#include "cli/args_parse.h"
#include "cmd/commands.h"
#include "kube/kubeconfig.h"
#include "portal/documents.h"
#include "portal/issued.h"
#include "serve/policy.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"
#include "session/context_load.h"
#include "settings/settings_editor.h"
#include "settings/settings_file.h"

enum { ALLOCATIONS_MAX = 20000, TEXT_MAX = 1 << 20 };

/* How many allocations succeed before one fails; negative: none fails. Of this thread, because the
 * portal of the tests runs in another. */
static _Thread_local int left = -1;
static _Thread_local bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static bool fails(void)
{
    bool now = left == 0;
    left -= left >= 0 ? 1 : 0;
    failed = failed || now;
    return now;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

static char config_path[256];
static const struct portal *portal;

static const struct aws_credentials creds = {.access_key_id = "ASIAKEY",
                                             .secret_access_key = "secret/+",
                                             .session_token = "token==",
                                             .region = "eu-west-1",
                                             .expiration_s = 1767323045,
                                             .lifetime_s = 3600};

static const char document[] =
    "[{\"Name\":\"dev01\",\"Tags\":{\"a\":\"1\",\"b\":[1,2,{\"c\":null}]}},{\"Name\":\"\\u00e4\"}]";
static const char rows_document[] = "[{\"a\":\"1\",\"b\":\"x,y\"},{\"a\":\"2\",\"b\":\"z\"}]";
static const char flat_document[] = "{\"a\":\"1\",\"b\":\"x,y\"}";
static const char contexts[] =
    "current-context: main\n"
    "contexts:\n"
    "- {name: main, host: p.example, tenant: dev01, token: T, admin: 'yes'}\n"
    "- name: &o other\n  host: *o\n";
static const char kubeconfig[] =
    "# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: other\n  cluster: {server: "
    "https://o.test}\ncontexts: []\nusers:\n- name: other\n  user:\n    token: \"t\"\n";
static const char wanted_kubeconfig[] =
    "{\"clusters\":[{\"name\":\"own\",\"cluster\":{\"server\":\"https://k.test\"}}],\"users\":[{"
    "\"name\":\"own\",\"user\":{\"token\":\"t\"}}],\"contexts\":[{\"name\":\"own\",\"context\":{"
    "\"cluster\":\"own\",\"user\":\"own\"}}],\"current-context\":\"own\"}";
static const char *const policies[] = {
    "apiVersion: duplojit/v1\nrules:\n- {name: x, namespace: a, tenant: t}\n",
    "apiVersion: duplojit/v1\nrules:\n- {name: x, namespace: &a a, tenant: u}\n- {namespace: b, "
    "serviceAccount: *a, admin: true}\n",
};
static const char aws_config[] = "[default]\nregion = eu-west-1\n\n[profile dev]\ns3 =\n  a = b\n";

/* A buffer that has grown as far as the text needs. */
static int load(struct buf *buf, const char *text, struct err *err)
{
    buf_init(buf, TEXT_MAX);
    buf_add_str(buf, text);
    return buf_check(buf, err);
}

static int run_json(struct err *err)
{
    struct json_doc doc = {0};
    int result = json_parse(&doc, document, strlen(document), err);
    json_done(&doc);
    return result;
}

static int format(const char *text, enum json_format wanted, struct err *err)
{
    struct buf buf;
    int result = load(&buf, text, err) != 0 ? -1 : json_format_text(&buf, wanted, err);
    buf_done(&buf);
    return result;
}

static int run_format_json(struct err *err)
{
    return format(document, JSON_FORMAT_JSON, err);
}

static int run_format_yaml(struct err *err)
{
    return format(document, JSON_FORMAT_YAML, err);
}

static int run_format_csv(struct err *err)
{
    return format(rows_document, JSON_FORMAT_CSV, err);
}

static int run_format_env(struct err *err)
{
    return format(flat_document, JSON_FORMAT_ENV, err);
}

static int run_query(struct err *err)
{
    struct buf buf;
    int result = load(&buf, document, err) != 0
                     ? -1
                     : json_query_run("[*].{n: Name, t: Tags.b[0]} | [0]", &buf, err);
    buf_done(&buf);
    return result;
}

static int run_diff(struct err *err)
{
    const struct diff_side from = {"a", aws_config, strlen(aws_config)};
    const struct diff_side to = {"b", contexts, strlen(contexts)};
    struct buf out;
    buf_init(&out, TEXT_MAX);
    int result = diff_unified(&from, &to, &out, err);
    buf_done(&out);
    return result;
}

static int run_ini(struct err *err)
{
    static const struct ini_edit edits[] = {{.key = "region", .value = "us-east-1"},
                                            {.key = "output", .value = "json"}};
    struct ini_doc doc = {0};
    struct buf out;
    struct buf value;
    bool found = false;
    buf_init(&out, TEXT_MAX);
    buf_init(&value, TEXT_MAX);
    int result = ini_parse(&doc, INI_CONFIG, aws_config, strlen(aws_config), err);
    result = result == 0 ? ini_check(&doc, err) : -1;
    result = result == 0 ? ini_edit(&doc, "dev", edits, ROWS(edits), &out, err) : -1;
    result = result == 0 ? ini_get(&doc, "default", "region", &value, &found, err) : -1;
    ini_done(&doc);
    buf_done(&out);
    buf_done(&value);
    return result;
}

static int run_kubeconfig(struct err *err)
{
    struct buf buf;
    int result =
        load(&buf, kubeconfig, err) != 0 ? -1 : kubeconfig_edit(&buf, wanted_kubeconfig, err);
    row_true("kubeconfig", result != 0 || strstr(buf.data, "\n    cluster: own\n    user: own\n"));
    buf_done(&buf);
    return result;
}

/* A policy that was read before stays. */
static int run_policy(struct err *err)
{
    struct policy policy = {0};
    struct scope scope;
    const char *rule = NULL;
    int result = policy_parse(&policy, policies[0], strlen(policies[0]), err);
    if (result == 0) {
        result = policy_parse(&policy, policies[1], strlen(policies[1]), err);
        row_true("policy", policy_decide(&policy, "a", "b", &scope, &rule) &&
                               scope.tenant[0] == (result == 0 ? 'u' : 't'));
    }
    policy_done(&policy);
    return result;
}

static int run_credentials_file(struct err *err)
{
    static const struct fs_attributes private = {
        .mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
    bool written = false;
    int before = left; /* the preparation has all of its memory */
    left = -1;
    sandbox_write_text(sandbox_path("credentials"), "[dev]\naws_access_key_id = old\n[b]\n");
    left = before;
    return credentials_file_put(sandbox_path("credentials"), "dev", &creds, &private, &written,
                                err);
}

static int run_environment(struct err *err)
{
    static const char *const inherited[] = {"PATH=/bin", "AWS_PROFILE=x", "HOME=/", NULL};
    struct aws_variable list[AWS_VARIABLES];
    aws_environment_list(list, &creds, "eu-west-1", "2026-01-02T03:04:05Z");
    char **environment = aws_environment_new(inherited, list, NULL, err);
    aws_environment_free(environment);
    return environment != NULL ? 0 : -1;
}

static int run_aws_format(struct err *err)
{
    struct buf out;
    int result = 0;
    buf_init(&out, TEXT_MAX);
    for (int i = 0; result == 0 && i < AWS_FORMAT_COUNT; i++) {
        result = aws_format_add(&out, (enum aws_format)i, &creds, "eu-west-1", "dev", err);
    }
    buf_done(&out);
    return result;
}

static int run_cache_entry(struct err *err)
{
    static const struct cache_entry entry = {.portal = "https://p.example",
                                             .scope = "tenant:dev01",
                                             .obtained_s = 1767319445,
                                             .expiration_s = 1767323045,
                                             .lifetime_s = 3600};
    struct aws_credentials copy = creds;
    struct console_link link = {.url = "https://c.example/?x"};
    const struct issued issued = {.aws = &copy, .link = &link};
    struct cache_entry again;
    struct buf out;
    buf_init(&out, CACHE_ENTRY_MAX);
    cache_entry_format(&out, &entry, &issued);
    int result = buf_check(&out, err);
    result = result == 0 ? cache_entry_parse(out.data, out.len, &again, &issued, err) : -1;
    buf_done(&out);
    return result;
}

static int run_args(struct err *err)
{
    char words[][32] = {"duplojit", "aws", "--tenant=dev01", "--token=T", "--output=env"};
    char *argv[] = {words[0], words[1], words[2], words[3], words[4], NULL};
    static const char *const variables[] = {"DUPLO_HOST=p.example", NULL};
    struct args args = {0};
    int result = args_parse(&args, &command_table, 5, argv, variables, err);
    args_done(&args);
    return result;
}

static int run_many_args(struct err *err)
{
    enum { COUNT = 3 * ARGS_GIVEN_FEW };
    char *argv[COUNT + 3] = {"duplojit", "serve"};
    struct args args = {0};
    for (int i = 0; i < COUNT; i++) {
        argv[2 + i] = "--profile=x=admin";
    }
    int result = args_parse(&args, &command_table, COUNT + 2, argv, NULL, err);
    args_done(&args);
    return result;
}

static int run_context(struct err *err)
{
    char words[][16] = {"duplojit", "aws"};
    char *argv[] = {words[0], words[1], NULL};
    char file[300];
    const char *const variables[] = {file, NULL};
    struct args args = {0};
    struct args_context context;
    snprintf(file, sizeof(file), "DUPLO_CONFIG=%s", config_path);
    int result = args_parse(&args, &command_table, 2, argv, variables, err);
    result = result == 0 ? context_load(&args, &context, err) : -1;
    args_done(&args);
    return result;
}

static uint32_t no_random(void)
{
    return 0;
}

static int run_profile_set(struct err *err)
{
    const struct scope scope = {.kind = SCOPE_ADMIN};
    struct profile_list list = {.on_demand = true};
    struct profile_set set;
    int64_t want_left_s = 0;
    int result = profile_set_init(&set, &list, no_random, err);
    int at = result == 0 ? profile_set_add(&set, "p", &scope, err) : -1;
    if (at >= 0) {
        profile_set_use(&set, at, 1000);
        assert_int_equal(profile_set_start(&set, 1000, &want_left_s), at);
        result = profile_set_succeed(&set, at, &creds, 3600, 1000, 1000) ? 0 : -1;
        if (result != 0) {
            err_set(err, set.profiles[at].last, "%s", set.profiles[at].last_text);
        }
    }
    profile_set_done(&set);
    profile_list_done(&list);
    result = at >= 0 ? result : -1;
    return result;
}

static int run_profile_list(struct err *err)
{
    struct profile_list list = {0};
    int result = 0;
    for (int i = 0; result == 0 && i < 20; i++) {
        char text[16];
        snprintf(text, sizeof(text), "p%d=admin", i);
        result = profile_list_add_text(&list, text, err);
    }
    profile_list_done(&list);
    return result;
}

static int run_tenants(struct err *err)
{
    struct portal_tenant *tenants = NULL;
    size_t count = 0;
    int result = portal_list_tenants(portal, &tenants, &count, err);
    free(tenants);
    return result;
}

static int run_settings(struct err *err)
{
    struct settings_editor editor = {0};
    int result = settings_editor_init(&editor, err);
    if (result == 0) {
        editor.portal = portal;
        result = settings_editor_add_all_tenants(&editor, err);
        result = result == 0 ? settings_editor_load(&editor, err) : -1;
    }
    settings_editor_done(&editor);
    return result;
}

/* A file that is too long for the tokens in struct json_doc, and not one of settings. */
static int run_settings_file(struct err *err)
{
    struct settings_editor editor = {0};
    struct buf content;
    int result = load(&content,
                      "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,"
                      "25,26,27,28,29,30,31,32,33]",
                      err);
    if (result == 0) {
        result = settings_file_read(&editor, &content, err);
        result = err->kind == ERR_FILE ? 0 : result;
    }
    buf_done(&content);
    return result;
}

static const struct {
    const char *name;
    int (*run)(struct err *err);
    bool copes; /* may succeed without one of its allocations */
} operations[] = {
    {"json", run_json, false},
    {"format json", run_format_json, false},
    {"format yaml", run_format_yaml, false},
    {"format csv", run_format_csv, false},
    {"format env", run_format_env, false},
    {"query", run_query, false},
    {"diff", run_diff, true},
    {"ini", run_ini, false},
    {"kubeconfig", run_kubeconfig, true},
    {"policy", run_policy, false},
    {"credentials file", run_credentials_file, true},
    {"environment", run_environment, false},
    {"formats of aws", run_aws_format, false},
    {"cache entry", run_cache_entry, false},
    {"args", run_args, false},
    {"context", run_context, false},
    {"profile list", run_profile_list, false},
    {"many options", run_many_args, false},
    {"profile set", run_profile_set, false},
    {"tenants", run_tenants, true},
    {"settings", run_settings, true},
    {"settings file", run_settings_file, false},
};

/* Returns false after the run in which no allocation has failed. */
static bool fail_one(size_t at, int nth)
{
    char name[80];
    struct err err = {0};
    snprintf(name, sizeof(name), "%s, allocation %d", operations[at].name, nth + 1);
    failed = false;
    left = nth;
    int result = operations[at].run(&err);
    left = -1;
    if (!failed || (operations[at].copes && result == 0)) {
        row_int(name, result, 0);
        return failed;
    }
    row_int(name, result, -1);
    row_has(name, err.text, "out of memory");
    row_int(name, err.kind, ERR_INTERNAL);
    return true;
}

static void test_each_allocation_fails(void **state)
{
    int total = 0;
    portal = settings_portal_client(*state);
    snprintf(config_path, sizeof(config_path), "%s", sandbox_path("contexts"));
    sandbox_write(config_path, contexts, strlen(contexts), 0600);
    for (size_t i = 0; i < ROWS(operations); i++) {
        struct err err = {0};
        int nth = 0;
        row_int(operations[i].name, operations[i].run(&err), 0);
        while (nth < ALLOCATIONS_MAX && fail_one(i, nth)) {
            nth++;
        }
        row_true(operations[i].name, nth < ALLOCATIONS_MAX);
        row_int(operations[i].name, __lsan_do_recoverable_leak_check(), 0);
        print_message("%s: %d allocations\n", operations[i].name, nth);
        total += nth;
    }
    print_message("%d allocations failed\n", total);
}

static int setup(void **state)
{
    return sandbox_setup(state) != 0 ? -1 : settings_portal_setup(state);
}

static int teardown(void **state)
{
    int result = settings_portal_teardown(state);
    return sandbox_teardown(state) != 0 ? -1 : result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_allocation_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
