/* SPDX-License-Identifier: MIT */
/*
 * Parsing, editing and reading of AWS files in one call each, for the tests of the editor.
 * A failure where none is expected ends the test. They know nothing of the corpus.
 */
#ifndef UNIT_INI_HELP_H
#define UNIT_INI_HELP_H

#include "aws/ini/ini_doc.h"
#include "base/err.h"
#include "rows.h"

enum { INI_HELP_MAX = 64 * 1024 * 1024 };

struct ini_doc ini_help_parse(enum ini_kind kind, const char *text, size_t len);

/* Edits text and gives the result, to be freed; NULL, with err set, where that was refused. */
char *ini_help_edit(enum ini_kind kind, struct ini_span text, const char *profile,
                    const struct ini_edit *edits, size_t count, size_t *out_len, struct err *err);

/* The value, to be freed; NULL where the key is absent. */
char *ini_help_get(enum ini_kind kind, struct ini_span text, const char *profile, const char *key);

/* The same bytes on both sides. */
void ini_help_same(const char *name, struct ini_span got, struct ini_span wanted);

struct ini_span ini_help_span(const char *text);

#endif
