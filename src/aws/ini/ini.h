/* SPDX-License-Identifier: MIT */
/*
 * Reads and edits AWS config and credentials files. An edit changes only the bytes that it must
 * change. Works on text in memory: files are opened and replaced elsewhere.
 *
 * AWS tools read these files by two sets of rules:
 * - the standard rules, on which the SDKs for Rust, Java and C agree ("std" in names);
 * - botocore's rules, used by the AWS CLI and boto3: Python's configparser ("py" in names).
 * ini_edit returns a result only if both read the requested values from it. A fault in another
 * section does not prevent an edit.
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

/* A profile's section is [profile NAME] or [default] in the config file, [NAME] in the credentials
 * file. */
enum ini_kind { INI_CONFIG, INI_CREDENTIALS };

enum {
    INI_TEXT_MAX = 16 * 1024 * 1024, /* bytes that ini_parse accepts; callers limit files further */
    INI_NAME_MAX = 255,              /* bytes of a profile name that is written */
    INI_KEY_MAX = 128,               /* bytes of a key that is written */
    INI_VALUE_MAX = 16 * 1024,       /* bytes of a value that is written */
    INI_EDITS_MAX = 64               /* changes per call of ini_edit */
};

/* A parsed text. The text is borrowed and must outlive the struct. The fields are private to
 * aws/ini. */
struct ini_doc {
    enum ini_kind kind;
    const char *text;
    size_t len;
    size_t bom_len; /* 3 if the text begins with a byte order mark, else 0 */
    struct ini_line *lines;
    size_t line_count;
    struct ini_section *sections;
    size_t section_count;
    struct buf names; /* profile names as botocore reads them, concatenated */
};

/* One change: the profile gets this value for the key; a NULL value removes the key. */
struct ini_edit {
    const char *key;
    const char *value;
    bool comment_out; /* with a NULL value: the lines of the property become comments */
};

/* Parses any text, including one that AWS tools reject. Returns 0, or -1 with ERR_INTERNAL (out of
 * memory) or ERR_FILE (more than INI_TEXT_MAX bytes). Call ini_done in either case. */
int ini_parse(struct ini_doc *doc, enum ini_kind kind, const char *text, size_t len,
              struct err *err) __attribute__((warn_unused_result));

/* Accepts NULL, a zeroed struct and a second call. */
void ini_done(struct ini_doc *doc);

/* Whether all AWS tools accept the file. Returns 0, or -1 with ERR_FILE and the text "line N: what
 * is wrong, which tools reject it, what to do". The text never quotes the file, which may contain
 * secrets. The caller adds the path with err_wrap. */
int ini_check(const struct ini_doc *doc, struct err *err) __attribute__((warn_unused_result));

/* The same, ignoring the faults that concern other sections only: whether the sections of the
 * profile can be read and edited, or a section for it be added. */
int ini_check_profile(const struct ini_doc *doc, const char *profile, struct err *err)
    __attribute__((warn_unused_result));

/* Whether any AWS tool finds a section for the profile. */
bool ini_has_profile(const struct ini_doc *doc, const char *profile);

/* Looks up a key (in any case) by the standard rules: sections with the same name are merged, the
 * last value wins, [profile default] replaces [default], a comment after the value is not part of
 * it. A key that only botocore finds is looked up by botocore's rules. Keys that botocore inherits
 * from [DEFAULT] are ignored. Appends the value to out unless out is NULL; the lines of a continued
 * value are joined by "\n". Returns 0 and sets *found, or -1 with ERR_INTERNAL if out is full. */
int ini_get(const struct ini_doc *doc, const char *profile, const char *key, struct buf *out,
            bool *found, struct err *err) __attribute__((warn_unused_result));

/* Iterates over the profile names in file order, one per section. Set *at to 0 before the first
 * call; false means that there are no more. The name is borrowed from doc, is not NUL-terminated,
 * and may be one that ini_check_name rejects. */
bool ini_next_profile(const struct ini_doc *doc, size_t *at, const char **name, size_t *len);

/*
 * Writes the whole edited text to out, which is cleared first and whose max must fit the result.
 * All other bytes stay as they are. The result equals the input if every edit is already in effect.
 * - A changed property becomes `key = value` on the same line; its continuation lines are removed.
 *   Comments after it or between its lines are kept as full-line comments at the first column.
 * - The lines of a property that is commented out begin with "# ".
 * - A new key is added after the last property of the section. A new section is added at the end of
 *   the text after a blank line. Both use the line ends of the lines around them.
 * - A header that only some tools read, such as `[ profile x ]`, becomes `[profile x]`.
 * - If several sections belong to the profile ([default] and [profile default], or names that
 *   differ in blanks), each one is edited, so that no tool reads an old value.
 * Returns 0, or -1 and an empty out: ERR_USAGE for a profile name, key or value that must not be
 * written; ERR_FILE if ini_check_profile fails or tools would disagree about the result;
 * ERR_INTERNAL if memory or out is exhausted.
 */
int ini_edit(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
             size_t count, struct buf *out, struct err *err) __attribute__((warn_unused_result));

/* Whether every AWS tool reads the name, or the key and value, back unchanged. Returns 0, or -1
 * with ERR_USAGE and the reason, which names the key but never quotes the value. Only
 * credential_process, in which paths are, may contain characters that are not ASCII. */
int ini_check_name(enum ini_kind kind, const char *profile, struct err *err)
    __attribute__((warn_unused_result));
int ini_check_value(const char *key, const char *value, struct err *err)
    __attribute__((warn_unused_result));

#endif
