/* SPDX-License-Identifier: MIT */
#include "cli/output_value.h"

#include "aws/format.h"
#include "base/err.h"
#include "base/json.h"
#include "cli/args.h"
#include "cli/choice.h"
#include "cli/output.h"

enum { FORMATS_MAX = 16 };

const char *const output_value_table[] = {"table", NULL};

static int read_query(const struct args *args, struct output_value *value, struct err *err)
{
    const char *query = args_text(args, OPTION_QUERY);
    value->queried = query != NULL && query[0] != '\0';
    if (value->queried && json_query_parse(&value->query, query, err) != 0) {
        return args_blame(args, OPTION_QUERY, err);
    }
    return 0;
}

/* The variable sets the format of all commands. A format that only other commands have counts as
 * not set. */
static bool is_for_others(const struct args *args, const char *const *words)
{
    const char *word =
        args_variable_name(args, OPTION_OUTPUT) != NULL ? args_text(args, OPTION_OUTPUT) : NULL;
    return word != NULL && choice_find(word, words) < 0 &&
           (choice_find(word, output_value_table) >= 0 || choice_find(word, aws_format_names) >= 0);
}

int output_value_read(const struct args *args, const char *const *own, struct output_value *value,
                      struct err *err)
{
    const char *words[FORMATS_MAX] = {NULL}; /* the own formats, then those of JSON */
    int own_count = 0;
    int count = 0;
    if (read_query(args, value, err) != 0) {
        return -1;
    }
    for (; !value->queried && own != NULL && own[own_count] != NULL; own_count++) {
        words[count++] = own[own_count];
    }
    for (int i = 0; i < JSON_FORMAT_COUNT; i++) {
        if (choice_find(json_format_names[i], words) < 0) {
            words[count++] = json_format_names[i];
        }
    }
    int index = 0;
    if (!is_for_others(args, words) && choice_read(args, OPTION_OUTPUT, words, &index, err) != 0) {
        return -1;
    }
    int format =
        index < own_count ? JSON_FORMAT_JSON : choice_find(words[index], json_format_names);
    value->own = index < own_count ? index : -1;
    value->format = (enum json_format)format;
    return 0;
}

static int format_document(struct buf *out, const struct output_value *value,
                           const struct buf *json, struct err *err)
{
    struct json_doc doc;
    int result = json_parse(&doc, buf_str(json), json->len, err);
    if (result == 0) {
        result = json_format_add(out, value->format, &doc, err);
    }
    json_done(&doc);
    return result;
}

/* Replaces the document by the result of the query. */
static int run_query(const struct output_value *value, struct buf *json, struct err *err)
{
    struct json_doc doc;
    struct buf result_text;
    output_init(&result_text);
    int result = json_parse(&doc, buf_str(json), json->len, err);
    if (result == 0) {
        result = json_query_run(&value->query, &doc, &result_text, err);
    }
    json_done(&doc);
    buf_done(json);
    *json = result_text;
    return result;
}

int output_value_write(const struct output_value *value, struct buf *json, struct err *err)
{
    struct buf out;
    if (value->own >= 0 || (!value->queried && value->format == JSON_FORMAT_JSON)) {
        return output_write(json, err);
    }
    output_init(&out);
    int result = buf_check(json, err);
    if (result == 0 && value->queried) {
        result = run_query(value, json, err);
    }
    if (result == 0) {
        result = format_document(&out, value, json, err);
    }
    buf_done(json);
    if (result != 0) {
        buf_done(&out);
        return -1;
    }
    return output_write(&out, err);
}
