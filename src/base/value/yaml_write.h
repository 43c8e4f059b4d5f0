/* SPDX-License-Identifier: MIT */
/*
 * Writes a JSON value as YAML, in the style of PyYAML: block collections, and strings plain if no
 * reader can take them for another type, else quoted. All characters beyond ASCII are escaped, so
 * the output is safe for a terminal.
 */
#ifndef BASE_VALUE_YAML_WRITE_H
#define BASE_VALUE_YAML_WRITE_H

struct buf;
struct json_doc;

/* Appends the document, ended by a newline. A failure sticks in out. */
void yaml_write(struct buf *out, const struct json_doc *doc);

/* Appends a value without a newline at its end; further lines are indented. out ends with the
 * indentation of the first line. */
void yaml_write_node(struct buf *out, const struct json_doc *doc, int node, int indent);

/* Appends a value to "key:" of a mapping with this indentation: on the same line, unless it is a
 * collection with something in it. The items of a list are not indented. */
void yaml_write_member(struct buf *out, const struct json_doc *doc, int node, int indent);

#endif
