/* SPDX-License-Identifier: MIT */
/*
 * A line on the terminal that says what a request waits for, once it has waited for 2 seconds:
 * "duplojit: waiting for the response of portal.example.com, 5 s". It is replaced in place and
 * removed when the wait is over. Nothing is shown if standard error is not a terminal.
 */
#ifndef SESSION_WAIT_LINE_H
#define SESSION_WAIT_LINE_H

#include "base/terminal.h"
#include "net/http_progress.h"

struct wait_line {
    struct terminal terminal;
    char shown[160]; /* the present line; "" for none */
};

/* For the option of an HTTP client, which may use line until it is freed. */
struct http_progress wait_line_progress(struct wait_line *line);

#endif
