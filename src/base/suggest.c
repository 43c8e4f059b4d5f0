/* SPDX-License-Identifier: MIT */
#include "base/suggest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LETTERS_PER_ERROR = 3, ERRORS_MAX = 3 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Row i holds the distances from the first i bytes of a to each beginning of b. A row depends on
 * the two before it only. */
size_t suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    uint8_t rows[3][SUGGEST_WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = (uint8_t)j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        uint8_t *row = rows[i % 3];
        const uint8_t *last = rows[(i + 2) % 3];
        const uint8_t *before_last = rows[(i + 1) % 3];
        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            best = smaller(best, smaller(last[j], row[j - 1]) + 1U);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = smaller(best, before_last[j - 2] + 1U);
            }
            row[j] = (uint8_t)best;
        }
    }
    return rows[a_len % 3][b_len];
}

void suggest_start(struct suggest *suggest, const char *wrong, size_t wrong_len)
{
    size_t limit = smaller((wrong_len + 1) / LETTERS_PER_ERROR, ERRORS_MAX);
    *suggest = (struct suggest){.wrong = wrong, .wrong_len = wrong_len};
    suggest->below = wrong_len <= SUGGEST_WORD_MAX ? limit + 1 : 0;
}

void suggest_try(struct suggest *suggest, const char *valid)
{
    size_t len = strlen(valid);
    if (suggest->below == 0 || len > SUGGEST_WORD_MAX) {
        return;
    }
    size_t distance = suggest_distance(suggest->wrong, suggest->wrong_len, valid, len);
    if (suggest->wrong_len >= LETTERS_PER_ERROR &&
        strncmp(valid, suggest->wrong, suggest->wrong_len) == 0) {
        distance = smaller(distance, 1);
    }
    if (distance < suggest->below) {
        suggest->nearest = valid;
        suggest->below = distance;
    }
}
