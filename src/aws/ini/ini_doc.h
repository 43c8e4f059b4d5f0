/* SPDX-License-Identifier: MIT */
/*
 * The records behind struct ini_doc, one per line and one per section.
 * Shared by ini_*.c and their test tool.
 * It must not know what an edit is.
 */
#ifndef AWS_INI_INI_DOC_H
#define AWS_INI_INI_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/ini/ini_text.h"

enum { INI_NO_SECTION = UINT32_MAX };

struct ini_line {
    uint32_t start;
    uint32_t len;     /* without the line end */
    uint32_t section; /* index, or INI_NO_SECTION before the first header */
    uint8_t eol_len;  /* 0 at the end of the text, 1 for LF, 2 for CR LF */
    uint8_t std;      /* enum ini_line_kind, by the standard rules */
    uint8_t py;       /* the same, by Python's */
};

/* A header and what follows it. Both readings see the same headers, or ini_check refuses. */
struct ini_section {
    uint32_t line; /* the header */
    uint32_t end;  /* one past the last line */
    struct ini_span std_name;
    uint32_t py_name; /* where in doc->names */
    uint32_t py_name_len;
    bool is_std;       /* a profile by the standard rules; std_name is valid */
    bool is_py;        /* a profile to botocore; py_name is valid */
    bool std_prefixed; /* [profile default], which replaces [default] */
    bool py_defaults;  /* [DEFAULT], whose keys Python hands down to every section */
};

struct ini_span ini_line_text(const struct ini_doc *doc, const struct ini_line *line);

/* Which readings take the section for the profile. */
struct ini_match {
    bool std;
    bool py;
};
struct ini_match ini_section_match(const struct ini_doc *doc, const struct ini_section *section,
                                   const char *profile);

/* Whether a line is a property with the key, in one reading or in either. */
bool ini_line_is(const struct ini_doc *doc, const struct ini_line *line, const char *key, bool py);
bool ini_line_is_any(const struct ini_doc *doc, const struct ini_line *line, const char *key);

/* Whether the property on the line of that index has just this value for every tool, with nothing
 * that continues it. */
bool ini_line_holds(const struct ini_doc *doc, uint32_t index, const struct ini_edit *edit);

/* Adds the whole value of the property on the line of that index, its lines joined by "\n". */
void ini_add_value(const struct ini_doc *doc, uint32_t index, bool py, struct buf *out);

/* Fails like ini_check for sections and keys that botocore takes for duplicates. */
int ini_check_duplicates(const struct ini_doc *doc, struct err *err)
    __attribute__((warn_unused_result));

/* Lower-case letters, digits, _ and -. 0, or -1 with ERR_USAGE. */
int ini_check_key(const char *key, struct err *err) __attribute__((warn_unused_result));

/* Refuses, with ERR_FILE and the line, what would keep some tool from reading the edit's result. */
int ini_check_target(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
                     size_t count, struct err *err) __attribute__((warn_unused_result));

/* Reads an edited text again: ini_edit's last question to itself. -1 with ERR_FILE where the text
 * does not pass ini_check, with ERR_INTERNAL where a tool would not find what was asked for. */
int ini_verify_edit(enum ini_kind kind, struct ini_span text, const char *profile,
                    const struct ini_edit *edits, size_t count, struct err *err)
    __attribute__((warn_unused_result));

#endif
