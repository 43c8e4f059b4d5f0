/* SPDX-License-Identifier: MIT */
#include "yaml/yaml_tree.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/err.h"

/* One call of yaml_tree_parse. */
struct reader {
    yaml_parser_t parser;
    struct yaml_tree *tree;
    const char *text;
    size_t len;
    size_t count;
    /* A place in the text, as characters and as bytes: libyaml counts characters. */
    size_t at_chars;
    size_t at_bytes;
};

static bool continues_character(const struct reader *reader, size_t offset)
{
    return offset < reader->len && ((unsigned char)reader->text[offset] & 0xc0) == 0x80;
}

/* The offset of a mark in bytes. Marks are mostly in order, so the last place is where the search
 * starts. */
static size_t offset_of(struct reader *reader, const yaml_mark_t *mark)
{
    while (reader->at_chars < mark->index && reader->at_bytes < reader->len) {
        reader->at_bytes++;
        while (continues_character(reader, reader->at_bytes)) {
            reader->at_bytes++;
        }
        reader->at_chars++;
    }
    while (reader->at_chars > mark->index) {
        do {
            reader->at_bytes--;
        } while (continues_character(reader, reader->at_bytes));
        reader->at_chars--;
    }
    return reader->at_bytes;
}

static int fail_at(size_t line, const char *what, struct err *err)
{
    return err_set(err, ERR_FILE, "line %zu: %s", line + 1, what);
}

static int fail_parse(const struct reader *reader, struct err *err)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    if (parser->error == YAML_READER_ERROR) {
        return err_set(err, ERR_FILE, "byte %zu: %s", parser->problem_offset + 1, parser->problem);
    }
    return fail_at(parser->problem_mark.line, parser->problem, err);
}

/* The node of an event, appended to the tree's list. NULL with err set. */
static struct yaml_node *make_node(struct reader *reader, const yaml_event_t *event,
                                   enum yaml_kind kind, struct err *err)
{
    if (reader->count++ == YAML_NODES_MAX) {
        (void)fail_at(event->start_mark.line, "too many values", err);
        return NULL;
    }
    struct yaml_node *node = calloc(1, sizeof(*node));
    if (node == NULL) {
        (void)err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    node->kind = kind;
    node->start = offset_of(reader, &event->start_mark);
    node->end = offset_of(reader, &event->end_mark);
    node->line = event->start_mark.line + 1;
    node->made = reader->tree->nodes;
    reader->tree->nodes = node;
    return node;
}

/* Moves an event's string to a node, so that it is copied nowhere. */
static char *take(yaml_char_t **string)
{
    char *taken = (char *)*string;
    *string = NULL;
    return taken;
}

static int resolve_alias(struct yaml_node *node, const char *name, struct err *err)
{
    /* The newest node comes first in the list: the last anchor of a name counts. */
    for (const struct yaml_node *at = node->made; at != NULL; at = at->made) {
        if (at->anchor != NULL && strcmp(at->anchor, name) == 0) {
            node->target = at;
            return at->end == 0 ? fail_at(node->line - 1, "an alias inside its own anchor", err)
                                : 0;
        }
    }
    return fail_at(node->line - 1, "an alias without its anchor", err);
}

static int read_node(struct reader *reader, yaml_event_t *event, int depth,
                     struct yaml_node **result, struct err *err);

static int next_event(struct reader *reader, yaml_event_t *event, struct err *err)
{
    return yaml_parser_parse(&reader->parser, event) ? 0 : fail_parse(reader, err);
}

/* The children of a collection, up to the event that ends it. */
static int read_children(struct reader *reader, struct yaml_node *node, int depth,
                         yaml_event_type_t last, struct err *err)
{
    struct yaml_node **slot = &node->child;
    size_t end = node->end;
    node->end = 0; /* until it is complete: see resolve_alias */
    for (;;) {
        yaml_event_t event;
        if (next_event(reader, &event, err) != 0) {
            return -1;
        }
        if (event.type == last) {
            node->end =
                node->flow || node->child == NULL ? offset_of(reader, &event.end_mark) : end;
            yaml_event_delete(&event);
            return 0;
        }
        int result = read_node(reader, &event, depth + 1, slot, err);
        yaml_event_delete(&event);
        if (result != 0) {
            return -1;
        }
        end = (*slot)->end;
        slot = &(*slot)->sibling;
    }
}

static int read_collection(struct reader *reader, yaml_event_t *event, int depth,
                           struct yaml_node **result, struct err *err)
{
    bool mapping = event->type == YAML_MAPPING_START_EVENT;
    struct yaml_node *node = make_node(reader, event, mapping ? YAML_MAPPING : YAML_SEQUENCE, err);
    *result = node;
    if (node == NULL) {
        return -1;
    }
    if (depth == YAML_DEPTH_MAX) {
        return fail_at(node->line - 1, "nested too deeply", err);
    }
    if (mapping) {
        node->flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        node->anchor = take(&event->data.mapping_start.anchor);
    } else {
        node->flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        node->anchor = take(&event->data.sequence_start.anchor);
    }
    return read_children(reader, node, depth,
                         mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, err);
}

static void fill_scalar(struct yaml_node *node, yaml_event_t *event)
{
    yaml_scalar_style_t style = event->data.scalar.style;
    node->quoted =
        style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
    node->len = event->data.scalar.length;
    node->value = take(&event->data.scalar.value);
    node->anchor = take(&event->data.scalar.anchor);
}

/* The node that begins with this event, and all of its children. */
static int read_node(struct reader *reader, yaml_event_t *event, int depth,
                     struct yaml_node **result, struct err *err)
{
    if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT) {
        return read_collection(reader, event, depth, result, err);
    }
    struct yaml_node *node = make_node(reader, event, YAML_SCALAR, err);
    *result = node;
    if (node == NULL) {
        return -1;
    }
    if (event->type == YAML_ALIAS_EVENT) {
        return resolve_alias(node, (const char *)event->data.alias.anchor, err);
    }
    fill_scalar(node, event);
    return 0;
}

/* The events of a stream: STREAM-START, then per document DOCUMENT-START, a node, DOCUMENT-END,
 * then STREAM-END. */
static int read_stream(struct reader *reader, struct err *err)
{
    for (;;) {
        yaml_event_t event;
        if (next_event(reader, &event, err) != 0) {
            return -1;
        }
        yaml_event_type_t type = event.type;
        int result = 0;
        if (type == YAML_DOCUMENT_START_EVENT && reader->tree->root != NULL) {
            result = fail_at(event.start_mark.line, "a second document", err);
        } else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
                   type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT) {
            result = read_node(reader, &event, 0, &reader->tree->root, err);
        }
        yaml_event_delete(&event);
        if (result != 0 || type == YAML_STREAM_END_EVENT) {
            return result;
        }
    }
}

int yaml_tree_parse(struct yaml_tree *tree, const char *text, size_t len, struct err *err)
{
    struct reader reader = {.tree = tree, .text = text, .len = len};
    *tree = (struct yaml_tree){0};
    if (len > YAML_TEXT_MAX) {
        return err_set(err, ERR_FILE, "longer than %d bytes", YAML_TEXT_MAX);
    }
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        reader.at_bytes = 3; /* libyaml does not count a byte order mark */
    }
    if (!yaml_parser_initialize(&reader.parser)) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text + reader.at_bytes,
                                 len - reader.at_bytes);
    int result = read_stream(&reader, err);
    yaml_parser_delete(&reader.parser);
    return result;
}

void yaml_tree_done(struct yaml_tree *tree)
{
    while (tree->nodes != NULL) {
        struct yaml_node *node = tree->nodes;
        tree->nodes = node->made;
        if (node->value != NULL) {
            explicit_bzero(node->value, node->len);
        }
        free(node->value);
        free(node->anchor);
        free(node);
    }
    tree->root = NULL;
}

const struct yaml_node *yaml_resolve(const struct yaml_node *node)
{
    return node != NULL && node->target != NULL ? node->target : node;
}

const struct yaml_node *yaml_member(const struct yaml_node *mapping, const char *key)
{
    const struct yaml_node *found = NULL;
    mapping = yaml_resolve(mapping);
    if (mapping == NULL || mapping->kind != YAML_MAPPING) {
        return NULL;
    }
    for (const struct yaml_node *at = mapping->child; at != NULL; at = at->sibling->sibling) {
        const char *name = yaml_text(at);
        if (name != NULL && strcmp(name, key) == 0) {
            found = yaml_resolve(at->sibling);
        }
    }
    return found;
}

const char *yaml_text(const struct yaml_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    node = yaml_resolve(node);
    if (node == NULL || node->kind != YAML_SCALAR || node->value == NULL ||
        strlen(node->value) != node->len) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
        if (!node->quoted && !node->block && strcmp(node->value, nulls[i]) == 0) {
            return NULL;
        }
    }
    return node->value;
}
