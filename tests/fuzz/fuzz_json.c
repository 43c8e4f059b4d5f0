/* SPDX-License-Identifier: MIT */
/* JSON: a text that is accepted is written as JSON that is accepted and is written the same again;
 * with a letter after it, it is rejected; a list read element by element has as many elements. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_list.h"
#include "base/value/json_format.h"

static void write(const char *text, size_t len, struct buf *out)
{
    struct err err = {0};
    buf_init(out, 1 << 24);
    buf_add(out, text, len);
    FUZZ_CHECK(json_format_text(out, JSON_FORMAT_JSON, &err) == 0);
}

static void check_rejected(const char *text, size_t len)
{
    struct err err = {0};
    size_t nodes = 0;
    char *longer = malloc(len + 1);
    FUZZ_CHECK(longer != NULL);
    memcpy(longer, text, len);
    longer[len] = 'x';
    FUZZ_CHECK(json_check(longer, len + 1, &nodes, &err) != 0);
    fuzz_check_err(&err);
    free(longer);
}

static void check_list(const struct json_doc *doc, const char *text, size_t len)
{
    struct json_list list = {.text = text, .len = len};
    struct json_doc element = {0};
    struct err err = {0};
    for (int node = json_first(doc, JSON_ROOT); node != JSON_NONE;
         node = json_next(doc, JSON_ROOT, node)) {
        FUZZ_CHECK(json_list_next(&list, &element, &err) == 0 && element.count > 0);
        FUZZ_CHECK(json_type(&element, JSON_ROOT) == json_type(doc, node));
        json_done(&element);
    }
    FUZZ_CHECK(json_list_next(&list, &element, &err) == 0 && element.count == 0);
    json_done(&element);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct json_doc doc = {0};
    struct err err = {0};
    struct buf once;
    struct buf twice;
    char *text = fuzz_copy((const char *)data, len);
    if (json_parse(&doc, text, len, &err) == 0) {
        write(text, len, &once);
        write(buf_str(&once), once.len, &twice);
        FUZZ_CHECK(fuzz_same(&once, &twice));
        check_rejected(text, len);
        if (json_type(&doc, JSON_ROOT) == JSON_ARRAY) {
            check_list(&doc, text, len);
        }
        buf_done(&once);
        buf_done(&twice);
    } else {
        fuzz_check_err(&err);
    }
    json_done(&doc);
    free(text);
    return 0;
}
