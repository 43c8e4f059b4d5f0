/* SPDX-License-Identifier: MIT */
/*
 * --output and --query: how a command prints its answer. A command reads them first, so that a
 * wrong query fails before anything else happens; then it builds either its own format or JSON.
 */
#ifndef CLI_OUTPUT_VALUE_H
#define CLI_OUTPUT_VALUE_H

#include "base/value/json_format.h"

struct args;
struct buf;
struct err;

#define OUTPUT_VALUE_OPTIONS OPTION_OUTPUT, OPTION_QUERY

/* The help of --output of a command whose own format is text. */
#define OUTPUT_VALUE_TEXT                                                                          \
    {OPTION_OUTPUT, .text = "Output format: text (default), json, yaml, env, csv or string"}

struct output_value {
    int own; /* the place of the format among the command's own, or -1: build JSON */
    enum json_format format;
    const char *query; /* or NULL */
};

/*
 * own are the formats that the command has beside those of json_format.h, and end with a NULL; the
 * first is the default. output_value_table and output_value_text are the lists of commands that
 * print a table or a text, NULL the list of those that print only JSON. With a query the default is
 * json, and env, for example, is the format of the query's result even if the command has its own.
 * ERR_USAGE for other formats and for an invalid query.
 */
int output_value_read(const struct args *args, const char *const *own, struct output_value *value,
                      struct err *err) __attribute__((warn_unused_result));

extern const char *const output_value_table[];
extern const char *const output_value_text[];

/*
 * Writes the text that the command has built to standard output, and releases it in any case. Its
 * own format, and json without a query, are written as they are; for the other formats and queries
 * the text is JSON. Errors are those of output_write, json_parse, json_query_run and
 * json_format_text.
 */
int output_value_write(const struct output_value *value, struct buf *text, struct err *err)
    __attribute__((warn_unused_result));

/*
 * The same for a command that prints a line about what it has done: the line as it is, or in the
 * grammar of a tool that prints JSON {"message": "..."} with --output and --query. line ends
 * without a newline.
 */
int output_message_read(const struct args *args, struct output_value *value, struct err *err)
    __attribute__((warn_unused_result));
int output_message_write(const struct output_value *value, const char *line, struct err *err)
    __attribute__((warn_unused_result));

#endif
