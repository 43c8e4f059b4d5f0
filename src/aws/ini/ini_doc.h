/* SPDX-License-Identifier: MIT */
/*
 * The parsed lines and sections of a struct ini_doc, and the questions about them. Private to
 * aws/ini.
 */
#ifndef AWS_INI_INI_DOC_H
#define AWS_INI_INI_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/ini/ini_text.h"

enum { INI_NO_SECTION = UINT32_MAX, INI_NO_LINE = UINT32_MAX };

struct ini_line {
    uint32_t start;   /* offset in the text */
    uint32_t len;     /* bytes without the line end */
    uint32_t section; /* index, or INI_NO_SECTION before the first header */
    uint8_t eol_len;  /* 0 if the text ends without a line end, 1 for LF, 2 for CR LF */
    uint8_t std;      /* enum ini_line_kind by the standard rules */
    uint8_t py;       /* enum ini_line_kind by botocore's rules */
};

/* A header and the lines after it. Both sets of rules see the same headers in a text that passes
 * ini_check. */
struct ini_section {
    uint32_t line; /* index of the header's line */
    uint32_t end;  /* index of the last line plus 1 */
    struct ini_span std_name;
    uint32_t py_name;     /* offset in doc->names */
    uint32_t py_name_len; /* bytes */
    bool is_std;          /* a profile by the standard rules; std_name is valid */
    bool is_py;           /* a profile for botocore; py_name is valid */
    bool std_prefixed;    /* [profile default], which replaces [default] */
    bool py_defaults;     /* [DEFAULT]: in Python, every section inherits its keys */
};

struct ini_span ini_line_text(const struct ini_doc *doc, const struct ini_line *line);

/* By which rules a section belongs to a profile. */
struct ini_match {
    bool std;
    bool py;
};
struct ini_match ini_section_match(const struct ini_doc *doc, const struct ini_section *section,
                                   const char *profile);

/* Whether the line is a property with this key: by one set of rules, or by either. */
bool ini_line_is(const struct ini_doc *doc, const struct ini_line *line, const char *key, bool py);
bool ini_line_is_any(const struct ini_doc *doc, const struct ini_line *line, const char *key);

/* Whether every tool reads exactly the edit's value from the property on line index, without
 * continuation lines. */
bool ini_line_holds(const struct ini_doc *doc, uint32_t index, const struct ini_edit *edit);

/* Appends the whole value of the property on line index, its lines joined by "\n". */
void ini_add_value(const struct ini_doc *doc, uint32_t index, bool py, struct buf *out);

/* What can be wrong with a line. The texts are for the message of ini_check. */
struct ini_rule {
    const char *what;
    const char *effect; /* NULL: it follows from the tools that reject the file */
    const char *advice;
    bool whole_file; /* no section of the file can be read reliably */
};

struct ini_fault {
    uint32_t line; /* index */
    uint32_t also; /* index of the line that it repeats, or INI_NO_LINE */
    bool std_rejects;
    bool py_rejects;
    const struct ini_rule *rule;
};

/* Receives a fault; returns whether to look for more. */
typedef bool ini_fault_fn(void *context, const struct ini_fault *fault);

/* Reports the lines that break a rule, in order, at most one fault per line. Returns false after
 * report has. */
bool ini_find_line_faults(const struct ini_doc *doc, ini_fault_fn *report, void *context);

/* Reports the sections and keys that botocore rejects as duplicates: sections first, each by the
 * line of its second occurrence. Returns 0, or -1 with ERR_INTERNAL. */
int ini_find_duplicates(const struct ini_doc *doc, ini_fault_fn *report, void *context,
                        struct err *err) __attribute__((warn_unused_result));

/* Accepts lower-case letters, digits, _ and -. Returns 0, or -1 with ERR_USAGE. */
int ini_check_key(const char *key, struct err *err) __attribute__((warn_unused_result));

/* Whether the edits can be made so that every tool reads the result. Returns 0, or -1 with ERR_FILE
 * and the line that prevents it. */
int ini_check_target(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
                     size_t count, struct err *err) __attribute__((warn_unused_result));

/* Parses an edited text again. Returns 0 if every tool reads the requested values from it, or -1:
 * ERR_FILE if ini_check_profile fails, ERR_INTERNAL if a value is not read back. */
int ini_verify_edit(enum ini_kind kind, struct ini_span text, const char *profile,
                    const struct ini_edit *edits, size_t count, struct err *err)
    __attribute__((warn_unused_result));

#endif
