/* SPDX-License-Identifier: MIT */
/*
 * A YAML document (YAML 1.1, as kubectl reads it) as a tree whose nodes know their bytes in the
 * text, so that an editor can change one value and no other byte. libyaml parses; yaml_tree.c alone
 * includes it.
 */
#ifndef YAML_YAML_TREE_H
#define YAML_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum {
    YAML_TEXT_MAX = 4 << 20, /* bytes of a document */
    YAML_DEPTH_MAX = 64,     /* nested mappings and sequences */
    YAML_NODES_MAX = 200000,
};

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

struct yaml_node {
    enum yaml_kind kind;
    bool flow;   /* a mapping in {} or a sequence in [] */
    bool quoted; /* a scalar in quotes: always a string */
    bool block;  /* a scalar after | or > */
    char *value; /* of a scalar: its decoded text with a NUL; NULL for other kinds */
    size_t len;  /* of value; a scalar may contain NULs */
    size_t start;
    size_t end;  /* offset after the last byte; of a block collection: of its last child */
    size_t line; /* of start, counted from 1 */
    /* Of an alias (*NAME): the node it stands for, and kind and value are of no use. Else NULL. */
    const struct yaml_node *target;
    struct yaml_node *child;   /* the first; those of a mapping alternate between key and value */
    struct yaml_node *sibling; /* the next child of the same parent */
    struct yaml_node *made;    /* for the tree's own list of nodes */
    char *anchor; /* the name after &, or NULL; an edit of an anchored node changes its aliases */
};

struct yaml_tree {
    struct yaml_node *root; /* NULL if the text has no document: it is empty, or only comments */
    struct yaml_node *nodes;
};

/*
 * Parses text, which is UTF-8 and has one document. Returns 0, or -1 with ERR_FILE and the line of
 * the first error; more than one document, an alias without its anchor, and a text, depth or number
 * of nodes above the limits are errors, too. Release the tree with yaml_tree_done in any case.
 */
int yaml_tree_parse(struct yaml_tree *tree, const char *text, size_t len, struct err *err)
    __attribute__((warn_unused_result));

/* Wipes the values and releases the nodes. Accepts a zeroed tree. */
void yaml_tree_done(struct yaml_tree *tree);

/* The node that an alias stands for; node itself if it is not an alias. Accepts NULL. */
const struct yaml_node *yaml_resolve(const struct yaml_node *node);

/* The value of a key in a mapping (resolved), or NULL, also if mapping is NULL or of another kind.
 * The last one if the key occurs twice. */
const struct yaml_node *yaml_member(const struct yaml_node *mapping, const char *key);

/* The text of a scalar, or NULL for NULL, for another kind, for a null (~, null, nothing) and for a
 * text that contains a NUL. Valid as long as the tree. */
const char *yaml_text(const struct yaml_node *node);

#endif
