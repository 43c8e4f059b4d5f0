/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <string.h>

#include "base/suggest.h"

static size_t distance(const char *a, const char *b)
{
    return suggest_distance(a, strlen(a), b, strlen(b));
}

static void test_distance(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        size_t want;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "abc", 0},
        {"abc", "ab", 1},
        {"abc", "abcd", 1},
        {"abc", "axc", 1},
        {"abc", "acb", 1},
        {"ab", "ba", 1},
        {"status", "statsu", 1},
        {"tenant", "tennant", 1},
        {"kitten", "sitting", 3},
        {"abcdef", "badcfe", 3},
        {"ca", "abc", 3}, /* a swapped pair is not changed again */
        {"abc", "xyz", 3},
        {"abcdefghijklmnopqrstuvwxyzabcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF", 32},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].a, (int)distance(rows[i].a, rows[i].b), (int)rows[i].want);
        row_int(rows[i].b, (int)distance(rows[i].b, rows[i].a), (int)rows[i].want);
    }
}

/* Every single typing error in a word is found, and never counts more than one. */
static void test_every_single_error(void **state)
{
    static const char word[] = "settings";
    enum { LEN = sizeof(word) - 1 };
    char other[LEN + 2];
    (void)state;
    for (size_t at = 0; at < LEN; at++) {
        memcpy(other, word, LEN);
        memmove(other + at, other + at + 1, LEN - at - 1);
        row_int("a byte is missing", (int)suggest_distance(word, LEN, other, LEN - 1), 1);
        memcpy(other, word, LEN);
        other[at] = '-';
        row_int("a byte is wrong", (int)suggest_distance(word, LEN, other, LEN), 1);
        memcpy(other, word, at);
        other[at] = '-';
        memcpy(other + at + 1, word + at, LEN - at);
        row_int("a byte too many", (int)suggest_distance(word, LEN, other, LEN + 1), 1);
        if (at > 0 && word[at] != word[at - 1]) {
            memcpy(other, word, LEN);
            other[at] = word[at - 1];
            other[at - 1] = word[at];
            row_int("two bytes are swapped", (int)suggest_distance(word, LEN, other, LEN), 1);
        }
    }
}

static void test_nearest(void **state)
{
    static const char *const valid[] = {"aws",     "status", "settings",
                                        "tenants", "tenant", "abcdefghijklmnopqrstuvwxyzabcdefg"};
    static const struct {
        const char *wrong;
        const char *want; /* NULL: none is near enough */
    } rows[] = {
        {"statsu", "status"},
        {"awz", "aws"},
        {"tenat", "tenant"},
        {"tennants", "tenants"},
        {"setings", "settings"},
        {"sttngs", "settings"},
        {"tenant", "tenant"},
        {"tenantx", "tenants"},
        {"", NULL},
        {"a", NULL},
        {"w", NULL},
        {"xyz", NULL},
        {"st", NULL},
        {"sta", "status"},
        {"completely", NULL},
        {"completely-different", NULL},
        {"AWS", NULL},
        {"abcdefghijklmnopqrstuvwxyzabcdefh", NULL},
        {"abcdefghijklmnopqrstuvwxyzabcdef", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct suggest suggest;
        suggest_start(&suggest, rows[i].wrong, strlen(rows[i].wrong));
        for (size_t j = 0; j < ROWS(valid); j++) {
            suggest_try(&suggest, valid[j]);
        }
        row_text(rows[i].wrong, suggest.nearest != NULL ? suggest.nearest : "none",
                 rows[i].want != NULL ? rows[i].want : "none");
    }
}

/* Only the given length counts: an option's name is followed by its value. */
static void test_length(void **state)
{
    struct suggest suggest;
    (void)state;
    suggest_start(&suggest, "tennant=dev01", 7);
    suggest_try(&suggest, "tenant");
    assert_string_equal(suggest.nearest, "tenant");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_every_single_error),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
