/* SPDX-License-Identifier: MIT */
/* YAML output: libyaml reads the same values, of the same types, from it. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/value/yaml_write.h"
#include "yaml/yaml_scalar.h"
#include "yaml/yaml_tree.h"

static void compare(const struct json_doc *doc, int node, const struct yaml_node *yaml);

static void compare_scalar(const struct json_doc *doc, int node, const struct yaml_node *yaml)
{
    struct buf text;
    size_t len = 0;
    const char *raw = json_raw(doc, node, &len);
    enum json_type type = json_type(doc, node);
    enum yaml_type want = type == JSON_STRING   ? YAML_IS_STRING
                          : type == JSON_NUMBER ? YAML_IS_NUMBER
                          : type == JSON_NULL   ? YAML_IS_NULL
                          : *raw == 't'         ? YAML_IS_TRUE
                                                : YAML_IS_FALSE;
    FUZZ_CHECK(yaml->kind == YAML_SCALAR && yaml_type(yaml) == want);
    buf_init(&text, 1 << 24);
    json_add_text(doc, node, &text);
    FUZZ_CHECK(type != JSON_STRING ||
               (yaml->len == text.len && memcmp(yaml->value, buf_str(&text), text.len) == 0));
    buf_done(&text);
}

static void compare_children(const struct json_doc *doc, int node, const struct yaml_node *yaml)
{
    const struct yaml_node *child = yaml->child;
    FUZZ_CHECK(yaml->kind == YAML_SEQUENCE);
    for (int item = json_first(doc, node); item != JSON_NONE; item = json_next(doc, node, item)) {
        FUZZ_CHECK(child != NULL);
        compare(doc, item, child);
        child = child->sibling;
    }
    FUZZ_CHECK(child == NULL);
}

static void compare_members(const struct json_doc *doc, int node, const struct yaml_node *yaml)
{
    const struct yaml_node *child = yaml->child;
    FUZZ_CHECK(yaml->kind == YAML_MAPPING);
    for (int key = json_first_key(doc, node); key != JSON_NONE;
         key = json_next_key(doc, node, key)) {
        FUZZ_CHECK(child != NULL && child->sibling != NULL);
        compare(doc, key, child);
        compare(doc, key + 1, child->sibling);
        child = child->sibling->sibling;
    }
    FUZZ_CHECK(child == NULL);
}

static void compare(const struct json_doc *doc, int node, const struct yaml_node *yaml)
{
    switch (json_type(doc, node)) {
    case JSON_ARRAY:
        compare_children(doc, node, yaml);
        break;
    case JSON_OBJECT:
        compare_members(doc, node, yaml);
        break;
    default:
        compare_scalar(doc, node, yaml);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct json_doc doc = {0};
    struct yaml_tree tree = {0};
    struct err err = {0};
    struct buf out;
    buf_init(&out, YAML_TEXT_MAX);
    if (json_parse(&doc, (const char *)data, len, &err) == 0) {
        yaml_write(&out, &doc);
        if (!buf_failed(&out)) {
            FUZZ_CHECK(yaml_tree_parse(&tree, out.data, out.len, &err) == 0);
            compare(&doc, JSON_ROOT, tree.root);
            yaml_tree_done(&tree);
        }
    }
    json_done(&doc);
    buf_done(&out);
    return 0;
}
