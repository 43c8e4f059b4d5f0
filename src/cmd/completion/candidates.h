/* SPDX-License-Identifier: MIT */
/* The words that may be at the cursor: a line each, with a tab and a description. */
#ifndef CMD_COMPLETION_CANDIDATES_H
#define CMD_COMPLETION_CANDIDATES_H

#include <stddef.h>

#include "base/buf.h"

/* Borrows all but out. */
struct candidates {
    struct buf out;
    const char *typed; /* what is typed of the word, after head */
    const char *head;  /* what is before it in the same word, as in --output=json */
    size_t head_len;
};

/* Adds a word if it begins with what is typed, is not in the list yet, and has no control
 * characters. description may be NULL. */
void candidates_add(struct candidates *list, const char *word, const char *description);

/* The same for a word that has no NUL. */
void candidates_add_len(struct candidates *list, const char *word, size_t len);

/* The words of a text such as "table (default), json or yaml", until one that is not lower case.
 * What is in parentheses is left out, and must end. */
void candidates_add_listed(struct candidates *list, const char *text);

#endif
