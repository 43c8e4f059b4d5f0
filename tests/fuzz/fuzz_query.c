/* SPDX-License-Identifier: MIT */
/* Queries: the first line is an expression, the rest a document. An expression that passes the
 * check is no usage error later, and the other way round; the result is JSON, the same each time;
 * and "EXPRESSION | a" is the query "a" on the result. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/value/json_query.h"

enum { EXPRESSION_SIZE = 1024 };

static int run(const char *expression, const char *text, size_t len, struct buf *json)
{
    struct err err = {0};
    struct err check_err = {0};
    buf_init(json, 1 << 20);
    buf_add(json, text, len);
    int checked = json_query_check(expression, &check_err);
    int result = json_query_run(expression, json, &err);
    FUZZ_CHECK(checked == 0 || result != 0);
    FUZZ_CHECK(result == 0 || err.kind != ERR_USAGE || checked != 0);
    if (result != 0 && err.kind != ERR_INTERNAL) { /* the result is too long */
        fuzz_check_err(&err);
    }
    return result;
}

static void check_pipe(const char *expression, const char *text, size_t len,
                       const struct buf *result)
{
    char piped[EXPRESSION_SIZE + 8];
    struct buf whole;
    struct buf member;
    snprintf(piped, sizeof(piped), "%s | a", expression);
    int at_once = run(piped, text, len, &whole);
    int in_steps = run("a", buf_str(result), result->len, &member);
    if (at_once == 0 && in_steps == 0) {
        FUZZ_CHECK(fuzz_same(&whole, &member));
    }
    buf_done(&whole);
    buf_done(&member);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    char expression[EXPRESSION_SIZE];
    struct buf once;
    struct buf twice;
    fuzz_line(&input, expression, sizeof(expression));
    char *text = fuzz_copy(input.at, input.len);
    if (run(expression, text, input.len, &once) == 0) {
        struct err err = {0};
        size_t nodes = 0;
        FUZZ_CHECK(json_check(buf_str(&once), once.len, &nodes, &err) == 0);
        FUZZ_CHECK(run(expression, text, input.len, &twice) == 0 && fuzz_same(&once, &twice));
        check_pipe(expression, text, input.len, &once);
        buf_done(&twice);
    }
    buf_done(&once);
    free(text);
    return 0;
}
