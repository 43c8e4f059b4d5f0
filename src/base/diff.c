/* SPDX-License-Identifier: MIT */
/* Skips the lines that both texts have at the start and at the end. Between them, Myers' greedy
 * search ("An O(ND) Difference Algorithm", 1986) finds the fewest lines to remove and add, within
 * limits. */
#include "base/diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum {
    CONTEXT = 3,
    MAX_EDITS = 1000,               /* changed lines that the search allows; its trace needs 2 MB */
    MAX_COMPARES = 50 * 1000 * 1000 /* of lines; less than a second */
};

struct lines {
    const char *text;
    size_t *starts; /* count + 1 offsets */
    bool *changed;  /* removed from the old text, or added to the new text */
    size_t count;
};

/* The lines that the search compares. */
struct middle {
    struct lines *from;
    struct lines *to;
    size_t skip; /* equal lines at the start */
    size_t from_count;
    size_t to_count;
    size_t compares;
    uint32_t *trace; /* for each number of edits d, how many lines of from are done on the diagonals
                        -d, -d+2 ... d */
};

static void lines_done(struct lines *lines)
{
    free(lines->starts);
    free(lines->changed);
}

static int lines_init(struct lines *lines, const struct diff_side *side, struct err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < side->len; i++) {
        count += side->text[i] == '\n' || i + 1 == side->len ? 1 : 0;
    }
    lines->text = side->text;
    lines->count = count;
    lines->starts = calloc(count + 1, sizeof(*lines->starts));
    lines->changed = calloc(count + 1, sizeof(*lines->changed));
    if (lines->starts == NULL || lines->changed == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%zu lines)", count);
    }
    size_t next = 0;
    for (size_t i = 0; i < side->len; i++) {
        if (side->text[i] == '\n' || i + 1 == side->len) {
            lines->starts[++next] = i + 1;
        }
    }
    return 0;
}

static size_t line_len(const struct lines *lines, size_t index)
{
    return lines->starts[index + 1] - lines->starts[index];
}

static bool lines_equal(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
    size_t len = line_len(a, i);
    return len == line_len(b, j) &&
           memcmp(a->text + a->starts[i], b->text + b->starts[j], len) == 0;
}

static bool middle_equal(struct middle *mid, size_t x, size_t y)
{
    mid->compares++;
    return lines_equal(mid->from, mid->skip + x, mid->to, mid->skip + y);
}

/* The trace's row for d edits, indexed by (diagonal + d) / 2. */
static uint32_t *row(const struct middle *mid, size_t d)
{
    return mid->trace + d * (d + 1) / 2;
}

/* Whether the best path to the i-th diagonal of row d ends with an added line, else with a removed
 * one: it comes from the neighbour in row d - 1 that is further. */
static bool ends_with_add(const struct middle *mid, size_t d, size_t i)
{
    const uint32_t *before = row(mid, d - 1);
    return i == 0 || (i < d && before[i - 1] < before[i]);
}

/* Fills the row for d edits. True if it reaches the end of both texts. */
static bool search_row(struct middle *mid, size_t d)
{
    uint32_t *now = row(mid, d);
    for (size_t i = 0; i <= d; i++) {
        size_t x = 0;
        if (d > 0) {
            const uint32_t *before = row(mid, d - 1);
            x = ends_with_add(mid, d, i) ? before[i] : before[i - 1] + 1;
        }
        size_t y = x + d - 2 * i; /* the diagonal, x - y, is 2 i - d */
        while (x < mid->from_count && y < mid->to_count && middle_equal(mid, x, y)) {
            x++;
            y++;
        }
        now[i] = (uint32_t)x;
        if (x >= mid->from_count && y >= mid->to_count) {
            return true;
        }
    }
    return false;
}

/* Follows the path back from the end and marks the lines that it adds and removes. */
static void mark_edits(struct middle *mid, size_t edits)
{
    size_t i = (mid->from_count + edits - mid->to_count) / 2;
    for (size_t d = edits; d > 0; d--) {
        const uint32_t *before = row(mid, d - 1);
        if (ends_with_add(mid, d, i)) {
            size_t y = before[i] + (d - 1) - 2 * i;
            mid->to->changed[mid->skip + y] = true;
        } else {
            i--;
            mid->from->changed[mid->skip + before[i]] = true;
        }
    }
}

static void mark_all(struct middle *mid)
{
    memset(mid->from->changed + mid->skip, true, mid->from_count);
    memset(mid->to->changed + mid->skip, true, mid->to_count);
}

static int mark_changes(struct lines *from, struct lines *to, struct err *err)
{
    struct middle mid = {.from = from, .to = to};
    size_t least = from->count < to->count ? from->count : to->count;
    while (mid.skip < least && lines_equal(from, mid.skip, to, mid.skip)) {
        mid.skip++;
    }
    size_t tail = 0;
    while (tail < least - mid.skip &&
           lines_equal(from, from->count - tail - 1, to, to->count - tail - 1)) {
        tail++;
    }
    mid.from_count = from->count - mid.skip - tail;
    mid.to_count = to->count - mid.skip - tail;
    size_t limit = mid.from_count + mid.to_count;
    limit = limit < MAX_EDITS ? limit : MAX_EDITS;
    mid.trace = malloc((limit + 1) * (limit + 2) / 2 * sizeof(*mid.trace));
    if (mid.trace == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (diff of %zu lines)", limit);
    }
    size_t d = 0;
    while (d <= limit && mid.compares < MAX_COMPARES && !search_row(&mid, d)) {
        d++;
    }
    if (d > limit || mid.compares >= MAX_COMPARES) {
        mark_all(&mid);
    } else {
        mark_edits(&mid, d);
    }
    free(mid.trace);
    return 0;
}

static void add_line(const struct lines *lines, size_t index, char sign, struct buf *out)
{
    const char *text = lines->text + lines->starts[index];
    size_t len = line_len(lines, index);
    buf_add_char(out, sign);
    buf_add(out, text, len);
    if (text[len - 1] != '\n') {
        buf_add_str(out, "\n\\ No newline at end of file\n");
    }
}

/* Lines [from, from_end) of one text and [to, to_end) of the other. */
struct hunk {
    size_t from;
    size_t to;
    size_t from_end;
    size_t to_end;
};

static bool is_change(const struct lines *from, const struct lines *to, const struct hunk *hunk)
{
    return (hunk->from_end < from->count && from->changed[hunk->from_end]) ||
           (hunk->to_end < to->count && to->changed[hunk->to_end]);
}

/* Extends the hunk by the change at its end. */
static void extend_over_change(const struct lines *from, const struct lines *to, struct hunk *hunk)
{
    while (hunk->from_end < from->count && from->changed[hunk->from_end]) {
        hunk->from_end++;
    }
    while (hunk->to_end < to->count && to->changed[hunk->to_end]) {
        hunk->to_end++;
    }
}

/* Finds the next hunk at or after the end of hunk. False if no change is left. */
static bool next_hunk(const struct lines *from, const struct lines *to, struct hunk *hunk)
{
    size_t before = 0; /* equal lines since the last hunk */
    while (!is_change(from, to, hunk)) {
        if (hunk->from_end == from->count) {
            return false;
        }
        hunk->from_end++;
        hunk->to_end++;
        before++;
    }
    before = before < CONTEXT ? before : CONTEXT;
    hunk->from = hunk->from_end - before;
    hunk->to = hunk->to_end - before;
    extend_over_change(from, to, hunk);
    struct hunk end = *hunk;
    for (size_t equal = 0; equal <= 2 * CONTEXT; equal++) {
        if (is_change(from, to, &end)) {
            extend_over_change(from, to, &end);
            *hunk = end;
            equal = 0;
        }
        if (end.from_end == from->count) {
            break;
        }
        end.from_end++;
        end.to_end++;
    }
    size_t left = from->count - hunk->from_end;
    size_t after = left < CONTEXT ? left : CONTEXT;
    hunk->from_end += after;
    hunk->to_end += after;
    return true;
}

/* "-first,count", or "-first" if the count is 1. If it is 0, first is the line before the hunk. */
static void add_range(char sign, size_t first, size_t end, struct buf *out)
{
    size_t count = end - first;
    if (count == 1) {
        buf_add_fmt(out, "%c%zu", sign, first + 1);
    } else {
        buf_add_fmt(out, "%c%zu,%zu", sign, count == 0 ? first : first + 1, count);
    }
}

static void add_hunk(const struct lines *from, const struct lines *to, const struct hunk *hunk,
                     struct buf *out)
{
    buf_add_str(out, "@@ ");
    add_range('-', hunk->from, hunk->from_end, out);
    buf_add_char(out, ' ');
    add_range('+', hunk->to, hunk->to_end, out);
    buf_add_str(out, " @@\n");
    size_t i = hunk->from;
    size_t j = hunk->to;
    while (i < hunk->from_end || j < hunk->to_end) {
        if (i < hunk->from_end && from->changed[i]) {
            add_line(from, i++, '-', out);
        } else if (j < hunk->to_end && to->changed[j]) {
            add_line(to, j++, '+', out);
        } else {
            add_line(from, i++, ' ', out);
            j++;
        }
    }
}

int diff_unified(const struct diff_side *from, const struct diff_side *to, struct buf *out,
                 struct err *err)
{
    struct lines a = {.count = 0};
    struct lines b = {.count = 0};
    struct hunk hunk = {.from = 0};
    bool first = true;
    int result = -1;
    if (lines_init(&a, from, err) != 0 || lines_init(&b, to, err) != 0 ||
        mark_changes(&a, &b, err) != 0) {
        goto out;
    }
    while (next_hunk(&a, &b, &hunk)) {
        if (first) {
            buf_add_fmt(out, "--- %s\n+++ %s\n", from->name, to->name);
        }
        add_hunk(&a, &b, &hunk, out);
        first = false;
    }
    result = buf_check(out, err);
out:
    lines_done(&a);
    lines_done(&b);
    return result;
}
