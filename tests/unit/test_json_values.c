/* SPDX-License-Identifier: MIT */
/* Reading values from JSON. */
#include "rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

static void parse(struct json_doc *doc, const char *text)
{
    struct err err = {0};
    row_int(text, json_parse(doc, text, strlen(text), &err), 0);
}

static void test_types(void **state)
{
    static const struct {
        const char *text;
        enum json_type type;
    } rows[] = {
        {"null", JSON_NULL}, {"true", JSON_BOOL},    {"false", JSON_BOOL},  {"0", JSON_NUMBER},
        {"-1", JSON_NUMBER}, {"\"n\"", JSON_STRING}, {"\"\"", JSON_STRING}, {"[]", JSON_ARRAY},
        {"{}", JSON_OBJECT}, {" \n1", JSON_NUMBER},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_doc doc;
        parse(&doc, rows[i].text);
        row_int(rows[i].text, json_type(&doc, JSON_ROOT), rows[i].type);
        json_done(&doc);
    }
}

static void test_strings(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        size_t size;
        const char *want; /* NULL: an error */
    } rows[] = {
        {"empty", "\"\"", 1, ""},
        {"plain", "\"abc\"", 64, "abc"},
        {"fits exactly", "\"abc\"", 4, "abc"},
        {"one too long", "\"abcd\"", 4, NULL},
        {"no room", "\"a\"", 1, NULL},
        {"escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 64, "\"\\/\b\f\n\r\t"},
        {"U+0041", "\"\\u0041\"", 64, "A"},
        {"U+007F and U+0080", "\"\\u007f\\u0080\"", 64, "\x7f\xc2\x80"},
        {"U+07FF and U+0800", "\"\\u07ff\\u0800\"", 64, "\xdf\xbf\xe0\xa0\x80"},
        {"U+FFFF", "\"\\uFFFF\"", 64, "\xef\xbf\xbf"},
        {"U+10000", "\"\\ud800\\udc00\"", 64, "\xf0\x90\x80\x80"},
        {"U+10FFFF", "\"\\uDBFF\\uDFFF\"", 64, "\xf4\x8f\xbf\xbf"},
        {"U+1F511 and more", "\"\\ud83d\\udd11!\"", 64, "\xf0\x9f\x94\x91!"},
        {"an escape is not split", "\"ab\\u00e9\"", 4, NULL},
        {"an escape that fits", "\"ab\\u00e9\"", 5, "ab\xc3\xa9"},
        {"UTF-8 is copied", "\"\xe2\x82\xac\"", 64, "\xe2\x82\xac"},
        {"not a string", "12", 64, NULL},
        {"null", "null", 64, NULL},
        {"list", "[\"a\"]", 64, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_doc doc;
        struct err err = {0};
        char out[64] = "before";
        parse(&doc, rows[i].text);
        int result = json_string(&doc, JSON_ROOT, out, rows[i].size, &err);
        row_int(rows[i].name, result, rows[i].want != NULL ? 0 : -1);
        row_text(rows[i].name, out, rows[i].want != NULL ? rows[i].want : "");
        row_int(rows[i].name, err.kind, rows[i].want != NULL ? ERR_NONE : ERR_UNAVAILABLE);
        json_done(&doc);
    }
}

enum response { FOUND, ABSENT, FAILS };

static void test_get_string(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        enum response response;
        const char *want;
    } rows[] = {
        {"only member", "{\"k\":\"v\"}", FOUND, "v"},
        {"last member", "{\"a\":[1,{\"k\":\"no\"}],\"b\":{\"k\":\"no\"},\"k\":\"v\"}", FOUND, "v"},
        {"value that looks like the key", "{\"a\":\"k\",\"k\":\"v\"}", FOUND, "v"},
        {"key written with an escape", "{\"\\u006b\":\"v\"}", FOUND, "v"},
        {"missing", "{\"a\":\"v\"}", ABSENT, ""},
        {"null", "{\"k\":null}", ABSENT, ""},
        {"empty object", "{}", ABSENT, ""},
        {"other case", "{\"K\":\"v\"}", ABSENT, ""},
        {"longer key", "{\"kk\":\"v\"}", ABSENT, ""},
        {"empty key", "{\"\":\"v\"}", ABSENT, ""},
        {"only deeper", "{\"a\":{\"k\":\"v\"}}", ABSENT, ""},
        {"a list", "[\"k\",\"v\"]", ABSENT, ""},
        {"a string", "\"k\"", ABSENT, ""},
        {"number", "{\"k\":1}", FAILS, ""},
        {"object", "{\"k\":{}}", FAILS, ""},
        {"too long", "{\"k\":\"0123456789abcdef\"}", FAILS, ""},
        {"twice", "{\"k\":\"v\",\"k\":\"w\"}", FAILS, ""},
        {"twice the same", "{\"k\":\"v\",\"k\":\"v\"}", FAILS, ""},
        {"twice, first null", "{\"k\":null,\"k\":\"v\"}", FAILS, ""},
        {"twice, second null", "{\"k\":\"v\",\"a\":{},\"k\":null}", FAILS, ""},
        {"twice, once with an escape", "{\"k\":\"v\",\"\\u006B\":\"w\"}", FAILS, ""},
        {"another key twice", "{\"a\":1,\"k\":\"v\",\"a\":2}", FOUND, "v"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_doc doc;
        struct err err = {0};
        char out[16] = "before";
        bool found = true;
        parse(&doc, rows[i].text);
        int result = json_get_string(&doc, JSON_ROOT, "k", out, sizeof(out), &found, &err);
        row_int(rows[i].name, result, rows[i].response == FAILS ? -1 : 0);
        row_int(rows[i].name, found, rows[i].response == FOUND);
        row_text(rows[i].name, out, rows[i].want);
        if (rows[i].response == FAILS) {
            row_has(rows[i].name, err.text, "\"k\"");
        }
        json_done(&doc);
    }
}

static void test_get_int(void **state)
{
    static const struct {
        const char *text;
        enum response response;
        int64_t want;
    } rows[] = {
        {"{\"k\":3600}", FOUND, 3600},
        {"{\"k\":-1}", FOUND, -1},
        {"{\"k\":-0}", FOUND, 0},
        {"{\"k\":9223372036854775807}", FOUND, INT64_MAX},
        {"{\"k\":9223372036854775808}", FAILS, 0},
        {"{\"k\":-9223372036854775807}", FOUND, -INT64_MAX},
        {"{\"k\":99999999999999999999999999999999999999999}", FAILS, 0},
        {"{\"k\":1.0}", FAILS, 0},
        {"{\"k\":1e3}", FAILS, 0},
        {"{\"k\":\"3600\"}", FAILS, 0},
        {"{\"k\":true}", FAILS, 0},
        {"{\"k\":null}", ABSENT, 0},
        {"{}", ABSENT, 0},
        {"{\"k\":1,\"k\":1}", FAILS, 0},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_doc doc;
        struct err err;
        int64_t value = 0;
        bool found = true;
        parse(&doc, rows[i].text);
        row_int(rows[i].text, json_get_int(&doc, JSON_ROOT, "k", &value, &found, &err),
                rows[i].response == FAILS ? -1 : 0);
        row_int(rows[i].text, found, rows[i].response == FOUND);
        row_int(rows[i].text, value, rows[i].want);
        json_done(&doc);
    }
}

static void test_get_bool(void **state)
{
    static const struct {
        const char *text;
        bool before;
        int result;
        bool want;
    } rows[] = {
        {"{\"k\":true}", false, 0, true}, {"{\"k\":false}", true, 0, false},
        {"{\"k\":null}", true, 0, true},  {"{}", true, 0, true},
        {"{}", false, 0, false},          {"{\"k\":\"true\"}", false, -1, false},
        {"{\"k\":1}", false, -1, false},  {"{\"k\":true,\"k\":true}", false, -1, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_doc doc;
        struct err err;
        bool value = rows[i].before;
        parse(&doc, rows[i].text);
        row_int(rows[i].text, json_get_bool(&doc, JSON_ROOT, "k", &value, &err), rows[i].result);
        row_int(rows[i].text, value, rows[i].want);
        json_done(&doc);
    }
}

static void test_lists(void **state)
{
    static const struct {
        const char *text;
        const char *firsts; /* the first character of each element */
    } rows[] = {
        {"[]", ""},
        {"[1]", "1"},
        {"[1,2,3]", "123"},
        {"[[1,2],3,{\"a\":4},[],{},5]", "[3{[{5"},
        {"[{\"a\":[{\"b\":[]}]},{\"a\":1}]", "{{"},
        {"{\"a\":1}", ""},
        {"1", ""},
        {"\"[1]\"", ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_doc doc;
        char seen[16] = "";
        size_t count = 0;
        parse(&doc, rows[i].text);
        for (int at = json_first(&doc, JSON_ROOT); at != JSON_NONE;
             at = json_next(&doc, JSON_ROOT, at)) {
            static const char firsts[] = {[JSON_ARRAY] = '[', [JSON_OBJECT] = '{'};
            enum json_type type = json_type(&doc, at);
            row_true(rows[i].text, count + 1 < sizeof(seen));
            seen[count] = type == JSON_NUMBER ? '#' : firsts[type];
            count++;
        }
        row_int(rows[i].text, (int64_t)count, (int64_t)strlen(rows[i].firsts));
        for (size_t j = 0; j < count; j++) {
            bool number = rows[i].firsts[j] >= '0' && rows[i].firsts[j] <= '9';
            row_int(rows[i].text, seen[j], number ? '#' : rows[i].firsts[j]);
        }
        json_done(&doc);
    }
}

/* json_next stops at the end of the inner list. */
static void test_inner_list(void **state)
{
    struct json_doc doc;
    (void)state;
    parse(&doc, "[[1,2],[],[3],4]");
    int inner = json_first(&doc, JSON_ROOT);
    int element = json_next(&doc, inner, json_first(&doc, inner));
    assert_true(element != JSON_NONE);
    assert_int_equal(json_next(&doc, inner, element), JSON_NONE);
    inner = json_next(&doc, JSON_ROOT, inner);
    assert_int_equal(json_first(&doc, inner), JSON_NONE);
    inner = json_next(&doc, JSON_ROOT, inner);
    assert_int_equal(json_next(&doc, inner, json_first(&doc, inner)), JSON_NONE);
    assert_int_equal(json_first(&doc, JSON_NONE), JSON_NONE);
    json_done(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),      cmocka_unit_test(test_strings),
        cmocka_unit_test(test_get_string), cmocka_unit_test(test_get_int),
        cmocka_unit_test(test_get_bool),   cmocka_unit_test(test_lists),
        cmocka_unit_test(test_inner_list),
    };
    return cmocka_run_group_tests_name("json_values", tests, NULL, NULL);
}
