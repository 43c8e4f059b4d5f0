/* SPDX-License-Identifier: MIT */
/* Evaluates a parsed query over a document, which it does not copy: values are nodes of the
 * document, or lists and objects that the query has built from such values. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/value/json_query.h"

enum value_kind { VALUE_NULL, VALUE_NODE, VALUE_LIST, VALUE_HASH };

struct value {
    enum value_kind kind;
    int at; /* a node of the document, or the first cell of a list or an object; -1 if it is empty
             */
};

/* An element of a list, or a member of an object. */
struct cell {
    struct value value;
    int name; /* of a member, its place in names */
    int next; /* -1 after the last */
};

struct run {
    const struct json_query *query;
    const struct json_doc *doc;
    struct cell *cells;
    int count;
    int size;
    int work;
    bool failed;
    struct err *err;
};

static const struct value null_value = {VALUE_NULL, -1};

static struct value fail(struct run *run, const char *message)
{
    if (!run->failed && message != NULL) {
        err_fill(run->err, ERR_INTERNAL, "%s", message);
    }
    run->failed = true;
    return null_value;
}

static struct value node_value(const struct run *run, int node)
{
    bool null = node == JSON_NONE || json_type(run->doc, node) == JSON_NULL;
    return null ? null_value : (struct value){VALUE_NODE, node};
}

/* Appends a cell after *last to the list or object. */
static void add_cell(struct run *run, struct value *owner, int *last, struct value value, int name)
{
    if (run->count == run->size) {
        int size = run->size * 2 + 16;
        struct cell *cells =
            size > JSON_NODES_MAX ? NULL : realloc(run->cells, (size_t)size * sizeof(*cells));
        if (cells == NULL) {
            fail(run, "out of memory for the result of the query");
            return;
        }
        run->cells = cells;
        run->size = size;
    }
    run->cells[run->count] = (struct cell){value, name, -1};
    *(*last < 0 ? &owner->at : &run->cells[*last].next) = run->count;
    *last = run->count++;
}

static bool is_list(const struct run *run, struct value value)
{
    return value.kind == VALUE_LIST ||
           (value.kind == VALUE_NODE && json_type(run->doc, value.at) == JSON_ARRAY);
}

/* The elements of a list are nodes or cells; -1 after the last. */
static int first_element(const struct run *run, struct value list)
{
    return list.kind == VALUE_LIST ? list.at : json_first(run->doc, list.at);
}

static int next_element(const struct run *run, struct value list, int element)
{
    return list.kind == VALUE_LIST ? run->cells[element].next
                                   : json_next(run->doc, list.at, element);
}

static struct value element_value(const struct run *run, struct value list, int element)
{
    return list.kind == VALUE_LIST ? run->cells[element].value : node_value(run, element);
}

static struct value find_member(struct run *run, const char *name, struct value value)
{
    if (value.kind == VALUE_NODE) {
        int node = JSON_NONE;
        if (json_member(run->doc, value.at, name, &node, run->err) != 0) {
            return fail(run, NULL);
        }
        return node_value(run, node);
    }
    for (int i = value.at; value.kind == VALUE_HASH && i >= 0; i = run->cells[i].next) {
        if (strcmp(run->query->names + run->cells[i].name, name) == 0) {
            return run->cells[i].value;
        }
    }
    return null_value;
}

static int count_elements(const struct run *run, struct value list)
{
    int count = 0;
    for (int i = first_element(run, list); i >= 0; i = next_element(run, list, i)) {
        count++;
    }
    return count;
}

/* A negative index counts from the end. */
static struct value find_element(const struct run *run, int index, struct value list)
{
    if (!is_list(run, list)) {
        return null_value;
    }
    index += index < 0 ? count_elements(run, list) : 0;
    int element = index < 0 ? -1 : first_element(run, list);
    while (index-- > 0 && element >= 0) {
        element = next_element(run, list, element);
    }
    return element < 0 ? null_value : element_value(run, list, element);
}

static struct value evaluate(struct run *run, int node, struct value value);

/* The step at node for each element; nulls are left out. */
static struct value project(struct run *run, int node, struct value list)
{
    struct value result = {VALUE_LIST, -1};
    int last = -1;
    if (!is_list(run, list)) {
        return null_value;
    }
    for (int i = first_element(run, list); i >= 0 && !run->failed; i = next_element(run, list, i)) {
        struct value value = evaluate(run, node, element_value(run, list, i));
        if (value.kind != VALUE_NULL) {
            add_cell(run, &result, &last, value, -1);
        }
    }
    return result;
}

/* The list or object of the items from item on. Null has no parts, so it stays null. */
static struct value select_items(struct run *run, enum value_kind kind, int item,
                                 struct value value)
{
    const struct json_query_node *nodes = run->query->nodes;
    struct value result = {kind, -1};
    int last = -1;
    if (value.kind == VALUE_NULL) {
        return value;
    }
    for (; item >= 0 && !run->failed; item = nodes[item].next) {
        struct value part = evaluate(run, nodes[item].left, value);
        add_cell(run, &result, &last, part, nodes[item].value);
    }
    return result;
}

static struct value evaluate(struct run *run, int node, struct value value)
{
    if (node == JSON_QUERY_NONE || run->failed) {
        return value;
    }
    if (++run->work > JSON_QUERY_WORK_MAX) {
        return fail(run, "the query needs too many steps");
    }
    const struct json_query_node *at = &run->query->nodes[node];
    switch (at->kind) {
    case JSON_QUERY_FIELD:
        return find_member(run, run->query->names + at->value, value);
    case JSON_QUERY_INDEX:
        return find_element(run, at->value, value);
    case JSON_QUERY_CHAIN:
        return evaluate(run, at->right, evaluate(run, at->left, value));
    case JSON_QUERY_PROJECT:
        return project(run, at->right, evaluate(run, at->left, value));
    default:
        return select_items(run, at->kind == JSON_QUERY_HASH ? VALUE_HASH : VALUE_LIST, at->left,
                            value);
    }
}

/* A full buffer ends it: a value may be in a result many times. */
static void write_value(const struct run *run, struct json_writer *writer, struct value value)
{
    if (buf_failed(writer->out)) {
        return;
    }
    if (value.kind == VALUE_NULL) {
        json_write_null(writer);
    } else if (value.kind == VALUE_NODE) {
        size_t len = 0;
        const char *text = json_raw(run->doc, value.at, &len);
        json_write_raw(writer, text, len);
    } else {
        bool hash = value.kind == VALUE_HASH;
        (hash ? json_begin_object : json_begin_array)(writer);
        for (int i = value.at; i >= 0; i = run->cells[i].next) {
            if (hash) {
                json_write_key(writer, run->query->names + run->cells[i].name);
            }
            write_value(run, writer, run->cells[i].value);
        }
        (hash ? json_end_object : json_end_array)(writer);
    }
}

int json_query_run(const struct json_query *query, const struct json_doc *doc, struct buf *out,
                   struct err *err)
{
    struct run run = {.query = query, .doc = doc, .err = err};
    struct json_writer writer;
    json_writer_init(&writer, out);
    struct value result = evaluate(&run, query->root, node_value(&run, JSON_ROOT));
    if (!run.failed) {
        write_value(&run, &writer, result);
    }
    free(run.cells);
    return run.failed ? -1 : buf_check(out, err);
}
