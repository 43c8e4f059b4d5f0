/* SPDX-License-Identifier: MIT */
/* Large JSON: the limits on depth and number of values, and time that grows linearly. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* Thousands of times longer than a linear pass; a quadratic one takes minutes. */
enum { MIB = 1 << 20, CPU_MAX_S = 10 };

static void add_times(struct buf *buf, const char *text, int times)
{
    for (int i = 0; i < times; i++) {
        buf_add_str(buf, text);
    }
    assert_false(buf_failed(buf));
}

static void test_depth(void **state)
{
    static const struct {
        const char *name;
        const char *open;
        const char *inner;
        const char *close;
        int depth;
        bool good;
    } rows[] = {
        {"arrays at the limit", "[", "", "]", JSON_DEPTH_MAX, true},
        {"arrays, one too deep", "[", "", "]", JSON_DEPTH_MAX + 1, false},
        {"arrays around a value", "[", "1", "]", JSON_DEPTH_MAX, true},
        {"objects at the limit", "{\"a\":", "1", "}", JSON_DEPTH_MAX, true},
        {"objects, one too deep", "{\"a\":", "1", "}", JSON_DEPTH_MAX + 1, false},
        {"both at the limit", "[{\"a\":", "1", "}]", JSON_DEPTH_MAX / 2, true},
        {"both, one too deep", "[{\"a\":", "1", "}]", JSON_DEPTH_MAX / 2 + 1, false},
        {"half a million deep", "[", "", "]", MIB / 2, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf text;
        struct json_doc doc;
        struct err err = {0};
        buf_init(&text, 2 * MIB);
        add_times(&text, rows[i].open, rows[i].depth);
        add_times(&text, rows[i].inner, 1);
        add_times(&text, rows[i].close, rows[i].depth);
        int result = json_parse(&doc, text.data, text.len, &err);
        row_int(rows[i].name, result, rows[i].good ? 0 : -1);
        json_done(&doc);
        buf_done(&text);
    }
}

/* Only the present depth counts. */
static void test_many_side_by_side(void **state)
{
    struct buf text;
    struct json_doc doc;
    struct err err;
    (void)state;
    buf_init(&text, MIB);
    add_times(&text, "[", 1);
    add_times(&text, "[[]],", 1000);
    add_times(&text, "[]]", 1);
    assert_int_equal(json_parse(&doc, text.data, text.len, &err), 0);
    assert_int_equal(doc.count, 2002);
    json_done(&doc);
    buf_done(&text);
}

static void test_count(void **state)
{
    static const struct {
        const char *name;
        int elements;
        bool good;
    } rows[] = {
        {"at the limit", JSON_NODES_MAX - 1, true},
        {"one too many", JSON_NODES_MAX, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf text;
        struct json_doc doc;
        struct err err = {0};
        buf_init(&text, 2 * MIB);
        add_times(&text, "[1", 1);
        add_times(&text, ",1", rows[i].elements - 1);
        add_times(&text, "]", 1);
        row_int(rows[i].name, json_parse(&doc, text.data, text.len, &err), rows[i].good ? 0 : -1);
        if (!rows[i].good) {
            row_has(rows[i].name, err.text, "200000");
        }
        json_done(&doc);
        buf_done(&text);
    }
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Visits every element of the root, and looks for a missing member in each. */
static int walk(const struct json_doc *doc)
{
    struct err err;
    int count = 0;
    int node = JSON_NONE;
    for (int at = json_first(doc, JSON_ROOT); at != JSON_NONE; at = json_next(doc, JSON_ROOT, at)) {
        assert_int_equal(json_member(doc, at, "zz", &node, &err), 0);
        count++;
    }
    assert_int_equal(json_member(doc, JSON_ROOT, "zz", &node, &err), 0);
    return count;
}

static void test_time_is_linear(void **state)
{
    static const struct {
        const char *name;
        const char *open;
        const char *piece;
        int nodes; /* in a piece */
        const char *last;
        bool good;
        int count; /* of the root's elements */
    } rows[] = {
        {"numbers", "[", "1,", 1, "1]", true, 199001},
        {"empty objects", "[", "{},", 1, "{}]", true, 199001},
        {"tenants", "[", "{\"a\":\"b\",\"c\":null},", 5, "{}]", true, 39801},
        {"members", "{", "\"a\":1,", 2, "\"b\":1}", true, 0},
        {"members with objects", "{", "\"a\":{\"b\":1},", 4, "\"b\":1}", true, 0},
        {"members with lists, root never closed", "{", "\"a\":[[]],", 4, "\"b\":1", false, 0},
        {"deep lists", "[", "[[[[[[[[1,2]]]]]]]],", 11, "[]]", true, 18091},
        {"long keys", "{", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,",
         2, "\"b\":1}", true, 0},
        {"opened and never closed", "[", "[", 1, "", false, 0},
        {"a string never closed", "[\"", "\\u0041", 1, "", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf text;
        struct json_doc doc;
        struct err err;
        buf_init(&text, 16 * MIB);
        add_times(&text, rows[i].open, 1);
        add_times(&text, rows[i].piece, 199000 / rows[i].nodes);
        add_times(&text, rows[i].last, 1);
        double start = cpu_s();
        int result = json_parse(&doc, text.data, text.len, &err);
        row_int(rows[i].name, result, rows[i].good ? 0 : -1);
        if (rows[i].good) {
            row_int(rows[i].name, walk(&doc), rows[i].count);
        }
        row_true(rows[i].name, cpu_s() - start < CPU_MAX_S);
        json_done(&doc);
        buf_done(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_many_side_by_side),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_time_is_linear),
    };
    return cmocka_run_group_tests_name("json_limits", tests, NULL, NULL);
}
