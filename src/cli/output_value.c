/* SPDX-License-Identifier: MIT */
#include "cli/output_value.h"

#include <stdbool.h>

#include "aws/format.h"
#include "base/err.h"
#include "base/json_write.h"
#include "base/value/json_query.h"
#include "cli/args.h"
#include "cli/choice.h"
#include "cli/output.h"
#include "cli/personality.h"

enum { FORMATS_MAX = 16 };

const char *const output_value_table[] = {"table", NULL};
const char *const output_value_text[] = {"text", NULL};

static int read_query(const struct args *args, struct output_value *value, struct err *err)
{
    const char *query = args_text(args, OPTION_QUERY);
    value->query = query != NULL && query[0] != '\0' ? query : NULL;
    if (value->query != NULL && json_query_check(query, err) != 0) {
        return args_blame(args, OPTION_QUERY, err);
    }
    return 0;
}

/* The variable and the context set the format of all commands. A format that only other commands
 * have counts as not set. */
static bool is_for_others(const struct args *args, const char *const *words)
{
    const char *word = args_given(args, OPTION_OUTPUT) ? NULL : args_text(args, OPTION_OUTPUT);
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
    for (; value->query == NULL && own != NULL && own[own_count] != NULL; own_count++) {
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

int output_value_write(const struct output_value *value, struct buf *text, struct err *err)
{
    int result = buf_check(text, err);
    if (result == 0 && value->query != NULL) {
        result = json_query_run(value->query, text, err);
    }
    bool ready = value->query == NULL && value->format == JSON_FORMAT_JSON;
    if (result == 0 && value->own < 0 && !ready) {
        result = json_format_text(text, value->format, err);
    }
    if (result != 0) {
        buf_done(text);
        return -1;
    }
    return output_write(text, err);
}

int output_message_read(const struct args *args, struct output_value *value, struct err *err)
{
    *value = (struct output_value){0};
    return args->personality->prints_json ? output_value_read(args, NULL, value, err) : 0;
}

int output_message_write(const struct output_value *value, const char *line, struct err *err)
{
    struct json_writer json;
    struct buf out;
    output_init(&out);
    if (value->own < 0) {
        json_writer_init(&json, &out);
        json_begin_object(&json);
        json_put_string(&json, "message", line);
        json_end_object(&json);
    } else {
        buf_add_str(&out, line);
    }
    buf_add_char(&out, '\n');
    return output_value_write(value, &out, err);
}
