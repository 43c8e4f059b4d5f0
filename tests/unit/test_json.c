/* SPDX-License-Identifier: MIT */
/* Which documents are JSON: a table, most of it hostile. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"

/* A document and its length, since some contain a NUL. */
#define DOC(text) (text), sizeof(text) - 1

struct row {
    const char *name;
    const char *text;
    size_t len;
    int nodes; /* -1: not JSON */
};

static const struct row rows[] = {
    {"empty object", DOC("{}"), 1},
    {"empty array", DOC("[]"), 1},
    {"blanks around it", DOC(" \t\r\n{ \"a\" : 1 , \"b\" : [ ] } \n"), 5},
    {"bare string", DOC("\"a\""), 1},
    {"bare number", DOC("1"), 1},
    {"bare true", DOC("true"), 1},
    {"bare false", DOC("false"), 1},
    {"bare null", DOC("null"), 1},
    {"every escape", DOC("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\""), 1},
    {"surrogate pair", DOC("\"\\ud83d\\udd11\""), 1},
    {"surrogate pair, upper case", DOC("\"\\uD83D\\uDD11\""), 1},
    {"UTF-8, all widths", DOC("\"\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91\""), 1},
    {"same key twice is grammatical", DOC("{\"a\":1,\"a\":2}"), 5},
    {"empty key", DOC("{\"\":1}"), 3},
    {"numbers", DOC("[0,-0,-1,10,1.5,-0.0,1e3,1E+3,1e-3,0e0,0.5e05]"), 12},

    {"nothing", DOC(""), -1},
    {"blanks only", DOC(" \n\t"), -1},
    {"byte order mark", DOC("\xef\xbb\xbf{}"), -1},
    {"HTML", DOC("<!DOCTYPE html><html></html>"), -1},
    {"two documents", DOC("{}{}"), -1},
    {"two documents with a blank", DOC("{} {}"), -1},
    {"two numbers", DOC("1 2"), -1},
    {"two numbers with a comma", DOC("1,2"), -1},
    {"two documents with a comma", DOC("{},{}"), -1},
    {"member without an object", DOC("\"a\":1"), -1},
    {"text after it", DOC("{}x"), -1},
    {"comma after it", DOC("{},"), -1},
    {"word nan", DOC("[nan]"), -1},
    {"word NaN", DOC("NaN"), -1},
    {"word Infinity", DOC("[-Infinity]"), -1},
    {"word undefined", DOC("{\"a\":undefined}"), -1},
    {"word True", DOC("True"), -1},
    {"word cut", DOC("tru"), -1},
    {"word too long", DOC("nulls"), -1},
    {"word without quotes as key", DOC("{a:1}"), -1},
    {"single quotes", DOC("{'a':1}"), -1},
    {"leading zero", DOC("[01]"), -1},
    {"leading zero, negative", DOC("-01"), -1},
    {"plus sign", DOC("[+1]"), -1},
    {"minus alone", DOC("-"), -1},
    {"two minus signs", DOC("--1"), -1},
    {"no digit before the point", DOC("[.5]"), -1},
    {"no digit after the point", DOC("[1.]"), -1},
    {"no digit in the exponent", DOC("1e"), -1},
    {"no digit after the sign of the exponent", DOC("[1e+]"), -1},
    {"two points", DOC("1.2.3"), -1},
    {"hexadecimal", DOC("0x10"), -1},
    {"number with letters", DOC("[1a]"), -1},
    {"key without value", DOC("{\"a\"}"), -1},
    {"key and colon", DOC("{\"a\":}"), -1},
    {"two colons", DOC("{\"a\"::\"b\"}"), -1},
    {"comma instead of a colon", DOC("{\"a\",\"b\"}"), -1},
    {"colon in array", DOC("[\"a\":1]"), -1},
    {"comma at the end of an object", DOC("{\"a\":1,}"), -1},
    {"comma at the end of an array", DOC("[1,]"), -1},
    {"comma at the start", DOC("[,1]"), -1},
    {"comma at the start of an object", DOC("{,\"a\":1}"), -1},
    {"two commas", DOC("[1,,2]"), -1},
    {"comma alone", DOC("[,]"), -1},
    {"no comma", DOC("[1 2]"), -1},
    {"no comma between members", DOC("{\"a\":1 \"b\":2}"), -1},
    {"no comma after an object", DOC("[{}{}]"), -1},
    {"number as key", DOC("{1:2}"), -1},
    {"object as key", DOC("{{}:2}"), -1},
    {"null as key", DOC("{null:2}"), -1},
    {"two values for one key", DOC("{\"a\":1:2}"), -1},
    {"wrong bracket for an array", DOC("[1}"), -1},
    {"wrong bracket for an object", DOC("{\"a\":1]"), -1},
    {"crossed brackets", DOC("[{]}"), -1},
    {"closed twice", DOC("[]]"), -1},
    {"closed before open", DOC("]["), -1},
    {"closing alone", DOC("}"), -1},
    {"open array", DOC("[1"), -1},
    {"open object", DOC("{\"a\":1"), -1},
    {"open string", DOC("\"abc"), -1},
    {"open string, escaped quote", DOC("\"abc\\\""), -1},
    {"comment", DOC("{} // end"), -1},
    {"comment inside", DOC("[/* */]"), -1},
    {"newline in a string", DOC("\"a\nb\""), -1},
    {"tab in a string", DOC("\"a\tb\""), -1},
    {"0x1f in a string",
     DOC("\"a\x1f"
         "b\""),
     -1},
    {"newline in a key", DOC("{\"a\n\":1}"), -1},
    {"vertical tab as blank", DOC("[\v1]"), -1},
    {"form feed as blank", DOC("[1\f]"), -1},
    {"no-break space as blank",
     DOC("[\xc2\xa0"
         "1]"),
     -1},
    {"unknown escape", DOC("\"\\x41\""), -1},
    {"escaped single quote", DOC("\"\\'\""), -1},
    {"escaped newline", DOC("\"\\\n\""), -1},
    {"escape at the end", DOC("\"\\"), -1},
    {"\\u with 3 digits", DOC("\"\\u12g4\""), -1},
    {"\\u at the end", DOC("\"\\u12\""), -1},
    {"\\U", DOC("\"\\U0041\""), -1},
    {"\\u0000", DOC("\"\\u0000\""), -1},
    {"\\u0000 in a key", DOC("{\"a\\u0000b\":1}"), -1},
    {"high surrogate alone", DOC("\"\\ud83d\""), -1},
    {"high surrogate, then text", DOC("\"\\ud83dabcdef\""), -1},
    {"high surrogate, then another escape", DOC("\"\\ud83d\\n12345\""), -1},
    {"high surrogate twice", DOC("\"\\ud83d\\ud83d\""), -1},
    {"high surrogate, then a character", DOC("\"\\ud83d\\u0041\""), -1},
    {"low surrogate alone", DOC("\"\\udd11\""), -1},
    {"surrogates in the wrong order", DOC("\"\\udd11\\ud83d\""), -1},
    {"surrogate as UTF-8", DOC("\"\xed\xa0\xbd\xed\xb4\x91\""), -1},
    {"byte FF", DOC("\"\xff\""), -1},
    {"overlong slash", DOC("\"\xc0\xaf\""), -1},
    {"overlong NUL", DOC("\"\xc0\x80\""), -1},
    {"beyond U+10FFFF", DOC("\"\xf4\x90\x80\x80\""), -1},
    {"character cut by the quote", DOC("\"\xe2\x82\""), -1},
    {"Latin-1", DOC("{\"a\":\"\xe9\"}"), -1},
    {"UTF-16", DOC("[\0001\000]\000"), -1},
    {"NUL before it", DOC("\0{}"), -1},
    {"NUL after it", DOC("{}\0"), -1},
    {"NUL in a string", DOC("\"a\0b\""), -1},
    {"NUL in a key", DOC("{\"a\0\":1}"), -1},
    {"NUL between values", DOC("[1,\0002]"), -1},
    {"NUL, then another document", DOC("{\"a\":1}\0{\"a\":2}"), -1},
    {"NUL after a backslash", DOC("\"\\\0\""), -1},
    {"NUL in \\u", DOC("\"\\u00\0000\""), -1},
};

static void test_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        size_t nodes = 0;
        struct err err = {0};
        bool good = rows[i].nodes >= 0;
        row_int(rows[i].name, json_check(rows[i].text, rows[i].len, &nodes, &err), good ? 0 : -1);
        row_int(rows[i].name, err.kind, good ? ERR_NONE : ERR_UNAVAILABLE);
        if (good) {
            row_int(rows[i].name, (int64_t)nodes, rows[i].nodes);
        }
    }
}

/* The tokenizer counts the same nodes as the checker, and never sees what the checker rejects. */
static void test_parse_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_doc doc;
        struct err err = {0};
        bool good = rows[i].nodes >= 0;
        row_int(rows[i].name, json_parse(&doc, rows[i].text, rows[i].len, &err), good ? 0 : -1);
        row_int(rows[i].name, doc.count, good ? rows[i].nodes : 0);
        json_done(&doc);
    }
    json_done(NULL);
}

static void test_error_names_the_byte(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *part;
    } places[] = {
        {"first byte", "<html>", "byte 1 "},
        {"after blanks", "  x", "byte 3 "},
        {"second element", "[1,x]", "byte 4 "},
        {"ends too early", "[1,", "byte 3"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(places); i++) {
        size_t nodes = 0;
        struct err err = {0};
        row_int(places[i].name, json_check(places[i].text, strlen(places[i].text), &nodes, &err),
                -1);
        char padded[sizeof(err.text) + 1];
        snprintf(padded, sizeof(padded), "%s ", err.text);
        row_has(places[i].name, padded, places[i].part);
    }
}

static const char whole[] =
    "{\"AccessKeyId\":\"ASIA\\u0041\",\"n\":-12.5e+3,\"t\":true,\"x\":null,"
    "\"list\":[1,[2,{\"k\":\"\\ud83d\\udd11 \xe2\x82\xac\"}],\"\\\\\"],\"o\":{}}";

/* In memory of exactly its size, so that the sanitizer sees a read past the end. */
static void test_truncated_at_every_byte(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(whole); len++) {
        char *text = malloc(len > 0 ? len : 1);
        struct json_doc doc;
        struct err err;
        assert_non_null(text);
        memcpy(text, whole, len);
        int result = json_parse(&doc, text, len, &err);
        row_int(err.text, result, len == sizeof(whole) - 1 ? 0 : -1);
        json_done(&doc);
        free(text);
    }
}

/* With any byte changed: a result or an error, no crash, and the tokenizer agrees with the checker.
 */
static void test_every_byte_replaced(void **state)
{
    static const char others[] = "\"\\{}[],:0-1eEtfn \n\x7f\x80\xc2\xe2\xed\xf0\xff";
    (void)state;
    for (size_t at = 0; at < sizeof(whole) - 1; at++) {
        for (size_t i = 0; i < sizeof(others); i++) { /* the NUL too */
            char text[sizeof(whole)];
            struct json_doc doc;
            struct err err = {0};
            char out[64];
            bool found = false;
            memcpy(text, whole, sizeof(whole));
            text[at] = others[i];
            int result = json_parse(&doc, text, sizeof(whole) - 1, &err);
            row_true(err.text, result == 0 || err.kind == ERR_UNAVAILABLE);
            if (result == 0) {
                result =
                    json_get_string(&doc, JSON_ROOT, "AccessKeyId", out, sizeof(out), &found, &err);
                row_true(text, result == 0 || err.kind == ERR_UNAVAILABLE);
            }
            json_done(&doc);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_parse_agrees),
        cmocka_unit_test(test_error_names_the_byte),
        cmocka_unit_test(test_truncated_at_every_byte),
        cmocka_unit_test(test_every_byte_replaced),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
