/* SPDX-License-Identifier: MIT */
/*
 * Reads and edits AWS config and credentials files without losing a byte that it was not asked to
 * change. The commands that write a profile or credentials call it, and so will the fuzzers.
 * It works on text in memory: it must not know where a file is or how one is replaced.
 *
 * Two readings stand side by side, because AWS tools differ: the standard rules, on which the SDKs
 * for Rust, Java and C agree, and botocore's (AWS CLI, boto3), which are those of Python's
 * configparser. A file is edited only when both accept it, and handed out only when both then read
 * what was asked for.
 */
#ifndef AWS_INI_INI_H
#define AWS_INI_INI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct err;
struct ini_line;
struct ini_section;

/* The config file says [profile NAME] and [default]; the credentials file says [NAME]. */
enum ini_kind { INI_CONFIG, INI_CREDENTIALS };

enum {
    INI_TEXT_MAX = 16 * 1024 * 1024, /* bytes that ini_parse takes; callers cap files lower */
    INI_NAME_MAX = 255,
    INI_KEY_MAX = 128,
    INI_VALUE_MAX = 16 * 1024,
    INI_EDITS_MAX = 64
};

/* A parsed text, which is borrowed and must outlive it. The fields are private to ini_*.c. */
struct ini_doc {
    enum ini_kind kind;
    const char *text;
    size_t len;
    struct ini_line *lines;
    size_t line_count;
    struct ini_section *sections;
    size_t section_count;
    struct buf names; /* profile names as botocore reads them, one behind the other */
};

/* One wish: that the profile has this key with this value, or with NULL that it lacks the key. */
struct ini_edit {
    const char *key;
    const char *value;
};

/* Notes what stands where; a text that AWS tools would reject is parsed too. Returns 0, or -1 with
 * ERR_INTERNAL (memory) or ERR_FILE (more than INI_TEXT_MAX). ini_done is due in every case. */
int ini_parse(struct ini_doc *doc, enum ini_kind kind, const char *text, size_t len,
              struct err *err) __attribute__((warn_unused_result));

/* Accepts NULL, a zeroed struct and a second call. */
void ini_done(struct ini_doc *doc);

/* Whether AWS tools accept the file. 0, or -1 with ERR_FILE and "line N: what, who minds, what to
 * do". The message never quotes the file, which may hold secrets; wrap it with the path. */
int ini_check(const struct ini_doc *doc, struct err *err) __attribute__((warn_unused_result));

/* Whether any AWS tool finds a section for the profile. */
bool ini_has_profile(const struct ini_doc *doc, const char *profile);

/* Finds the value of a key (any case) by the standard rules: sections of one name merge, the last
 * value wins, [profile default] replaces [default], a comment behind the value is no part of it.
 * Where only botocore finds the key, its value counts. Lines of a continued value are joined by
 * "\n". What [DEFAULT] hands down in botocore is not looked at. Adds the value to out, which may be
 * NULL. Returns 0 and sets *found, or -1 with ERR_INTERNAL when out is full. */
int ini_get(const struct ini_doc *doc, const char *profile, const char *key, struct buf *out,
            bool *found, struct err *err) __attribute__((warn_unused_result));

/* Walks through the names of profiles in the file's order, a name once per section. Start with *at
 * at 0; false means that there are no more. The name is borrowed from doc and not NUL-terminated;
 * it can be one that ini_name_ok refuses. */
bool ini_next_profile(const struct ini_doc *doc, size_t *at, const char **name, size_t *len);

/*
 * Puts the whole new text into out (cleared first; its max must hold the result). Every byte that
 * no edit concerns stays as it is, and so does the whole text where each wish holds already.
 * - A changed property becomes `key = value` in its place, its continuation lines go. Comments
 *   behind or between them stay as full-line comments at the first column.
 * - A new key goes behind the section's last property, a new section behind a blank line at the
 *   end, both with the line ends that their surroundings use.
 * - A header that only some tools read, such as `[ profile x ]`, becomes `[profile x]`.
 * - Where several sections are read as the profile ([default] beside [profile default], or names
 *   that differ in blanks), each gets the edit, so that no tool is left with the old value.
 * Returns -1 with ERR_USAGE for a name, key or value that must not be written, ERR_FILE where
 * ini_check refuses or tools would disagree about the result, ERR_INTERNAL for memory or a full
 * out; out is empty then.
 */
int ini_edit(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
             size_t count, struct buf *out, struct err *err) __attribute__((warn_unused_result));

/* What may be written, so that every AWS tool reads it back as it stands. 0, or -1 with ERR_USAGE
 * and the reason; the message names the key but not the value. */
int ini_check_name(enum ini_kind kind, const char *profile, struct err *err)
    __attribute__((warn_unused_result));
int ini_check_value(const char *key, const char *value, struct err *err)
    __attribute__((warn_unused_result));

#endif
