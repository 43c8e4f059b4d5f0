/* SPDX-License-Identifier: MIT */
/*
 * Text for standard output, built piece by piece: the first error sticks, and nothing is printed
 * then. For commands whose output has many pieces, each of which could fail for want of memory.
 */
#ifndef CMD_PAGE_H
#define CMD_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct err;

struct page {
    struct buf buf;
    struct err *err;
    bool failed; /* whoever fails elsewhere, and has set err, sets it, too */
};

/* err is where the first error goes. */
void page_init(struct page *page, struct err *err);

void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text from the network, fit for one line of a terminal. Blanks behind it make it width long. */
void page_add_clean(struct page *page, const char *text, size_t width);

/* A JSON string. */
void page_add_json(struct page *page, const char *text);

/* Prints, and releases it in any case. 0, or -1 with err set. */
int page_print(struct page *page) __attribute__((warn_unused_result));

#endif
