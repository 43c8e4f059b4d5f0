/* SPDX-License-Identifier: MIT */
#include "base/json_write.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/personality.h"
#include "cmd/commands.h"

static int run(const struct args *args, struct err *err)
{
    struct output_value value;
    struct json_writer json;
    struct buf out;
    /* {"cli":{"tag":"..."}}, as duploctl prints it */
    bool nested = args->personality->prints_json && !args_given(args, OPTION_VERSION);
    if (output_value_read(args, nested ? NULL : output_value_text, &value, err) != 0) {
        return -1;
    }
    output_init(&out);
    if (value.own < 0) {
        json_writer_init(&json, &out);
        json_begin_object(&json);
        if (nested) {
            json_write_key(&json, "cli");
            json_begin_object(&json);
        }
        json_put_string(&json, nested ? "tag" : "Version", DUPLOJIT_VERSION);
        if (nested) {
            json_end_object(&json);
        }
        json_end_object(&json);
        buf_add_char(&out, '\n');
    } else {
        buf_add_str(&out, "duplojit " DUPLOJIT_VERSION "\n");
    }
    return output_value_write(&value, &out, err);
}

static const enum option_id option_list[] = {OUTPUT_VALUE_OPTIONS, COMMON_OPTIONS};

static const struct option_text texts[] = {OUTPUT_VALUE_TEXT};

const struct command command_version = {
    .name = "version",
    .operands = "",
    .summary = "Print the version",
    .examples = "version\n"
                "version -o json\n",
    .details = "JSON: {\"Version\":\"...\"}\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .texts = texts,
    .text_count = sizeof(texts) / sizeof(texts[0]),
    .run = run,
};
