/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

void row_true_at(const char *row, bool condition, const char *words, const char *file, int line)
{
    if (!condition) {
        print_error("row \"%s\": not true: %s\n", row, words);
        _fail(file, line);
    }
}

void row_int_at(const char *row, int64_t got, int64_t want, const char *file, int line)
{
    if (got != want) {
        print_error("row \"%s\": %lld instead of %lld\n", row, (long long)got, (long long)want);
        _fail(file, line);
    }
}

void row_text_at(const char *row, const char *got, const char *want, const char *file, int line)
{
    if (strcmp(got, want) != 0) {
        print_error("row \"%s\": \"%s\" instead of \"%s\"\n", row, got, want);
        _fail(file, line);
    }
}

void row_has_at(const char *row, const char *text, const char *part, bool wanted, const char *file,
                int line)
{
    if ((strstr(text, part) != NULL) != wanted) {
        print_error("row \"%s\": \"%s\" %s \"%s\"\n", row, text, wanted ? "lacks" : "has", part);
        _fail(file, line);
    }
}
