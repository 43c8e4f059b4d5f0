/* SPDX-License-Identifier: MIT */
#include "cmd/status/status_lines.h"

#include <stdarg.h>
#include <stdio.h>

void status_add(struct table *lines, const char *label, const char *format, ...)
{
    char text[1001];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    table_add_row(lines, (const char *const[]){label, text});
}
