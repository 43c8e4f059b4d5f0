/* SPDX-License-Identifier: MIT */
/* The types of plain and quoted scalars. */
#include "rows.h"

#include <string.h>

#include "base/err.h"
#include "yaml/yaml_scalar.h"
#include "yaml/yaml_tree.h"

static void test_types(void **state)
{
    static const struct {
        const char *text;
        enum yaml_type want;
    } rows[] = {
        {"~", YAML_IS_NULL},          {"null", YAML_IS_NULL},    {"true", YAML_IS_TRUE},
        {"Yes", YAML_IS_TRUE},        {"ON", YAML_IS_TRUE},      {"False", YAML_IS_FALSE},
        {"n", YAML_IS_FALSE},         {"yEs", YAML_IS_STRING},   {"0", YAML_IS_NUMBER},
        {"-1.5e+10", YAML_IS_NUMBER}, {"0x1f", YAML_IS_NUMBER},  {"1_000", YAML_IS_NUMBER},
        {".5", YAML_IS_NUMBER},       {"-.inf", YAML_IS_NUMBER}, {".nan", YAML_IS_NUMBER},
        {"_0", YAML_IS_STRING},       {"_", YAML_IS_STRING},     {"-_", YAML_IS_STRING},
        {"+", YAML_IS_STRING},        {"._", YAML_IS_STRING},    {"1e", YAML_IS_STRING},
        {"0x", YAML_IS_STRING},       {"'1'", YAML_IS_STRING},   {"\"true\"", YAML_IS_STRING},
        {"n1", YAML_IS_STRING},       {"f", YAML_IS_STRING},     {"-f", YAML_IS_STRING},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct yaml_tree tree = {0};
        struct err err = {0};
        row_int(rows[i].text, yaml_tree_parse(&tree, rows[i].text, strlen(rows[i].text), &err), 0);
        row_int(rows[i].text, yaml_type(tree.root), rows[i].want);
        yaml_tree_done(&tree);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
