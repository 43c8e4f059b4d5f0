/* SPDX-License-Identifier: MIT */
/* Percent-encoding in URLs (RFC 3986, section 2.1). */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends text with every byte encoded as %XX except the unreserved characters (letters, digits,
 * - . _ ~) and those in keep. A failure sticks in out. */
void percent_encode(struct buf *out, const char *text, const char *keep);

/* The same, appended to the string in out, which has room for size bytes, with nothing kept but the
 * unreserved characters. False if it does not fit; out holds a part of it then. */
bool percent_append(char *out, size_t size, const char *text);

/* Decodes in place: %XX becomes one byte; a '%' without two hexadecimal digits stays, and so does
 * '+'. Returns the length, which differs from strlen(text) if the text has a %00. */
size_t percent_decode(char *text);

#endif
