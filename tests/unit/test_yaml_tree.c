/* SPDX-License-Identifier: MIT */
/* YAML documents as trees: values, positions in bytes, and what is refused. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "yaml/yaml_tree.h"

static const char config[] = "# a comment with \xc3\xa9 and \xf0\x9f\x94\x91\n"
                             "apiVersion: v1\n"
                             "caf\xc3\xa9: \"one\\ttwo\" # quoted\n"
                             "list:\n"
                             "- name: a\n"
                             "  value: &v 'x y'\n"
                             "- name: b\n"
                             "  value: *v\n"
                             "flow: {a: [1, 2], b: ~}\n"
                             "text: |\n"
                             "  first\n"
                             "  second\n"
                             "# the end\n";

static const struct yaml_node *item(const struct yaml_node *sequence, int index)
{
    const struct yaml_node *at = sequence->child;
    while (index-- > 0) {
        at = at->sibling;
    }
    return at;
}

static void values_by_name(void **state)
{
    struct yaml_tree tree;
    struct err err;
    (void)state;
    assert_int_equal(yaml_tree_parse(&tree, config, strlen(config), &err), 0);
    const struct yaml_node *list = yaml_member(tree.root, "list");
    assert_string_equal(yaml_text(yaml_member(tree.root, "apiVersion")), "v1");
    assert_string_equal(yaml_text(yaml_member(tree.root, "caf\xc3\xa9")), "one\ttwo");
    assert_string_equal(yaml_text(yaml_member(item(list, 1), "value")), "x y");
    assert_string_equal(yaml_text(yaml_member(tree.root, "text")), "first\nsecond\n");
    assert_null(yaml_text(yaml_member(yaml_member(tree.root, "flow"), "b")));
    assert_null(yaml_member(tree.root, "missing"));
    assert_null(yaml_member(list, "name"));
    assert_null(yaml_member(NULL, "name"));
    assert_true(yaml_member(tree.root, "flow")->flow);
    assert_int_equal(list->line, 5);
    yaml_tree_done(&tree);
    yaml_tree_done(&tree);
}

/* A range holds its node, also after characters of several bytes and a byte order mark. */
static void ranges_in_bytes(void **state)
{
    static const char *const marks[] = {"", "\xef\xbb\xbf"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[sizeof(config) + 3];
        struct yaml_tree tree;
        struct err err;
        snprintf(text, sizeof(text), "%s%s", marks[i], config);
        assert_int_equal(yaml_tree_parse(&tree, text, strlen(text), &err), 0);
        const struct yaml_node *quoted = yaml_member(tree.root, "caf\xc3\xa9");
        assert_memory_equal(text + quoted->start, "\"one\\ttwo\"", quoted->end - quoted->start);
        const struct yaml_node *list = yaml_member(tree.root, "list");
        const struct yaml_node *first = item(list, 0);
        assert_memory_equal(text + first->start, "name: a\n  value: &v 'x y'\n",
                            first->end - first->start);
        assert_int_equal(text[list->start], '-');
        assert_memory_equal(text + list->end - 2, "*v\n", 3);
        const struct yaml_node *flow = yaml_member(tree.root, "flow");
        assert_memory_equal(text + flow->start, "{a: [1, 2], b: ~}", flow->end - flow->start);
        assert_int_equal(flow->end - flow->start, strlen("{a: [1, 2], b: ~}"));
        yaml_tree_done(&tree);
    }
}

/* Every plain scalar of one line is its own text. */
static void plain_scalars_are_their_bytes(void **state)
{
    struct yaml_tree tree;
    struct err err;
    int plain = 0;
    (void)state;
    assert_int_equal(yaml_tree_parse(&tree, config, strlen(config), &err), 0);
    for (const struct yaml_node *at = tree.nodes; at != NULL; at = at->made) {
        if (at->kind == YAML_SCALAR && at->target == NULL && !at->quoted && !at->block) {
            assert_int_equal(at->end - at->start, at->len);
            assert_memory_equal(config + at->start, at->value, at->len);
            plain++;
        }
    }
    assert_int_equal(plain, 17);
    yaml_tree_done(&tree);
}

static void nothing_in_the_text(void **state)
{
    static const char *const texts[] = {"", "\n", "# only a comment\n", "\xef\xbb\xbf"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct yaml_tree tree;
        struct err err;
        assert_int_equal(yaml_tree_parse(&tree, texts[i], strlen(texts[i]), &err), 0);
        assert_null(tree.root);
        yaml_tree_done(&tree);
    }
}

static void nulls_have_no_text(void **state)
{
    static const char *const texts[] = {"a:",    "a: ~",  "a: null",     "a: NULL",
                                        "a: []", "a: {}", "a: \"x\\0y\""};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct yaml_tree tree;
        struct err err;
        assert_int_equal(yaml_tree_parse(&tree, texts[i], strlen(texts[i]), &err), 0);
        assert_null(yaml_text(yaml_member(tree.root, "a")));
        yaml_tree_done(&tree);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        {"a: 1\nb: [1\n", "line 3:"},
        {"a: 1\n\tb: 2\n", "line 2:"},
        {"a: b: c\n", "line 1:"},
        {"a: 1\n---\nb: 2\n", "line 2: a second document"},
        {"a: 1\nb: *x\n", "line 2:"},
        {"a: &x [*x]\n", "line 1: an alias inside its own anchor"},
        {"a: \xff\n", "byte 4:"},
        {"a: \x01\n", "byte 4:"},
        {"a: 'open\n", "line 2:"},
        {"%YAML 1.1\n---\na: 1\n", "line 1: a %-directive"},
        {"a: 1\nb: !!str 2\n", "line 2: a tag is"},
        {"a: !x [1]\n", "line 1: a tag is"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct yaml_tree tree;
        struct err err;
        assert_int_equal(yaml_tree_parse(&tree, rows[i].text, strlen(rows[i].text), &err), -1);
        assert_int_equal(err.kind, ERR_FILE);
        if (strncmp(err.text, rows[i].message, strlen(rows[i].message)) != 0) {
            fail_msg("%s: %s", rows[i].text, err.text);
        }
        yaml_tree_done(&tree);
    }
}

static void limits(void **state)
{
    static char deep[2 * (YAML_DEPTH_MAX + 2)];
    struct yaml_tree tree;
    struct err err;
    (void)state;
    memset(deep, '[', YAML_DEPTH_MAX);
    memset(deep + YAML_DEPTH_MAX, ']', YAML_DEPTH_MAX);
    assert_int_equal(yaml_tree_parse(&tree, deep, 2 * YAML_DEPTH_MAX, &err), 0);
    yaml_tree_done(&tree);
    memset(deep, '[', YAML_DEPTH_MAX + 1);
    memset(deep + YAML_DEPTH_MAX + 1, ']', YAML_DEPTH_MAX + 1);
    assert_int_equal(yaml_tree_parse(&tree, deep, 2 * (YAML_DEPTH_MAX + 1), &err), -1);
    assert_non_null(strstr(err.text, "nested too deeply"));
    yaml_tree_done(&tree);
    assert_int_equal(yaml_tree_parse(&tree, deep, YAML_TEXT_MAX + 1, &err), -1);
    yaml_tree_done(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_by_name),
        cmocka_unit_test(ranges_in_bytes),
        cmocka_unit_test(nothing_in_the_text),
        cmocka_unit_test(plain_scalars_are_their_bytes),
        cmocka_unit_test(nulls_have_no_text),
        cmocka_unit_test(refused),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
