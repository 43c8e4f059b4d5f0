/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/value/json_format.h"

#define TEXT_32 "k1234567k1234567k1234567k1234567"
#define TEXT_128 TEXT_32 TEXT_32 TEXT_32 TEXT_32

static void test_formats(void **state)
{
    static const struct {
        enum json_format format;
        const char *text;
        const char *output; /* or the message */
    } rows[] = {
        {JSON_FORMAT_JSON, " {\"a\":[1,\n{}],\"b\":null}", "{\"a\": [1, {}], \"b\": null}\n"},
        {JSON_FORMAT_STRING, "\"a\\n\\u00e9\"", "a\n\xC3\xA9\n"},
        {JSON_FORMAT_STRING, "null", "\n"},
        {JSON_FORMAT_STRING, "[1,\"x\"]", "[1, \"x\"]\n"},
        {JSON_FORMAT_ENV, "{\"A\":\"x y=$z\",\"B_1\":1.50,\"C\":true,\"D\":null}",
         "A=x y=$z\nB_1=1.50\nC=true\nD=\n"},
        {JSON_FORMAT_ENV, "[]", "env: not an object"},
        {JSON_FORMAT_ENV, "{\"A\":[]}", "env: \"A\" is a list or an object"},
        {JSON_FORMAT_ENV, "{\"A\":\"x\\ny\"}", "env: \"A\" has a control character in its value"},
        {JSON_FORMAT_ENV, "{\"A=\":\"x\"}", "env: \"A=\" is not a variable's name"},
        {JSON_FORMAT_ENV, "{\"1A\":\"x\"}", "env: \"1A\" is not a variable's name"},
        {JSON_FORMAT_ENV, "{\"\":\"x\"}", "env: \"\" is not a variable's name"},
        {JSON_FORMAT_CSV, "[{\"a\":1,\"b\":\"x,\\\"y\"},{\"b\":[1,2],\"a\":null}]",
         "a,b\r\n1,\"x,\"\"y\"\r\n,\"[1, 2]\"\r\n"},
        {JSON_FORMAT_CSV, "{\"a\":\"\"}", "a\r\n\"\"\r\n"},
        {JSON_FORMAT_CSV, "[{\"a\":1,\"b\":2},{\"a\":3}]", "a,b\r\n1,2\r\n3,\r\n"},
        {JSON_FORMAT_CSV, "[]", ""},
        {JSON_FORMAT_CSV, "[{\"a\":1},{\"b\":2}]",
         "csv: a row has a member that the first row does not have"},
        {JSON_FORMAT_CSV, "[{\"a\":1},2]", "csv: neither an object nor a list of objects"},
        {JSON_FORMAT_CSV, "1", "csv: neither an object nor a list of objects"},
        {JSON_FORMAT_YAML, "{\"a\":[1,{\"b\":[[],{}]}],\"c\":{\"d\":\"yes\"},\"e\":\"it's: x\"}",
         "a:\n- 1\n- b:\n  - []\n  - {}\nc:\n  d: 'yes'\ne: 'it''s: x'\n"},
        {JSON_FORMAT_YAML, "[[1,2],\"1\",\"x\\n\\u00e9\",1e5,null]",
         "- - 1\n  - 2\n- '1'\n- \"x\\n\\u00E9\"\n- 1.0e+5\n- null\n"},
        {JSON_FORMAT_YAML, "[\"y\",\"N\",\"on\",\"a \",\"a:\",\"a #\",\"y2\"]",
         "- 'y'\n- 'N'\n- 'on'\n- 'a '\n- 'a:'\n- 'a #'\n- y2\n"},
        {JSON_FORMAT_YAML, "{\"" TEXT_128 "\":1}", TEXT_128 ": 1\n"},
        {JSON_FORMAT_YAML, "{\"" TEXT_128 "k\":1}", "? " TEXT_128 "k\n: 1\n"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        struct buf out;
        buf_init(&out, 1000);
        buf_add_str(&out, rows[i].text);
        int result = json_format_text(&out, rows[i].format, &err);
        row_int(rows[i].text, err.kind, result == 0 ? ERR_NONE : ERR_REJECTED);
        row_text(rows[i].text, result == 0 ? buf_str(&out) : err.text, rows[i].output);
        buf_done(&out);
    }
}

/* Outputs that are longer than the buffer may be, which has room for the JSON text. */
static void test_full_buffer(void **state)
{
    static const char text[] = "[{\"a\":[1,2,3]}]";
    (void)state;
    for (int format = 0; format < JSON_FORMAT_COUNT; format++) {
        struct err err = {0};
        struct buf out;
        buf_init(&out, sizeof(text) - 1);
        buf_add_str(&out, text);
        row_int(json_format_names[format], json_format_text(&out, (enum json_format)format, &err),
                -1);
        row_int(json_format_names[format], err.kind,
                format == JSON_FORMAT_ENV ? ERR_REJECTED : ERR_INTERNAL);
        buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests_name("json_format", tests, NULL, NULL);
}
