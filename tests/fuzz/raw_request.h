/* SPDX-License-Identifier: MIT */
/* A request for a handler, without a server: a line "METHOD PATH?QUERY", lines "Name: value", an
 * empty line, and the body. */
#ifndef FUZZ_RAW_REQUEST_H
#define FUZZ_RAW_REQUEST_H

#include "fuzz.h"
#include "net/server_handler.h"

enum { RAW_REQUEST_FIELDS = 16, RAW_REQUEST_LINE = 512 };

struct raw_field {
    bool query;
    const char *name;
    const char *value;
};

struct raw_request {
    struct server_request request;
    char line[RAW_REQUEST_LINE];
    char lines[RAW_REQUEST_FIELDS][RAW_REQUEST_LINE];
    struct raw_field fields[RAW_REQUEST_FIELDS];
    int count;
    char *body;
};

/* A header with the value "$TOKEN" gets token instead. */
void raw_request_read(struct raw_request *raw, struct fuzz_input input, const char *token);
void raw_request_done(struct raw_request *raw);

#endif
