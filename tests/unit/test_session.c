/* SPDX-License-Identifier: MIT */
/* From options to a portal, an identity, a cache and a scope, without the network. */
#include "cli/scope_options.h"
#include "rows.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* In the grammars of other tools the highest of several scopes counts. */
static void test_highest_scope(void **state)
{
    static const struct {
        char *words[5];
        const char *want;
    } rows[] = {
        {{"duploctl", "aws", "--tenant=a", "--admin"}, "administrator"},
        {{"duploctl", "aws", "--tenant=a", "--tid=" ID}, "tenant " ID},
        {{"duplo-jit", "aws", "-tenant=a", "-admin"}, "administrator"},
        {{"duplo-jit", "aws", "-tenant=a", "-duplo-ops"}, "duplo-ops"},
        {{"duplo-jit", "aws", "-tenant=a", "-admin=false"}, "tenant a"},
        {{"duplo-aws-credential-process", "-admin", "-tenant=a"}, "administrator"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[5] = {0};
        int argc = 0;
        struct args args;
        struct scope scope;
        struct err err = {0};
        char text[SCOPE_TEXT_SIZE] = "";
        while (rows[i].words[argc] != NULL) {
            argv[argc] = rows[i].words[argc];
            argc++;
        }
        row_int(rows[i].want, args_parse(&args, &command_table, argc, argv, NULL, &err), 0);
        row_int(rows[i].want, scope_options_read(&args, &scope, &err), 0);
        scope_describe(&scope, text);
        row_text(rows[i].words[0], text, rows[i].want);
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
        {"a page of the portal",
         {"--host", "https://p.example/app/user/profile?x=1#y"},
         {"DUPLO_TOKEN=T"},
         NULL,
         ERR_NONE},
        {"a password, and a slash",
         {"--host", "https://me:CANARY/x@p.example"},
         {"DUPLO_TOKEN=T"},
         "--host: ",
         ERR_USAGE},
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
        int result = session_open(&session, &args, SESSION_NORMAL, &err);
        row_int(rows[i].name, result, rows[i].reason == NULL ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].kind);
        if (result == 0) {
            row_text(rows[i].name, session.api.origin, "https://p.example");
            row_text(rows[i].name, identity_token(session.identity), "T");
            row_true(rows[i].name, session.client.http == NULL);
            row_true(rows[i].name, session.cache == NULL); /* no HOME */
        } else {
            row_has(rows[i].name, err.text, rows[i].reason);
            row_lacks(rows[i].name, err.text, "CANARY");
        }
        session_close(&session);
        args_done(&args);
    }
}

/* The command line comes before variables, and files before tokens. */
static void test_order_of_tokens(void **state)
{
    static const struct {
        const char *name;
        bool file;
        const char *argument;
        bool named;
        bool environment;
        const char *token;
        enum identity_source source;
    } rows[] = {
        {"all: the file", true, "argument", true, true, "file", IDENTITY_FILE},
        {"no file: --token", false, "argument", true, true, "argument", IDENTITY_ARGUMENT},
        {"no file: standard input", false, "-", true, true, "stdin", IDENTITY_STDIN},
        {"only variables: the named file", false, NULL, true, true, "named", IDENTITY_FILE},
        {"only DUPLO_TOKEN", false, NULL, false, true, "environment", IDENTITY_ENVIRONMENT},
        {"the file before standard input", true, "-", false, false, "file", IDENTITY_FILE},
    };
    char file[PATH_MAX];
    char named[PATH_MAX + 32];
    (void)state;
    snprintf(file, sizeof(file), "%s", sandbox_path("file"));
    snprintf(named, sizeof(named), "DUPLO_TOKEN_FILE=%s", sandbox_path("named"));
    sandbox_write_text(file, "file\n");
    sandbox_write_text(sandbox_path("named"), "named\n");
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[8] = {"duplojit", "aws", "--host=p.example"};
        const char *variables[4] = {NULL};
        int argc = 3;
        int count = 0;
        char argument[16] = "";
        struct args args;
        struct session session;
        struct err err = {0};
        if (rows[i].file) {
            argv[argc++] = "--token-file";
            argv[argc++] = file;
        }
        if (rows[i].argument != NULL) {
            snprintf(argument, sizeof(argument), "%s", rows[i].argument);
            argv[argc++] = "--token";
            argv[argc++] = argument; /* which is wiped */
        }
        if (rows[i].named) {
            variables[count++] = named;
        }
        if (rows[i].environment) {
            variables[count++] = "DUPLO_TOKEN=environment";
        }
        int before = sandbox_feed_stdin("stdin\n");
        row_int(rows[i].name, args_parse(&args, &command_table, argc, argv, variables, &err), 0);
        row_true(rows[i].name, session_has_token(&args));
        row_int(rows[i].name, session_open(&session, &args, SESSION_NORMAL, &err), 0);
        sandbox_restore_stdin(before);
        row_text(rows[i].name, identity_token(session.identity), rows[i].token);
        row_int(rows[i].name, session.identity->source, rows[i].source);
        session_close(&session);
        args_done(&args);
    }
}

/* Which kind of identity each mode opens. */
static void test_modes(void **state)
{
    enum { TOKEN = 1, ASKS = 2, ADMIN = 4, FAILS = 8 };
    static const struct {
        const char *name;
        enum session_mode mode;
        char *words[6];
        const char *token;
        int want;
    } rows[] = {
        {"normal", SESSION_NORMAL, {"aws"}, "DUPLO_TOKEN=T", TOKEN},
        {"normal, no token", SESSION_NORMAL, {"aws"}, NULL, FAILS},
        {"normal, a login", SESSION_NORMAL, {"aws", "-I"}, NULL, ASKS},
        {"normal, a token first", SESSION_NORMAL, {"aws", "-I"}, "DUPLO_TOKEN=T", TOKEN | ASKS},
        {"for an administrator", SESSION_ADMIN, {"token", "-I"}, NULL, ASKS | ADMIN},
        {"duploctl's token", SESSION_NORMAL, {"jit", "token", "-I", "--admin"}, NULL, ASKS | ADMIN},
        {"normal, an administrator", SESSION_NORMAL, {"aws", "-I", "--admin"}, NULL, ASKS | ADMIN},
        {"normal, Duplo operations",
         SESSION_NORMAL,
         {"aws", "-I", "--duplo-ops"},
         NULL,
         ASKS | ADMIN},
        {"saved", SESSION_SAVED_LOGIN, {"status"}, NULL, 0},
        {"saved, a token first", SESSION_SAVED_LOGIN, {"status"}, "DUPLO_TOKEN=T", TOKEN},
        {"saved, an administrator", SESSION_SAVED_LOGIN, {"status", "--admin"}, NULL, ADMIN},
        {"saved, may ask", SESSION_SAVED_LOGIN, {"status", "-I"}, NULL, ASKS},
        {"new", SESSION_NEW_LOGIN, {"login"}, NULL, ASKS},
        {"new, a token does not count", SESSION_NEW_LOGIN, {"login"}, "DUPLO_TOKEN=T", ASKS},
        {"new, an administrator", SESSION_NEW_LOGIN, {"login", "--admin"}, NULL, ASKS | ADMIN},
    };
    char home[PATH_MAX];
    (void)state;
    snprintf(home, sizeof(home), "HOME=%s", sandbox_path("home"));
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[8] = {"duplojit", "--host=p.example"};
        const char *variables[] = {home, rows[i].token, NULL};
        int argc = 2;
        struct args args;
        struct session session;
        struct identity_key key;
        struct err err = {0};
        for (int j = 0; rows[i].words[j] != NULL; j++) {
            argv[argc++] = rows[i].words[j];
        }
        row_int(rows[i].name, args_parse(&args, &command_table, argc, argv, variables, &err), 0);
        int result = session_open(&session, &args, rows[i].mode, &err);
        row_int(rows[i].name, result, rows[i].want == FAILS ? -1 : 0);
        if (result == 0) {
            const struct identity *identity = session.identity;
            bool is_token = (rows[i].want & TOKEN) != 0;
            row_text(rows[i].name, identity_token(identity), is_token ? "T" : "");
            row_int(rows[i].name, identity_cache_key(session.identity, &key), is_token);
            row_int(rows[i].name, identity->may_ask, (rows[i].want & ASKS) != 0);
            row_int(rows[i].name, identity->for_admin, (rows[i].want & ADMIN) != 0);
        } else {
            row_has(rows[i].name, err.text, "no token");
        }
        session_close(&session);
        args_done(&args);
    }
}

static void test_a_new_login_needs_a_cache(void **state)
{
    static const struct {
        const char *variable;
        const char *reason;
    } rows[] = {
        {NULL, "no cache directory: HOME is not set; set DUPLO_CACHE"},
        {"HOME=home", "no cache directory: HOME is not an absolute path; set DUPLO_CACHE"},
        {"DUPLO_CACHE=/proc/nowhere", "/proc/nowhere"},
        {"DUPLO_NO_CACHE=1", "no cache directory: HOME is not set"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[] = {"duplojit", "login", "--host=p.example"};
        const char *variables[] = {rows[i].variable, NULL};
        struct args args;
        struct session session;
        struct err err = {0};
        row_int(rows[i].reason, args_parse(&args, &command_table, 3, argv, variables, &err), 0);
        row_int(rows[i].reason, session_open(&session, &args, SESSION_NEW_LOGIN, &err), -1);
        row_int(rows[i].reason, err.kind, ERR_FILE);
        row_has(rows[i].reason, err.text, "cannot save the login: ");
        row_has(rows[i].reason, err.text, rows[i].reason);
        session_close(&session);
        args_done(&args);
    }
}

/* Values are checked; files, variables with tokens, and the network are left alone. */
static void test_check(void **state)
{
    static const struct {
        const char *name;
        char *words[4];
        const char *reason; /* NULL: accepted */
    } rows[] = {
        {"no token", {NULL}, NULL},
        {"a missing file", {"--token-file", "/nowhere/at/all"}, NULL},
        {"a token", {"--token", "T"}, NULL},
        {"standard input", {"--token", "-"}, NULL},
        {"a bad token", {"--token", "CANARY b"}, "--token: "},
        {"a bad address", {"--resolve", "p.example"}, "HOST:ADDR"},
        {"a bad port", {"--port", "0"}, "--port: "},
        {"an empty browser", {"--browser", ""}, "--browser: "},
        {"a bad MFA code", {"--otp", "CANARY b"}, "--otp: "},
        {"a bad timeout", {"--timeout", "x"}, "--timeout"},
    };
    static const char *const variables[] = {"DUPLO_TOKEN=bad token", NULL};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char words[2][32];
        char *argv[8] = {"duplojit", "update-aws-config", "p", "--host=p.example"};
        int argc = 4;
        struct args args;
        struct err err = {0};
        for (int j = 0; rows[i].words[j] != NULL; j++) {
            snprintf(words[j], sizeof(words[j]), "%s", rows[i].words[j]);
            argv[argc++] = words[j];
        }
        row_int(rows[i].name, args_parse(&args, &command_table, argc, argv, variables, &err), 0);
        row_int(rows[i].name, session_check(&args, &err), rows[i].reason == NULL ? 0 : -1);
        if (rows[i].reason != NULL) {
            row_int(rows[i].name, err.kind, ERR_USAGE);
            row_has(rows[i].name, err.text, rows[i].reason);
            row_lacks(rows[i].name, err.text, "CANARY");
        }
        args_done(&args);
    }
}

/* --no-cache turns off the cache of credentials only. */
static void test_logins_without_a_cache(void **state)
{
    static const struct {
        const char *name;
        char *words[2];
        int count;
        const char *token;
        bool cache;
        bool logins;
    } rows[] = {
        {"a login", {"-I"}, 1, NULL, true, true},
        {"a login without a cache", {"-I", "--no-cache"}, 2, NULL, false, true},
        {"a token without a cache", {"--no-cache"}, 1, "DUPLO_TOKEN=T", false, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[] = {"duplojit", "aws", rows[i].words[0], rows[i].words[1]};
        char home[PATH_MAX];
        snprintf(home, sizeof(home), "HOME=%s", sandbox_path("home"));
        const char *const variables[] = {home, "DUPLO_HOST=p.example", rows[i].token, NULL};
        struct args args;
        struct session session;
        struct err err = {0};
        row_int(rows[i].name,
                args_parse(&args, &command_table, 2 + rows[i].count, argv, variables, &err), 0);
        row_int(rows[i].name, session_open(&session, &args, SESSION_NORMAL, &err), 0);
        row_int(rows[i].name, session.cache != NULL, rows[i].cache);
        row_int(rows[i].name, session.logins != NULL, rows[i].logins);
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
        row_int(rows[i].name, session_open(&session, &args, SESSION_NORMAL, &err), 0);
        row_int(rows[i].name, session.cache != NULL, rows[i].place != NULL);
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
        TEST(test_scope),           TEST(test_highest_scope), TEST(test_open),
        TEST(test_order_of_tokens), TEST(test_modes),         TEST(test_a_new_login_needs_a_cache),
        TEST(test_check),           TEST(test_cache),         TEST(test_logins_without_a_cache),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
