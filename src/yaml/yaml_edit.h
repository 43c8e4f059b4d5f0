/* SPDX-License-Identifier: MIT */
/*
 * Changes one value of a YAML text and no other byte: comments, order, quotes, anchors, line ends
 * and a missing last newline stay. New values are JSON values. In a block collection they are
 * written in block style with the indentation of their neighbours, in {} and [] as JSON.
 *
 * Each function that edits parses the text again, so nodes are invalid after it. It returns 0, or
 * -1 with ERR_FILE and a line if the form of the text does not allow the change: if the place is
 * also used under another name (an alias), or if the result cannot be parsed. The text may be
 * changed then and must not be used.
 */
#ifndef YAML_YAML_EDIT_H
#define YAML_YAML_EDIT_H

#include "yaml/yaml_tree.h"

struct buf;
struct err;
struct json_doc;

struct yaml_doc {
    struct buf *text;
    struct yaml_tree tree;
};

/* Parses text, which the edits change. Release with yaml_doc_close in any case. */
int yaml_doc_open(struct yaml_doc *doc, struct buf *text, struct err *err)
    __attribute__((warn_unused_result));
void yaml_doc_close(struct yaml_doc *doc);

/* Adds the value of an empty text, or of one that has only comments or a null. */
int yaml_fill(struct yaml_doc *doc, const struct json_doc *json, int node, struct err *err)
    __attribute__((warn_unused_result));

/* Replaces the value of a key, or adds the key after the last one. */
int yaml_set_member(struct yaml_doc *doc, const struct yaml_node *mapping, const char *key,
                    const struct json_doc *json, int node, struct err *err)
    __attribute__((warn_unused_result));

/* Adds an item at the end of a sequence that is not empty. */
int yaml_append_item(struct yaml_doc *doc, const struct yaml_node *sequence,
                     const struct json_doc *json, int node, struct err *err)
    __attribute__((warn_unused_result));

/* Removes an item, or a key with its value, which is not the only one. */
int yaml_remove_item(struct yaml_doc *doc, const struct yaml_node *sequence,
                     const struct yaml_node *item, struct err *err)
    __attribute__((warn_unused_result));
int yaml_remove_member(struct yaml_doc *doc, const struct yaml_node *mapping,
                       const struct yaml_node *key, struct err *err)
    __attribute__((warn_unused_result));

#endif
