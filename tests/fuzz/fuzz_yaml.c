/* SPDX-License-Identifier: MIT */
/* YAML trees: a node lies within the text and within its parent, and its line is the one that its
 * first byte is in. A member that is replaced has the new value, and every byte before it stays. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "yaml/yaml_edit.h"
#include "yaml/yaml_tree.h"

static size_t line_of(const char *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += text[i] == '\n' ? 1 : 0;
    }
    return line;
}

static void check_node(const struct yaml_node *node, const char *text, size_t len)
{
    FUZZ_CHECK(node->start <= node->end && node->end <= len);
    FUZZ_CHECK(memchr(text, '\r', len) != NULL || (unsigned char)text[0] >= 0x80 ||
               node->line >= line_of(text, node->start));
    for (const struct yaml_node *child = node->child; child != NULL; child = child->sibling) {
        FUZZ_CHECK(child->start >= node->start && child->end <= node->end);
        FUZZ_CHECK(child->sibling == NULL || child->sibling->start >= child->end);
        check_node(child, text, len);
    }
    FUZZ_CHECK(node->kind != YAML_SCALAR || node->target != NULL || node->value != NULL);
}

/* Replaces the first member of a mapping. */
static void check_edit(const char *text, size_t len)
{
    struct yaml_doc doc = {0};
    struct json_doc json = {0};
    struct err err = {0};
    struct buf edited;
    buf_init(&edited, YAML_TEXT_MAX);
    buf_add(&edited, text, len);
    FUZZ_CHECK(json_parse(&json, "\"new: 1\"", 8, &err) == 0);
    FUZZ_CHECK(yaml_doc_open(&doc, &edited, &err) == 0);
    const struct yaml_node *root = doc.tree.root;
    const char *key = root != NULL && root->kind == YAML_MAPPING ? yaml_text(root->child) : NULL;
    if (key != NULL && root->target == NULL) {
        char *name = strdup(key);
        size_t start = root->child->end;
        FUZZ_CHECK(name != NULL);
        if (yaml_set_member(&doc, root, name, &json, JSON_ROOT, &err) == 0) {
            const char *value = yaml_text(yaml_member(doc.tree.root, name));
            FUZZ_CHECK(value != NULL && strcmp(value, "new: 1") == 0);
            FUZZ_CHECK(edited.len >= start && memcmp(edited.data, text, start) == 0);
        } else {
            fuzz_check_err(&err);
        }
        free(name);
    }
    yaml_doc_close(&doc);
    json_done(&json);
    buf_done(&edited);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct yaml_tree tree = {0};
    struct err err = {0};
    char *text = fuzz_copy((const char *)data, len);
    if (yaml_tree_parse(&tree, text, len, &err) == 0) {
        if (tree.root != NULL) {
            check_node(tree.root, text, len);
        }
        check_edit(text, len);
    } else {
        fuzz_check_err(&err);
    }
    yaml_tree_done(&tree);
    free(text);
    return 0;
}
