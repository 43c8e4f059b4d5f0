/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "cli/args.h"
#include "cli/args_parse.h"
#include "cli/choice.h"
#include "cmd/commands.h"

static void test_choice(void **state)
{
    static const char *const words[] = {"table", "json", "csv", NULL};
    static const struct {
        const char *name;
        char *value; /* NULL: not on the command line */
        const char *variable;
        int index; /* 7: unchanged */
        const char *message;
    } rows[] = {
        {"none", NULL, NULL, 7, ""},
        {"the first", "table", NULL, 0, ""},
        {"the last", "csv", NULL, 2, ""},
        {"from the variable", NULL, "DUPLO_OUTPUT=json", 1, ""},
        {"the command line overrides it", "csv", "DUPLO_OUTPUT=json", 2, ""},
        {"misspelt", "jsno", NULL, 7,
         "--output: unknown value \"jsno\": use table, json or csv. Did you mean json?"},
        {"far from all", "yaml", NULL, 7,
         "--output: unknown value \"yaml\": use table, json or csv"},
        {"empty", "", NULL, 7, "--output: unknown value \"\": use table, json or csv"},
        {"another case", "JSON", NULL, 7,
         "--output: unknown value \"JSON\": use table, json or csv"},
        {"misspelt in the variable", NULL, "DUPLO_OUTPUT=tabel", 7,
         "DUPLO_OUTPUT: unknown value \"tabel\": use table, json or csv. Did you mean table?"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char *argv[] = {"duplojit", "tenants", "--output", rows[i].value};
        const char *const variables[] = {rows[i].variable, NULL};
        struct args args;
        struct err err = {0};
        int index = 7;
        int argc = rows[i].value != NULL ? 4 : 2;
        row_int(rows[i].name, args_parse(&args, &command_table, argc, argv, variables, &err), 0);
        int result = choice_read(&args, OPTION_OUTPUT, words, &index, &err);
        row_int(rows[i].name, result, rows[i].message[0] != '\0' ? -1 : 0);
        row_int(rows[i].name, err.kind, result != 0 ? ERR_USAGE : ERR_NONE);
        row_text(rows[i].name, err.text, rows[i].message);
        row_int(rows[i].name, index, rows[i].index);
        args_done(&args);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
    };
    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
