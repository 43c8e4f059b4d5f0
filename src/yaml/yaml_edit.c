/* SPDX-License-Identifier: MIT */
#include "yaml/yaml_edit.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/value/yaml_write.h"
#include "yaml/yaml_place.h"

/* What one edit puts in place of the bytes from start to end. Its lines end with LF. */
struct splice {
    size_t start;
    size_t end;
    struct buf insert;
};

int yaml_doc_open(struct yaml_doc *doc, struct buf *text, struct err *err)
{
    doc->text = text;
    return yaml_tree_parse(&doc->tree, buf_str(text), text->len, err);
}

void yaml_doc_close(struct yaml_doc *doc)
{
    yaml_tree_done(&doc->tree);
}

/* A node's end without line ends and blanks: that of a text after | includes them. */
static size_t trimmed_end(const struct yaml_doc *doc, const struct yaml_node *node)
{
    size_t end = node->end;
    while (end > node->start &&
           (yaml_is_blank(doc->text->data[end - 1]) || doc->text->data[end - 1] == '\n' ||
            doc->text->data[end - 1] == '\r')) {
        end--;
    }
    return end;
}

static int fail_at(const struct yaml_node *node, const char *what, struct err *err)
{
    return err_set(err, ERR_FILE, "line %zu: %s", node->line, what);
}

static struct splice splice_at(const struct yaml_doc *doc, size_t start, size_t end)
{
    struct splice splice = {.start = start, .end = end};
    buf_init(&splice.insert, doc->text->max);
    return splice;
}

/* An alias from elsewhere must not stand for what the edit removes, or for what contains it. */
static int check_aliases(const struct yaml_doc *doc, const struct yaml_node *parent,
                         const struct splice *splice, struct err *err)
{
    for (const struct yaml_node *at = doc->tree.nodes; at != NULL; at = at->made) {
        const struct yaml_node *target = at->target;
        if (target == NULL || (at->start >= splice->start && at->end <= splice->end)) {
            continue;
        }
        bool removed = target->start >= splice->start && target->end <= splice->end;
        bool around = target->start <= parent->start && target->end >= parent->end;
        if (removed || around) {
            return fail_at(at, "an alias for what would change: write out its value first", err);
        }
    }
    return 0;
}

/* Makes the edit and releases it. parent is the collection that changes, or NULL. */
static int finish(struct yaml_doc *doc, const struct yaml_node *parent, struct splice *splice,
                  struct err *err)
{
    struct buf after;
    const char *text = buf_str(doc->text);
    int result = buf_check(&splice->insert, err);
    if (result == 0 && parent != NULL) {
        result = check_aliases(doc, parent, splice, err);
    }
    buf_init(&after, doc->text->max);
    if (result == 0) {
        buf_add(&after, text, splice->start);
        yaml_add_lines(&after, &splice->insert, doc->text);
        buf_add(&after, text + splice->end, doc->text->len - splice->end);
        result = buf_check(&after, err);
    }
    if (result == 0) {
        struct buf before = *doc->text;
        *doc->text = after;
        after = before;
        yaml_tree_done(&doc->tree);
        result = yaml_tree_parse(&doc->tree, buf_str(doc->text), doc->text->len, err);
        if (result != 0) {
            err_wrap(err, "it cannot be edited in its present form");
        }
    }
    buf_done(&after);
    buf_done(&splice->insert);
    return result;
}

/* A value whose first line is indented already. */
static void add_value(struct buf *out, const struct json_doc *json, int node, int indent, bool flow)
{
    if (flow) {
        size_t len = 0;
        const char *raw = json_raw(json, node, &len);
        buf_add(out, raw, len);
    } else {
        yaml_write_node(out, json, node, indent);
    }
}

/* "KEY: " and the value. */
static void add_pair(struct buf *out, const char *key, const struct json_doc *json, int node,
                     int indent, bool flow)
{
    if (flow) {
        buf_add_fmt(out, "\"%s\": ", key);
        add_value(out, json, node, 0, true);
    } else {
        buf_add_fmt(out, "%s:", key);
        yaml_write_member(out, json, node, indent);
    }
}

/* What comes between the last child of a {} or [] and a new one: the same as before the first one,
 * if that begins a line. */
static void add_separator(const struct yaml_doc *doc, const struct yaml_node *first,
                          struct buf *out)
{
    size_t start = yaml_line_start(doc->text, first->start);
    if (yaml_starts_line(doc->text, first->start)) {
        buf_add_str(out, ",\n");
        buf_add(out, doc->text->data + start, first->start - start);
    } else {
        buf_add_str(out, ", ");
    }
}

static const struct yaml_node *last_child(const struct yaml_node *parent)
{
    const struct yaml_node *last = parent->child;
    while (last != NULL && last->sibling != NULL) {
        last = last->sibling;
    }
    return last;
}

/* The end of the last of the comment lines after a line's end that are indented deeper: they belong
 * to what is before them. */
static size_t skip_comments(const struct yaml_doc *doc, size_t end, int indent)
{
    size_t start = yaml_next_line(doc->text, end);
    size_t at = yaml_skip_blanks(doc->text, start);
    while (yaml_char_at(doc->text, at) == '#' && at > start + (size_t)indent) {
        end = yaml_line_end(doc->text, at);
        start = yaml_next_line(doc->text, end);
        at = yaml_skip_blanks(doc->text, start);
    }
    return end;
}

/* Opens an edit that adds a child; the caller appends it to the insert, then calls end_child. */
static struct splice begin_child(const struct yaml_doc *doc, const struct yaml_node *parent,
                                 int indent)
{
    const struct yaml_node *last = last_child(parent);
    size_t at = last == NULL ? parent->end - 1 : last->end;
    bool after_newline = at > 0 && yaml_char_at(doc->text, at - 1) == '\n';
    at = parent->flow || after_newline ? at
                                       : skip_comments(doc, yaml_line_end(doc->text, at), indent);
    struct splice splice = splice_at(doc, at, at);
    if (parent->flow) {
        if (last != NULL) {
            add_separator(doc, parent->child, &splice.insert);
        }
    } else {
        buf_add_fmt(&splice.insert, "%s%*s", after_newline ? "" : "\n", indent, "");
    }
    return splice;
}

static int end_child(struct yaml_doc *doc, const struct yaml_node *parent, struct splice *splice,
                     struct err *err)
{
    if (!parent->flow && splice->insert.data != NULL && splice->insert.data[0] != '\n') {
        buf_add_char(&splice->insert, '\n');
    }
    return finish(doc, parent, splice, err);
}

int yaml_fill(struct yaml_doc *doc, const struct json_doc *json, int node, struct err *err)
{
    const struct yaml_node *root = doc->tree.root;
    size_t len = doc->text->len;
    struct splice splice = root == NULL ? splice_at(doc, len, len)
                                        : splice_at(doc, root->start, trimmed_end(doc, root));
    size_t rest = yaml_line_end(doc->text, splice.end);
    bool alone = yaml_starts_line(doc->text, splice.start);
    if (root != NULL && yaml_char_at(doc->text, yaml_skip_blanks(doc->text, splice.end)) == '#') {
        buf_add(&splice.insert, doc->text->data + splice.end, rest - splice.end);
        splice.end = rest;
        alone = false;
    }
    buf_add_str(&splice.insert, alone ? "" : "\n");
    yaml_write_node(&splice.insert, json, node, 0);
    if (splice.end == len) {
        buf_add_char(&splice.insert, '\n');
    }
    return finish(doc, NULL, &splice, err);
}

/* The last pair with this key, as yaml_member finds it. NULL without one. */
static const struct yaml_node *find_key(const struct yaml_node *mapping, const char *key)
{
    const struct yaml_node *found = NULL;
    for (const struct yaml_node *at = mapping->child; at != NULL; at = at->sibling->sibling) {
        const char *name = yaml_text(at);
        if (name != NULL && strcmp(name, key) == 0) {
            found = at;
        }
    }
    return found;
}

/* Sets *colon to the offset after the colon of a key. */
static int find_colon(const struct yaml_doc *doc, const struct yaml_node *key, size_t *colon,
                      struct err *err)
{
    size_t at = yaml_skip_blanks(doc->text, key->end);
    *colon = at + 1;
    return yaml_char_at(doc->text, at) == ':'
               ? 0
               : fail_at(key, "a key without a colon after it cannot be edited", err);
}

/* Replaces a block collection, which begins on a line of its own, by a value on the line of its
 * key. What is between the two, comments for example, stays. */
static struct splice replace_lines(const struct yaml_doc *doc, const struct yaml_node *value,
                                   size_t colon, const struct json_doc *json, int node)
{
    struct splice splice = splice_at(doc, colon, trimmed_end(doc, value));
    size_t first = yaml_line_start(doc->text, value->start);
    buf_add_char(&splice.insert, ' ');
    yaml_write_node(&splice.insert, json, node, 0);
    if (first > colon) {
        buf_add(&splice.insert, doc->text->data + colon,
                yaml_line_end(doc->text, yaml_line_start(doc->text, first - 1)) - colon);
    }
    return splice;
}

/* Replaces a value by a block collection on the lines after its key. A comment after the old value
 * stays on the line of the key. */
static struct splice replace_by_lines(const struct yaml_doc *doc, const struct yaml_node *key,
                                      const struct yaml_node *value, const struct json_doc *json,
                                      int node)
{
    size_t end = trimmed_end(doc, value);
    size_t rest = yaml_line_end(doc->text, end);
    size_t start = value->start;
    if (yaml_skip_blanks(doc->text, end) == rest) {
        while (yaml_is_blank(yaml_char_at(doc->text, start - 1))) {
            start--;
        }
        end = rest;
    }
    struct splice splice = splice_at(doc, start, rest);
    buf_add(&splice.insert, doc->text->data + end, rest - end);
    yaml_write_member(&splice.insert, json, node, yaml_column(doc->text, key->start));
    return splice;
}

static int replace_value(struct yaml_doc *doc, const struct yaml_node *mapping,
                         const struct yaml_node *key, const struct json_doc *json, int node,
                         struct err *err)
{
    const struct yaml_node *value = key->sibling;
    bool list = json_first(json, node) != JSON_NONE;
    bool lines = !mapping->flow && (list || json_first_key(json, node) != JSON_NONE);
    bool old_lines = value->child != NULL && !value->flow;
    bool same = old_lines && yaml_starts_line(doc->text, value->start) &&
                value->kind == (list ? YAML_SEQUENCE : YAML_MAPPING);
    size_t colon = 0;
    struct splice splice;
    if (find_colon(doc, key, &colon, err) != 0) {
        return -1;
    }
    if (lines && !same) {
        splice = replace_by_lines(doc, key, value, json, node);
    } else if (!lines && old_lines) {
        splice = replace_lines(doc, value, colon, json, node);
    } else {
        splice = splice_at(doc, value->start, trimmed_end(doc, value));
        /* The value of a quoted key in {} may begin after the colon. */
        buf_add_str(&splice.insert, value->start == colon && splice.end == colon ? " " : "");
        add_value(&splice.insert, json, node, yaml_column(doc->text, value->start), mapping->flow);
    }
    return finish(doc, mapping, &splice, err);
}

int yaml_set_member(struct yaml_doc *doc, const struct yaml_node *mapping, const char *key,
                    const struct json_doc *json, int node, struct err *err)
{
    const struct yaml_node *present = find_key(mapping, key);
    if (present != NULL) {
        return replace_value(doc, mapping, present, json, node, err);
    }
    int indent = mapping->child == NULL ? 0 : yaml_column(doc->text, mapping->child->start);
    struct splice splice = begin_child(doc, mapping, indent);
    add_pair(&splice.insert, key, json, node, indent, mapping->flow);
    return end_child(doc, mapping, &splice, err);
}

/* Finds the "-" of an item in a block sequence. */
static int find_dash(const struct yaml_doc *doc, const struct yaml_node *item, size_t *dash,
                     struct err *err)
{
    size_t start = yaml_line_start(doc->text, item->start);
    for (;;) {
        *dash = yaml_skip_blanks(doc->text, start);
        if (yaml_char_at(doc->text, *dash) == '-' && *dash < item->start) {
            return 0;
        }
        if (start == 0 || yaml_char_at(doc->text, start - 1) != '\n') {
            return fail_at(item, "the form of this list cannot be edited", err);
        }
        start = yaml_line_start(doc->text, start - 1);
    }
}

int yaml_append_item(struct yaml_doc *doc, const struct yaml_node *sequence,
                     const struct json_doc *json, int node, struct err *err)
{
    size_t dash = 0;
    if (!sequence->flow && find_dash(doc, sequence->child, &dash, err) != 0) {
        return -1;
    }
    int indent = yaml_column(doc->text, dash);
    struct splice splice = begin_child(doc, sequence, indent);
    buf_add_str(&splice.insert, sequence->flow ? "" : "- ");
    add_value(&splice.insert, json, node, indent + 2, sequence->flow);
    return end_child(doc, sequence, &splice, err);
}

/* The lines from start to the one that contains end. A missing last newline stays missing. */
static struct splice whole_lines(const struct yaml_doc *doc, size_t start, size_t end)
{
    bool complete = end > 0 && yaml_char_at(doc->text, end - 1) == '\n';
    size_t next = complete ? end : yaml_next_line(doc->text, end);
    start = yaml_line_start(doc->text, start);
    if (next == doc->text->len && yaml_char_at(doc->text, next - 1) != '\n' && start > 0) {
        start = yaml_line_end(doc->text, yaml_line_start(doc->text, start - 1));
    }
    return splice_at(doc, start, next);
}

/* Removes the children from first to last, which are neighbours; start is where they begin. */
static int remove_children(struct yaml_doc *doc, const struct yaml_node *parent,
                           const struct yaml_node *first, const struct yaml_node *last,
                           size_t start, struct err *err)
{
    const struct yaml_node *before = NULL;
    for (const struct yaml_node *at = parent->child; at != first; at = at->sibling) {
        before = at;
    }
    bool in_line = parent->flow || !yaml_starts_line(doc->text, start);
    struct splice splice;
    if (in_line && before != NULL) {
        splice = splice_at(doc, before->end, last->end);
    } else if (in_line && last->sibling != NULL) {
        splice = splice_at(doc, first->start, last->sibling->start);
    } else {
        splice = whole_lines(doc, start, last->end);
    }
    return finish(doc, parent, &splice, err);
}

int yaml_remove_item(struct yaml_doc *doc, const struct yaml_node *sequence,
                     const struct yaml_node *item, struct err *err)
{
    size_t start = item->start;
    if (!sequence->flow && find_dash(doc, item, &start, err) != 0) {
        return -1;
    }
    return remove_children(doc, sequence, item, item, start, err);
}

int yaml_remove_member(struct yaml_doc *doc, const struct yaml_node *mapping,
                       const struct yaml_node *key, struct err *err)
{
    return remove_children(doc, mapping, key, key->sibling, key->start, err);
}
