/* SPDX-License-Identifier: MIT */
/*
 * Checks for tests that are tables: a failure names the row. Includes cmocka with the headers that
 * it needs.
 */
#ifndef UNIT_ROWS_H
#define UNIT_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define row_true(row, condition) row_true_at((row), (condition), #condition, __FILE__, __LINE__)
#define row_int(row, got, want) row_int_at((row), (got), (want), __FILE__, __LINE__)
#define row_text(row, got, want) row_text_at((row), (got), (want), __FILE__, __LINE__)
/* text contains part, or does not. */
#define row_has(row, text, part) row_has_at((row), (text), (part), true, __FILE__, __LINE__)
#define row_lacks(row, text, part) row_has_at((row), (text), (part), false, __FILE__, __LINE__)

void row_true_at(const char *row, bool condition, const char *words, const char *file, int line);
void row_int_at(const char *row, int64_t got, int64_t want, const char *file, int line);
void row_text_at(const char *row, const char *got, const char *want, const char *file, int line);
void row_has_at(const char *row, const char *text, const char *part, bool wanted, const char *file,
                int line);

#endif
