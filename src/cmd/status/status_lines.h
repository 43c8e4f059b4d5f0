/* SPDX-License-Identifier: MIT */
/* The output of `duplojit status`: a label and a text in each line. */
#ifndef CMD_STATUS_STATUS_LINES_H
#define CMD_STATUS_STATUS_LINES_H

#include "base/table.h"

/* Adds a line to a table of two columns. The text is made safe for a terminal, and cut after 1,000
 * bytes. */
void status_add(struct table *lines, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
