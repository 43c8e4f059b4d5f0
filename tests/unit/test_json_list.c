/* SPDX-License-Identifier: MIT */
/* Long arrays, read one element at a time: they yield what a document with the whole array has. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_list.h"

/* Reads a list to its end or its error. The elements, as scalars, are joined with a comma; "*" for
 * an array or an object. */
static int read_all(const char *text, size_t len, char *out, size_t size, struct err *err)
{
    char *copy = malloc(len > 0 ? len : 1); /* exactly so long: ASan sees a read past the end */
    struct json_doc doc;
    int result = 0;
    assert_non_null(copy);
    memcpy(copy, text, len);
    struct json_list list = {.text = copy, .len = len};
    out[0] = '\0';
    bool more = true;
    while (result == 0 && more) {
        char value[32];
        struct err ignored;
        result = json_list_next(&list, &doc, err);
        more = doc.count > 0;
        if (result == 0 && more) {
            int failed = json_scalar(&doc, JSON_ROOT, value, sizeof(value), &ignored);
            strncat(out, list.count > 1 ? "," : "", size - strlen(out) - 1);
            strncat(out, failed ? "*" : value, size - strlen(out) - 1);
        }
        json_done(&doc);
    }
    free(copy);
    return result;
}

static const struct {
    const char *text;
    const char *want; /* NULL: not an array */
    const char *why;
} rows[] = {
    {"[]", "", NULL},
    {" [ ] \n", "", NULL},
    {"[1]", "1", NULL},
    {" [ 1 , \"a\" ,\ttrue, [2,3], {\"b\":[4]} , null] ", "1,a,true,*,*,", NULL},
    {"[\"]\",\"[,\"]", "],[,", NULL},
    {"[[],[[]],{}]", "*,*,*", NULL},
    {"", NULL, "invalid JSON at byte 1"},
    {"  ", NULL, "invalid JSON at byte 3"},
    {"{}", NULL, "invalid JSON at byte 1"},
    {"1", NULL, "invalid JSON at byte 1"},
    {"[", NULL, "element 1: the JSON ends too early"},
    {"[,1]", NULL, "element 1: invalid JSON at byte 1"},
    {"[1,]", NULL, "element 2: invalid JSON at byte 1"},
    {"[1,,2]", NULL, "element 2: invalid JSON"},
    {"[1 2]", NULL, "invalid JSON at byte 4"},
    {"[1", NULL, "invalid JSON at byte 3"},
    {"[1,", NULL, "element 2: the JSON ends too early"},
    {"[1}", NULL, "invalid JSON at byte 3"},
    {"[[1}]", NULL, "element 1: invalid JSON at byte 3"},
    {"[1]]", NULL, "invalid JSON at byte 4"},
    {"[1] 2", NULL, "invalid JSON at byte 5"},
    {"[1],", NULL, "invalid JSON at byte 4"},
    {"[\"a]", NULL, "element 1: invalid JSON"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char out[128];
        struct err err = {0};
        int result = read_all(rows[i].text, strlen(rows[i].text), out, sizeof(out), &err);
        row_int(rows[i].text, result, rows[i].want != NULL ? 0 : -1);
        if (rows[i].want != NULL) {
            row_text(rows[i].text, out, rows[i].want);
        } else {
            row_int(rows[i].text, err.kind, ERR_UNAVAILABLE);
            row_has(rows[i].text, err.text, rows[i].why);
        }
    }
}

/* Every text that can be cut from the rows is an array for both readers, or for neither. */
static void test_it_agrees_with_the_whole_document(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        for (size_t len = 0; len <= strlen(rows[i].text); len++) {
            char out[128];
            struct json_doc doc;
            struct err err = {0};
            bool array = json_parse(&doc, rows[i].text, len, &err) == 0 &&
                         json_type(&doc, JSON_ROOT) == JSON_ARRAY;
            json_done(&doc);
            int result = read_all(rows[i].text, len, out, sizeof(out), &err);
            row_int(rows[i].text, result, array ? 0 : -1);
        }
    }
}

/* The limit on values is one of an element. */
static void test_more_values_than_a_document_may_have(void **state)
{
    struct buf text;
    struct json_doc doc;
    struct err err = {0};
    (void)state;
    buf_init(&text, 16 << 20);
    buf_add_str(&text, "[[0]");
    for (int i = 0; i < JSON_NODES_MAX; i++) {
        buf_add_str(&text, ",[1,2]");
    }
    buf_add_str(&text, "]");
    struct json_list list = {.text = text.data, .len = text.len};
    do {
        assert_int_equal(json_list_next(&list, &doc, &err), 0);
        assert_true(doc.count <= 3);
        json_done(&doc);
    } while (list.at < list.len);
    assert_int_equal(list.count, JSON_NODES_MAX + 1);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_it_agrees_with_the_whole_document),
        cmocka_unit_test(test_more_values_than_a_document_may_have),
    };
    return cmocka_run_group_tests_name("json_list", tests, NULL, NULL);
}
