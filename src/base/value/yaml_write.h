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

#endif
