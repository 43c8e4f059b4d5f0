/* SPDX-License-Identifier: MIT */
/*
 * Helpers for the tests of aws/ini: each parses, edits or reads an AWS file in one call. An
 * unexpected failure ends the test.
 */
#ifndef UNIT_INI_HELP_H
#define UNIT_INI_HELP_H

#include "aws/ini/ini_doc.h"
#include "base/err.h"
#include "rows.h"

enum { INI_HELP_MAX = 64 * 1024 * 1024 };

struct ini_doc ini_help_parse(enum ini_kind kind, const char *text, size_t len);

/* Returns the edited text, which the caller frees, or NULL with err set if the edit is rejected. */
char *ini_help_edit(enum ini_kind kind, struct ini_span text, const char *profile,
                    const struct ini_edit *edits, size_t count, size_t *out_len, struct err *err);

/* Returns the value, which the caller frees, or NULL if the key is missing. */
char *ini_help_get(enum ini_kind kind, struct ini_span text, const char *profile, const char *key);

/* Fails the test unless both spans have the same bytes. name is shown in the message. */
void ini_help_same(const char *name, struct ini_span got, struct ini_span wanted);

struct ini_span ini_help_span(const char *text);

#endif
