/* SPDX-License-Identifier: MIT */
/* The format of the diff, case by case; and applying it to the old text gives the new text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/diff.h"
#include "base/err.h"
#include "rows.h"

enum { MAX = 64 * 1024 * 1024 };

#define HEAD "--- old\n+++ new\n"

struct row {
    const char *name;
    const char *from;
    const char *to;
    const char *diff;
};

static const struct row rows[] = {
    {"equal", "a\nb\n", "a\nb\n", ""},
    {"empty", "", "", ""},
    {"from nothing", "", "a\nb\n", HEAD "@@ -0,0 +1,2 @@\n+a\n+b\n"},
    {"to nothing", "a\n", "", HEAD "@@ -1 +0,0 @@\n-a\n"},
    {"one line changed", "a\nb\nc\n", "a\nx\nc\n", HEAD "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
    {"appended", "1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n", HEAD "@@ -3,3 +3,4 @@\n 3\n 4\n 5\n+6\n"},
    {"put in front", "1\n2\n3\n4\n5\n", "0\n1\n2\n3\n4\n5\n",
     HEAD "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n"},
    {"removed", "1\n2\n3\n", "1\n3\n", HEAD "@@ -1,3 +1,2 @@\n 1\n-2\n 3\n"},
    {"six lines between: one hunk", "a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n",
     HEAD "@@ -1,8 +1,8 @@\n-a\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+y\n"},
    {"seven lines between: two", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n",
     HEAD "@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+y\n"},
    {"no newline, before", "a\nb", "a\nb\n",
     HEAD "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"},
    {"no newline, after", "a\n", "a\nb",
     HEAD "@@ -1 +1,2 @@\n a\n+b\n\\ No newline at end of file\n"},
    {"no newline, both", "a\nb", "x\nb",
     HEAD "@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n"},
    {"CR LF is a change", "a\n", "a\r\n", HEAD "@@ -1 +1 @@\n-a\n+a\r\n"},
    {"the fewest lines", "a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n",
     HEAD "@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n"},
};

static void diff(const char *from, size_t from_len, const char *to, size_t to_len, struct buf *out)
{
    struct err err = {.kind = ERR_NONE};
    struct diff_side sides[] = {{"old", from, from_len}, {"new", to, to_len}};
    buf_init(out, MAX);
    if (diff_unified(&sides[0], &sides[1], out, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

static void test_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        diff(rows[i].from, strlen(rows[i].from), rows[i].to, strlen(rows[i].to), &out);
        row_text(rows[i].name, buf_str(&out), rows[i].diff);
        buf_done(&out);
    }
}

/* Applies a diff as patch(1) does, but exactly. The texts end with a newline. */
static size_t apply(const char *from, const char *patch, char *to, size_t *changes)
{
    size_t len = 0;
    size_t at = 1;
    size_t first = 0;
    *changes = 0;
    patch += strlen(HEAD);
    while (*patch != '\0') {
        size_t line = strcspn(patch, "\n") + 1;
        size_t old = strcspn(from, "\n") + 1;
        if (*patch == '@') {
            assert_int_equal(sscanf(patch, "@@ -%zu", &first), 1);
            bool none = strstr(patch, ",0 +") != NULL && strstr(patch, ",0 +") < patch + line;
            for (; at < first + (none ? 1 : 0); at++) {
                old = strcspn(from, "\n") + 1;
                memcpy(to + len, from, old);
                len += old;
                from += old;
            }
        } else if (*patch == '+') {
            memcpy(to + len, patch + 1, line - 1);
            len += line - 1;
            *changes += 1;
        } else {
            assert_int_equal(line - 1, old);
            assert_memory_equal(patch + 1, from, old);
            if (*patch == ' ') {
                memcpy(to + len, from, old);
                len += old;
            } else {
                *changes += 1;
            }
            from += old;
            at++;
        }
        patch += line;
    }
    size_t rest = strlen(from);
    memcpy(to + len, from, rest + 1);
    return len + rest;
}

/* The fewest lines that must change, by the textbook's table. */
static size_t fewest(const char *a, size_t a_count, const char *b, size_t b_count)
{
    static size_t table[65][65];
    for (size_t i = 0; i <= a_count; i++) {
        for (size_t j = 0; j <= b_count; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
            } else if (a[2 * (i - 1)] == b[2 * (j - 1)]) {
                table[i][j] = table[i - 1][j - 1];
            } else {
                size_t up = table[i - 1][j];
                size_t left = table[i][j - 1];
                table[i][j] = 1 + (up < left ? up : left);
            }
        }
    }
    return table[a_count][b_count];
}

static size_t make_lines(char *text, size_t max, unsigned letters, uint32_t *seed)
{
    size_t count = 0;
    for (*seed = *seed * 1664525U + 1013904223U; count < max && (*seed >> 8) % 24 != 0; count++) {
        *seed = *seed * 1664525U + 1013904223U;
        text[2 * count] = (char)('a' + (*seed >> 16) % letters);
        text[2 * count + 1] = '\n';
    }
    text[2 * count] = '\0';
    return count;
}

static void test_random_texts(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (unsigned round = 0; round < 4000; round++) {
        char from[130];
        char to[130];
        char got[400];
        size_t changes = 0;
        size_t from_count = make_lines(from, 64, 2 + round % 4, &seed);
        size_t to_count = make_lines(to, 64, 2 + round % 4, &seed);
        struct buf out;
        diff(from, strlen(from), to, strlen(to), &out);
        if (strcmp(from, to) == 0) {
            assert_int_equal(out.len, 0);
        } else {
            apply(from, buf_str(&out), got, &changes);
            assert_string_equal(got, to);
        }
        assert_int_equal(changes, fewest(from, from_count, to, to_count));
        buf_done(&out);
    }
}

/* The middle is then replaced as one block, and the diff is still right. */
static void test_more_edits_than_the_limit(void **state)
{
    (void)state;
    enum { LINES = 3000 };
    char *from = calloc(LINES + 1, 16);
    char *to = calloc(LINES + 1, 16);
    char *got = calloc(2 * (LINES + 1), 16);
    size_t from_len = 0;
    size_t to_len = 0;
    size_t changes = 0;
    struct buf out;
    assert_true(from != NULL && to != NULL && got != NULL);
    for (int i = 0; i < LINES; i++) {
        from_len += (size_t)snprintf(from + from_len, 16, "%d\n", i);
        to_len += (size_t)snprintf(to + to_len, 16, "%d\n", i % 3 == 1 ? -i : i);
    }
    diff(from, from_len, to, to_len, &out);
    apply(from, buf_str(&out), got, &changes);
    assert_string_equal(got, to);
    assert_true(changes > 2000);
    buf_done(&out);
    free(from);
    free(to);
    free(got);
}

static void test_full_buffer(void **state)
{
    (void)state;
    struct diff_side sides[] = {{"old", "a\nb\n", 4}, {"new", "a\nc", 3}};
    struct err err = {.kind = ERR_NONE};
    struct buf out;
    int result = -1;
    size_t max = 0;
    for (; result != 0 && max < 256; max++) {
        buf_init(&out, max);
        result = diff_unified(&sides[0], &sides[1], &out, &err);
        assert_true(result == 0 || err.kind == ERR_INTERNAL);
        buf_done(&out);
    }
    assert_true(result == 0 && max > 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_random_texts),
        cmocka_unit_test(test_more_edits_than_the_limit),
        cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
