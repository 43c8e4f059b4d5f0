/* SPDX-License-Identifier: MIT */
/* From options to a portal, a token, a cache and a scope; nothing here asks the network. */
#include "cli/scope_options.h"
#include "rows.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/args_parse.h"
#include "cmd/commands.h"
#include "sandbox.h"
#include "session/session.h"

#define ID "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"

enum { WORDS_MAX = 16, VARIABLES_MAX = 8 };

static void test_scope(void **state)
{
    static const struct {
        const char *name;
        char *words[WORDS_MAX];
        const char *variables[VARIABLES_MAX];
        const char *want; /* as scope_describe says it; "": none; NULL: a usage error */
    } rows[] = {
        {"nothing", {0}, {0}, ""},
        {"--tenant", {"--tenant", "dev01"}, {0}, "tenant dev01"},
        {"--tenant with an ID", {"--tenant", ID}, {0}, "tenant " ID},
        {"--tenant-id", {"--tenant-id", ID}, {0}, "tenant " ID},
        {"--admin", {"--admin"}, {0}, "administrator"},
        {"--duplo-ops", {"--duplo-ops"}, {0}, "duplo-ops"},
        {"two", {"--tenant", "dev01", "--admin"}, {0}, NULL},
        {"two of a tenant", {"--tenant", "dev01", "--tenant-id", ID}, {0}, NULL},
        {"admin and duplo-ops", {"--admin", "--duplo-ops"}, {0}, NULL},
        {"bad name", {"--tenant", "a b"}, {0}, NULL},
        {"bad ID", {"--tenant-id", "dev01"}, {0}, NULL},
        {"variable", {0}, {"DUPLO_TENANT=dev01"}, "tenant dev01"},
        {"variable with an ID", {0}, {"DUPLO_TENANT_ID=" ID}, "tenant " ID},
        {"variable admin", {0}, {"DUPLO_ADMIN=1"}, "administrator"},
        {"variable admin off", {0}, {"DUPLO_ADMIN=0"}, ""},
        {"variable admin, unclear", {0}, {"DUPLO_ADMIN=perhaps"}, NULL},
        {"variable duplo-ops", {0}, {"DUPLO_DUPLO_OPS=true"}, "duplo-ops"},
        {"admin before a tenant's variable", {"--admin"}, {"DUPLO_TENANT=dev01"}, "administrator"},
        {"admin before an ID's variable", {"--admin"}, {"DUPLO_TENANT_ID=" ID}, "administrator"},
        {"tenant before admin's variable",
         {"--tenant", "dev01"},
         {"DUPLO_ADMIN=1", "DUPLO_TENANT_ID=" ID},
         "tenant dev01"},
        {"duplo-ops before admin's variable", {"--duplo-ops"}, {"DUPLO_ADMIN=1"}, "duplo-ops"},
        {"admin before duplo-ops's variable", {"--admin"}, {"DUPLO_DUPLO_OPS=1"}, "administrator"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[WORDS_MAX + 2] = {"duplojit", "aws"};
        int argc = 2;
        struct args args;
        struct scope scope;
        struct err err = {0};
        char text[SCOPE_TEXT_SIZE] = "";
        bool named = false;
        for (int j = 0; rows[i].words[j] != NULL; j++) {
            argv[argc++] = rows[i].words[j];
        }
        row_int(rows[i].name,
                args_parse(&args, &command_table, argc, argv, rows[i].variables, &err), 0);
        int result = scope_options_find(&args, &scope, &named, &err);
        row_int(rows[i].name, result, rows[i].want != NULL ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].want != NULL ? ERR_NONE : ERR_USAGE);
        if (result == 0 && named) {
            scope_describe(&scope, text);
        }
        if (result == 0) {
            row_text(rows[i].name, text, rows[i].want);
        }
        args_done(&args);
    }
}

static void test_open(void **state)
{
    static const struct {
        const char *name;
        char *words[WORDS_MAX];
        const char *variables[VARIABLES_MAX];
        const char *reason; /* NULL: opens */
        enum err_kind kind;
    } rows[] = {
        {"all there", {"--host", "p.example"}, {"DUPLO_TOKEN=T"}, NULL, ERR_NONE},
        {"all in variables", {0}, {"DUPLO_HOST=p.example", "DUPLO_TOKEN=T"}, NULL, ERR_NONE},
        {"Terraform's variables", {0}, {"duplo_host=p.example", "duplo_token=T"}, NULL, ERR_NONE},
        {"no host", {0}, {"DUPLO_TOKEN=T"}, "--host", ERR_USAGE},
        {"no token", {"--host", "p.example"}, {0}, "no token", ERR_USAGE},
        {"plain HTTP", {"--host", "http://p.example"}, {"DUPLO_TOKEN=T"}, "--host: ", ERR_USAGE},
        {"API on plain HTTP",
         {"--host", "p.example", "--api-host", "http://p.example"},
         {"DUPLO_TOKEN=T"},
         "--api-host: ",
         ERR_USAGE},
        {"bad timeout",
         {"--host", "p.example", "--timeout", "x"},
         {"DUPLO_TOKEN=T"},
         "--timeout",
         ERR_USAGE},
        {"bad wait",
         {"--host", "p.example"},
         {"DUPLO_TOKEN=T", "DUPLO_WAIT=x"},
         "DUPLO_WAIT: ",
         ERR_USAGE},
        {"token of two words",
         {"--host", "p.example"},
         {"DUPLO_TOKEN=CANARY b"},
         "blank",
         ERR_USAGE},
        {"token file that is not there",
         {"--host", "p.example", "--token-file", "/nowhere/at/all"},
         {"DUPLO_TOKEN=T"},
         "/nowhere/at/all",
         ERR_FILE},
        {"unclear switch",
         {"--host", "p.example"},
         {"DUPLO_TOKEN=T", "DUPLO_NO_CACHE=perhaps"},
         "DUPLO_NO_CACHE",
         ERR_USAGE},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[WORDS_MAX + 2] = {"duplojit", "aws"};
        int argc = 2;
        struct args args;
        struct session session;
        struct err err = {0};
        for (int j = 0; rows[i].words[j] != NULL; j++) {
            argv[argc++] = rows[i].words[j];
        }
        row_int(rows[i].name,
                args_parse(&args, &command_table, argc, argv, rows[i].variables, &err), 0);
        int result = session_open(&session, &args, &err);
        row_int(rows[i].name, result, rows[i].reason == NULL ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].kind);
        if (result == 0) {
            row_text(rows[i].name, session.api.origin, "https://p.example");
            row_text(rows[i].name, identity_token(&session.identity), "T");
            row_true(rows[i].name, session.http == NULL);
            row_true(rows[i].name, !session.has_cache); /* no HOME */
        } else {
            row_has(rows[i].name, err.text, rows[i].reason);
            row_lacks(rows[i].name, err.text, "CANARY");
        }
        session_close(&session);
        args_done(&args);
    }
}

static void test_cache(void **state)
{
    static const struct {
        const char *name;
        char *word;
        const char *place; /* below the sandbox; NULL: no cache */
    } rows[] = {
        {"by default", NULL, "home/.cache/duplojit/key"},
        {"switched off", "--no-cache", NULL},
        {"switched off in duploctl's words", "--nocache", NULL},
        {"cannot be made", "--cache-dir=/proc/nowhere", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[] = {"duplojit", "aws", rows[i].word != NULL ? rows[i].word : "--debug"};
        char home[PATH_MAX];
        snprintf(home, sizeof(home), "HOME=%s", sandbox_path("home"));
        const char *const variables[] = {home, "DUPLO_HOST=p.example", "DUPLO_TOKEN=T", NULL};
        struct args args;
        struct session session;
        struct err err = {0};
        row_int(rows[i].name, args_parse(&args, &command_table, 3, argv, variables, &err), 0);
        row_int(rows[i].name, session_open(&session, &args, &err), 0);
        row_int(rows[i].name, session.has_cache, rows[i].place != NULL);
        if (rows[i].place != NULL) {
            row_int(rows[i].name, sandbox_mode(sandbox_path(rows[i].place)), 0600);
        }
        session_close(&session);
        args_done(&args);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scope),
        TEST(test_open),
        TEST(test_cache),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
