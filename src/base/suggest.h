/* SPDX-License-Identifier: MIT */
/*
 * Of the words that are valid in a place, the one nearest to a wrong one. Used in error messages
 * only. Pure; allocates nothing.
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

enum { SUGGEST_WORD_MAX = 32 };

/* A search: start it, try each valid word, then read nearest, which is NULL if no word is near
 * enough: one typing error per three letters, at most three. A beginning of at least three letters
 * counts as one error. A word longer than SUGGEST_WORD_MAX is never near. Of words equally near,
 * the first one wins. Keeps pointers and copies nothing. */
struct suggest {
    const char *nearest;
    const char *wrong;
    size_t wrong_len;
    size_t below; /* the distance of the next word must be smaller */
};

void suggest_start(struct suggest *suggest, const char *wrong, size_t wrong_len);
void suggest_try(struct suggest *suggest, const char *valid);

/* The Damerau-Levenshtein distance (optimal string alignment): the fewest bytes to insert, delete,
 * replace or swap with their neighbour that turn one word into the other. Each word has at most
 * SUGGEST_WORD_MAX bytes. */
size_t suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
