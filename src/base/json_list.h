/* SPDX-License-Identifier: MIT */
/* Reads a long JSON array one element at a time. It needs memory for the tokens of one element, not
 * of all. */
#ifndef BASE_JSON_LIST_H
#define BASE_JSON_LIST_H

#include <stddef.h>

struct err;
struct json_doc;

/* Set text and len; the text must outlive the list and its elements. */
struct json_list {
    const char *text;
    size_t len;
    size_t at;    /* what has been read */
    size_t count; /* of elements read */
};

/*
 * Parses the next element. doc->count is 0 after the last one. Release the document with json_done
 * in any case. ERR_UNAVAILABLE if the text is not an array, or is not valid JSON up to the end of
 * this element; what follows the array is checked after its last element.
 */
int json_list_next(struct json_list *list, struct json_doc *doc, struct err *err)
    __attribute__((warn_unused_result));

#endif
