/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/utf8.h"

static void test_strings(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"empty", "", "\"\""},
        {"plain", "dev01", "\"dev01\""},
        {"quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\""},
        {"control characters", "\x01\n\x1f", "\"\\u0001\\u000a\\u001f\""},
        {"slash and DEL stay", "/\x7f", "\"/\x7f\""},
        {"UTF-8 stays", "\xe2\x82\xac", "\"\xe2\x82\xac\""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        struct json_writer writer;
        struct json_doc doc;
        struct err err;
        char back[32];
        buf_init(&out, 1000);
        json_writer_init(&writer, &out);
        json_write_string(&writer, rows[i].text);
        row_text(rows[i].name, buf_str(&out), rows[i].want);
        row_int(rows[i].name, json_parse(&doc, out.data, out.len, &err), 0);
        row_int(rows[i].name, json_string(&doc, JSON_ROOT, back, sizeof(back), &err), 0);
        row_text(rows[i].name, back, rows[i].text);
        json_done(&doc);
        buf_done(&out);
    }
}

/* A document with every kind of value. */
static void write_all(struct json_writer *writer)
{
    json_begin_object(writer);
    json_put_string(writer, "a", "x");
    json_put_int(writer, "b", -7);
    json_put_bool(writer, "c", true);
    json_write_key(writer, "d");
    json_begin_array(writer);
    json_write_null(writer);
    json_write_raw(writer, "1.5", 3);
    json_begin_array(writer);
    json_end_array(writer);
    json_begin_object(writer);
    json_end_object(writer);
    json_end_array(writer);
    json_write_key(writer, "q\"");
    json_begin_object(writer);
    json_put_bool(writer, "e", false);
    json_end_object(writer);
    json_end_object(writer);
}

static void test_layout(void **state)
{
    struct buf out;
    struct json_writer writer;
    (void)state;
    buf_init(&out, 1000);
    json_writer_init(&writer, &out);
    write_all(&writer);
    assert_string_equal(buf_str(&out), "{\"a\":\"x\",\"b\":-7,\"c\":true,\"d\":[null,1.5,[],{}],"
                                       "\"q\\\"\":{\"e\":false}}");
    buf_clear(&out);
    json_writer_init(&writer, &out);
    writer.spaced = true;
    write_all(&writer);
    assert_string_equal(buf_str(&out),
                        "{\"a\": \"x\", \"b\": -7, \"c\": true, \"d\": [null, 1.5, [], {}], "
                        "\"q\\\"\": {\"e\": false}}");
    buf_done(&out);
}

static void test_lines(void **state)
{
    struct buf out;
    struct json_writer writer;
    (void)state;
    buf_init(&out, 1000);
    json_writer_init(&writer, &out);
    writer.spaced = true;
    json_begin_array(&writer);
    json_write_line(&writer, 2);
    json_write_int(&writer, 1);
    json_write_int(&writer, 2);
    json_write_line(&writer, 2);
    json_write_int(&writer, 3);
    json_write_line(&writer, 0);
    json_end_array(&writer);
    assert_string_equal(buf_str(&out), "[\n  1, 2,\n  3\n]");
    buf_done(&out);
}

static void test_full_buffer(void **state)
{
    (void)state;
    for (size_t max = 0; max < 90; max++) {
        struct buf out;
        struct json_writer writer;
        struct err err;
        buf_init(&out, max);
        json_writer_init(&writer, &out);
        write_all(&writer);
        assert_true(buf_check(&out, &err) == 0 ? strlen(buf_str(&out)) == out.len : out.len <= max);
        buf_done(&out);
    }
}

/* Random documents: the same seed generates a document twice, to write it and to compare it with
 * what the parser reads. */

enum { TEXT_SIZE = 32, DEPTH_MAX = 5, DOCUMENTS = 2000 };

static void random_text(char out[TEXT_SIZE])
{
    static const uint32_t codes[] = {1,    '\n', 0x1f,  ' ',   '"',    '\\',    '/',     'a',
                                     0x7f, 0x80, 0x7ff, 0x800, 0xfffd, 0x10000, 0x10ffff};
    size_t len = 0;
    for (int left = rand() % 7; left > 0; left--) {
        len += utf8_encode(codes[(size_t)rand() % ROWS(codes)], out + len);
    }
    out[len] = '\0';
}

/* Writes one value; the same seed makes the same value for compare_value. */
static void write_value(struct json_writer *writer, int depth)
{
    char text[TEXT_SIZE];
    if (rand() % 3 == 0) {
        json_write_line(writer, rand() % 4);
    }
    int kind = rand() % (depth < DEPTH_MAX ? 6 : 4);
    int count = rand() % 4;
    if (kind == 0) {
        json_write_null(writer);
    } else if (kind == 1) {
        json_write_bool(writer, count % 2 == 0);
    } else if (kind == 2) {
        json_write_int(writer, (int64_t)rand() * (count % 2 == 0 ? 1 : -1) * INT32_MAX);
    } else if (kind == 3) {
        random_text(text);
        json_write_string(writer, text);
    } else if (kind == 4) {
        json_begin_array(writer);
        for (int i = 0; i < count; i++) {
            write_value(writer, depth + 1);
        }
        json_end_array(writer);
    } else {
        json_begin_object(writer);
        for (int i = 0; i < count; i++) {
            random_text(text);
            json_write_key(writer, text);
            write_value(writer, depth + 1);
        }
        json_end_object(writer);
    }
}

static void compare_text(const struct json_doc *doc, int node)
{
    char want[TEXT_SIZE];
    char got[TEXT_SIZE];
    struct err err;
    random_text(want);
    assert_int_equal(json_type(doc, node), JSON_STRING);
    assert_int_equal(json_string(doc, node, got, sizeof(got), &err), 0);
    assert_string_equal(got, want);
}

static void compare_value(const struct json_doc *doc, int node, int depth)
{
    static const enum json_type types[] = {JSON_NULL,   JSON_BOOL,  JSON_NUMBER,
                                           JSON_STRING, JSON_ARRAY, JSON_OBJECT};
    char got[TEXT_SIZE];
    char want[TEXT_SIZE];
    struct err err;
    if (rand() % 3 == 0) {
        (void)rand();
    }
    int kind = rand() % (depth < DEPTH_MAX ? 6 : 4);
    int count = rand() % 4;
    assert_int_equal(json_type(doc, node), types[kind]);
    if (kind == 3) {
        compare_text(doc, node);
    } else if (kind == 4) {
        int element = json_first(doc, node);
        for (int i = 0; i < count; i++) {
            assert_int_not_equal(element, JSON_NONE);
            compare_value(doc, element, depth + 1);
            element = json_next(doc, node, element);
        }
        assert_int_equal(element, JSON_NONE);
    } else if (kind == 5) {
        int key = json_first_key(doc, node);
        for (int i = 0; i < count; i++) {
            assert_int_not_equal(key, JSON_NONE);
            compare_text(doc, key);
            compare_value(doc, key + 1, depth + 1);
            key = json_next_key(doc, node, key);
        }
        assert_int_equal(key, JSON_NONE);
    } else {
        if (kind == 2) {
            snprintf(want, sizeof(want), "%lld",
                     (long long)rand() * (count % 2 == 0 ? 1 : -1) * INT32_MAX);
        } else {
            snprintf(want, sizeof(want), "%s", kind == 0 ? "" : count % 2 == 0 ? "true" : "false");
        }
        assert_int_equal(json_scalar(doc, node, got, sizeof(got), &err), 0);
        assert_string_equal(got, want);
    }
}

static void test_parses_back(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < DOCUMENTS; seed++) {
        struct buf out;
        struct json_writer writer;
        struct json_doc doc;
        struct err err;
        buf_init(&out, 1 << 20);
        json_writer_init(&writer, &out);
        writer.spaced = seed % 2 == 0;
        srand(seed);
        write_value(&writer, 0);
        if (json_parse(&doc, buf_str(&out), out.len, &err) != 0) {
            fail_msg("seed %u: %s: %s", seed, err.text, buf_str(&out));
        }
        srand(seed);
        compare_value(&doc, JSON_ROOT, 0);
        json_done(&doc);
        buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),     cmocka_unit_test(test_layout),
        cmocka_unit_test(test_lines),       cmocka_unit_test(test_full_buffer),
        cmocka_unit_test(test_parses_back),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
