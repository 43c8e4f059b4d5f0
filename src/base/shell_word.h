/* SPDX-License-Identifier: MIT */
/* The words of a command line as Python's shlex.split finds them. */
#ifndef BASE_SHELL_WORD_H
#define BASE_SHELL_WORD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads one word: quotes, and a backslash outside single quotes, which in double quotes escapes
 * only a quote and a backslash. Blanks, tabs and line ends separate words. Writes the word, without
 * a NUL, to out, and moves *at after it. out may be a part of text that ends at the old *at or
 * before. False if there are no more words. Sets *broken if a quote is not closed or a backslash is
 * last; the caller initializes it.
 */
bool shell_word_read(const char *text, size_t text_len, size_t *at, char *out, size_t *len,
                     bool *broken);

#endif
