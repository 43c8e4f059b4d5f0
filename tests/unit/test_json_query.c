/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/value/json_query.h"

/* The message of the check, or the result. */
static void ask(const char *expression, const char *text, struct buf *out, struct err *err)
{
    buf_init(out, 1 << 20);
    buf_add_str(out, text);
    if (json_query_check(expression, err) == 0 && json_query_run(expression, out, err) == 0) {
        assert_int_equal(err->kind, ERR_NONE);
    }
}

static void test_results(void **state)
{
    static const char text[] =
        "{\"a\":{\"b\":[1,2,{\"c\":3}]},\"l\":[{\"x\":1},{\"x\":null},{\"y\":[4,5]},{\"x\":6}],"
        "\"x y\":\"q\"}";
    static const struct {
        const char *expression;
        const char *result;
    } rows[] = {
        {"a.b[2].c", "3"},
        {"a.b[-1].c", "3"},
        {"a.b[-3]", "1"},
        {"a.b[3]", "null"},
        {"a.b[99999999999999999999]", "null"},
        {"\"x y\"", "\"q\""},
        {"\"x\\u0020y\"", "\"q\""},
        {"missing.b", "null"},
        {"missing.[a]", "null"},
        {"missing.{p: a, q: b}", "null"},
        {"{p: a.b[0], q: missing, p: l}.[q, p[0].x]", "[null,1]"},
        {"missing.{p: a}", "null"},
        {"missing[*]", "null"},
        {"a[*]", "null"},
        {"l[*].x", "[1,6]"},
        {"l[*].y[0]", "[4]"},
        {"l[*].y | [0]", "[4,5]"},
        {"l[*].{x: x}", "[{\"x\":1},{\"x\":null},{\"x\":null},{\"x\":6}]"},
        /* A selection right after [*] ends the projection. */
        {"l[*].{x: x}.x", "null"},
        {"l[*].{x: x}[0]", "{\"x\":1}"},
        {"[a.b[0], missing]", "[1,null]"},
        {"{p: a.b[0], \"q r\": l[0]}", "{\"p\":1,\"q r\":{\"x\":1}}"},
        {"{p: a, p: a.b[1]}.p", "2"},
        {"[a, a] | [1].b[0]", "1"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        struct buf out;
        ask(rows[i].expression, text, &out, &err);
        row_text(rows[i].expression, err.text, "");
        row_text(rows[i].expression, buf_str(&out), rows[i].result);
        buf_done(&out);
    }
}

#define ONLY " is not supported: use names, [N], [*], [A, B], {KEY: A} and |"

static void test_other_constructs(void **state)
{
    static const struct {
        const char *expression;
        const char *message;
    } rows[] = {
        {"length(@)", "function \"length(\" at column 1" ONLY},
        {"a.b[*].{n: length(c)}", "function \"length(\" at column 12" ONLY},
        {"a[]", "flatten operator \"[]\" at column 2" ONLY},
        {"a[?b]", "filter \"[?\" at column 2" ONLY},
        {"a[0:2]", "slice \"[0:\" at column 2" ONLY},
        {"a[:2]", "slice \"[:\" at column 2" ONLY},
        {"[-1:]", "slice \"[-1:\" at column 1" ONLY},
        {"*", "wildcard \"*\" at column 1" ONLY},
        {"a.*", "wildcard \"*\" at column 3" ONLY},
        {"[*, a]", "wildcard \"*\" at column 2" ONLY},
        {"a || b", "or expression \"||\" at column 3" ONLY},
        {"a && b", "and expression \"&&\" at column 3" ONLY},
        {"!a", "not expression \"!\" at column 1" ONLY},
        {"a == b", "comparison \"==\" at column 3" ONLY},
        {"a != b", "comparison \"!=\" at column 3" ONLY},
        {"a <= b", "comparison \"<=\" at column 3" ONLY},
        {"a >= b", "comparison \">=\" at column 3" ONLY},
        {"a < b", "comparison \"<\" at column 3" ONLY},
        {"a > b", "comparison \">\" at column 3" ONLY},
        {"(a)", "parenthesis \"(\" at column 1" ONLY},
        {"a | @", "current node \"@\" at column 5" ONLY},
        {"&a", "reference \"&\" at column 1" ONLY},
        {"`1`", "literal \"`\" at column 1" ONLY},
        {"'x'", "raw string \"'\" at column 1" ONLY},
        /* Columns are those of characters. */
        {"\"\xC3\xA9\".'x'", "raw string \"'\" at column 5" ONLY},
        {"a.", "the expression ends too early, at column 3"},
        {" ", "the expression ends too early, at column 2"},
        {"{a: b", "the expression ends too early, at column 6"},
        {"a b", "unexpected \"b\" at column 3"},
        {"{a: b c: d}", "unexpected \"c\" at column 7"},
        {"a[b]", "unexpected \"b\" at column 3"},
        {"a.[0]", "unexpected \"0\" at column 4"},
        {"a{b: c}", "unexpected \"{\" at column 2"},
        {"a = b", "unexpected \"=\" at column 3"},
        {"a.\xC3\xA9", "unexpected \"\xC3\xA9\" at column 3"},
        {"\"a", "invalid quoted name at column 1"},
        {"a.\"\\q\"", "invalid quoted name at column 3"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        struct buf out;
        ask(rows[i].expression, "{}", &out, &err);
        row_text(rows[i].expression, err.text, rows[i].message);
        row_int(rows[i].expression, err.kind, ERR_USAGE);
        buf_done(&out);
    }
}

/* count times unit, after which the expression ends with tail. */
static void ask_repeated(const char *unit, int count, const char *tail, struct err *err)
{
    struct buf expression;
    struct buf out;
    buf_init(&expression, 1 << 20);
    for (int i = 0; i < count; i++) {
        buf_add_str(&expression, unit);
    }
    buf_add_str(&expression, tail);
    ask(buf_str(&expression), "[[[1]]]", &out, err);
    buf_done(&expression);
    buf_done(&out);
}

static void test_limits(void **state)
{
    static const struct {
        const char *unit;
        int count;
        const char *tail;
        const char *message;
    } rows[] = {
        {"a.", 1023, "a", ""},
        {"a.", 1024, "a", "longer than 2047 bytes"},
        {"[*]", 32, "", ""},
        {"[*]", 33, "", "more than 32 nested parts"},
        {"[", 40, "", "more than 32 nested parts"},
        {" ", 2046, "a", ""},
        {" ", 2047, "a", "longer than 2047 bytes"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        ask_repeated(rows[i].unit, rows[i].count, rows[i].tail, &err);
        row_text(rows[i].unit, err.text, rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_other_constructs),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("json_query", tests, NULL, NULL);
}
