/* SPDX-License-Identifier: MIT */
/* Contexts: which values of options they give, and when the file is read. */
#include "rows.h"
#include "sandbox.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/args_parse.h"
#include "cmd/commands.h"
#include "session/context_load.h"

static const char config[] =
    "current-context: main\n"
    "contexts:\n"
    "- {name: main, host: p.example, tenant: dev01, token: T, admin: yes}\n"
    "- name: other\n"
    "  host: https://q.example/app\n"
    "  token: ''\n"
    "  interactive: ~\n"
    "- name: broken\n"
    "  tenant: {a: b}\n";

/* "-" for NULL. */
static const char *shown(const char *text)
{
    return text != NULL ? text : "-";
}

static void test_values(void **state)
{
    static const struct {
        const char *name;
        char *words[6];
        const char *variable;
        const char *want; /* host, tenant, token, admin; or the message */
    } rows[] = {
        {"all", {"aws"}, NULL, "p.example dev01 T yes"},
        {"an option", {"aws", "--tenant=x"}, NULL, "p.example x T yes"},
        {"a variable", {"aws"}, "DUPLO_TOKEN=V", "p.example dev01 V yes"},
        {"a switch that is denied", {"aws", "--admin=false"}, NULL, "p.example dev01 T -"},
        {"the same portal",
         {"aws", "--host=https://p.example/x"},
         NULL,
         "https://p.example/x dev01 T yes"},
        {"another portal", {"aws", "--host=q.example"}, NULL, "q.example - - -"},
        {"another portal of a variable", {"aws"}, "DUPLO_HOST=q.example", "q.example - - -"},
        {"another portal and a name",
         {"aws", "--context=main", "--host=q.example"},
         NULL,
         "q.example dev01 - yes"},
        {"another context", {"aws", "--ctx=other"}, NULL, "https://q.example/app - - -"},
        {"a variable names it", {"aws"}, "DUPLO_CONTEXT=other", "https://q.example/app - - -"},
        {"nothing is missing",
         {"aws", "--host=p.example", "--tenant=x", "--token=V"},
         NULL,
         "p.example x V -"},
        {"a login instead of a token",
         {"aws", "--host=p.example", "--tenant=x", "-I"},
         NULL,
         "p.example x - -"},
        {"a command without a portal", {"version"}, NULL, "- - - -"},
        {"logout", {"logout"}, NULL, "- - - -"},
        {"logout and a name", {"logout", "--ctx=main"}, NULL, "p.example dev01 T yes"},
        {"no such context", {"aws", "--ctx=mani"}, NULL, "no context \"mani\". Did you mean main?"},
        {"not a text", {"aws", "--ctx=broken"}, NULL, "line 9: tenant is not a text"},
    };
    char file[300];
    (void)state;
    sandbox_write(sandbox_path("config"), config, strlen(config), 0600);
    snprintf(file, sizeof(file), "DUPLO_CONFIG=%s", sandbox_path("config"));
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[7] = {"duplojit"};
        const char *const variables[] = {file, rows[i].variable, NULL};
        char words[6][40];
        char got[ERR_TEXT_SIZE];
        struct args args;
        struct args_context context;
        struct err err = {0};
        int argc = 1;
        for (; rows[i].words[argc - 1] != NULL; argc++) {
            snprintf(words[argc - 1], sizeof(words[0]), "%s", rows[i].words[argc - 1]);
            argv[argc] = words[argc - 1];
        }
        row_int(rows[i].name, args_parse(&args, &command_table, argc, argv, variables, &err), 0);
        if (context_load(&args, &context, &err) != 0) {
            row_true(rows[i].name, strstr(err.text, rows[i].want) != NULL);
            row_true(rows[i].name, args.context == NULL);
        } else {
            snprintf(got, sizeof(got), "%s %s %s %s", shown(args_text(&args, OPTION_HOST)),
                     shown(args_text(&args, OPTION_TENANT)), shown(args_text(&args, OPTION_TOKEN)),
                     shown(args_text(&args, OPTION_ADMIN)));
            row_text(rows[i].name, got, rows[i].want);
        }
        args_done(&args);
    }
}

/* A value that is wrong is blamed on the file and the context. */
static void test_blame(void **state)
{
    static const char text[] = "contexts: [{name: a, host: p.example, admin: perhaps}]\n";
    char *argv[] = {"duplojit", "aws", "--ctx", "a", "--context-file", (char *)NULL};
    char file[300];
    char want[400];
    struct args args;
    struct args_context context;
    struct err err = {0};
    bool on = false;
    (void)state;
    sandbox_write(sandbox_path("config"), text, strlen(text), 0600);
    snprintf(file, sizeof(file), "%s", sandbox_path("config"));
    argv[5] = file;
    assert_int_equal(args_parse(&args, &command_table, 6, argv, NULL, &err), 0);
    assert_int_equal(context_load(&args, &context, &err), 0);
    assert_int_equal(args_switch(&args, OPTION_ADMIN, &on, &err), -1);
    snprintf(want, sizeof(want),
             "%s: context \"a\": admin: \"perhaps\" is neither true nor false: use 1 or 0", file);
    assert_string_equal(err.text, want);
    assert_null(args_variable_name(&args, OPTION_HOST));
    assert_string_equal(args_context_text(&args, OPTION_HOST), "p.example");
    args_done(&args);
}

static void test_missing_file(void **state)
{
    char *argv[] = {"duplojit", "aws", "--ctx", "a"};
    char home[300];
    const char *const variables[] = {home, NULL};
    struct args args;
    struct args_context context;
    struct err err = {0};
    (void)state;
    snprintf(home, sizeof(home), "HOME=%s", sandbox_path("home"));
    assert_int_equal(args_parse(&args, &command_table, 2, argv, variables, &err), 0);
    assert_int_equal(context_load(&args, &context, &err), 0);
    assert_null(args.context);
    args_done(&args);
    assert_int_equal(args_parse(&args, &command_table, 4, argv, variables, &err), 0);
    assert_int_equal(context_load(&args, &context, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    args_done(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_blame, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_missing_file, sandbox_setup, sandbox_teardown),
    };
    return cmocka_run_group_tests_name("context_load", tests, NULL, NULL);
}
