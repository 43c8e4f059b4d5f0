/* SPDX-License-Identifier: MIT */
/* Whether AWS tools accept a file: one pass with what each reading remembers, then duplicates. */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

struct check {
    size_t number; /* of the line, from 1 */
    bool std_section;
    bool std_property;
    bool std_sub; /* the property has an empty value, so what continues it are sub-properties */
    bool py_section;
    bool py_sub;
};

static int fail(const struct check *check, struct err *err, const char *what)
{
    return err_set(err, ERR_FILE, "line %zu: %s", check->number, what);
}

/* A lone CR ends a line for Python and is a character for the others. In a full-line comment they
 * agree again, where the rest of it is a comment or blank in Python's eyes too. */
static bool is_harmless_cr(struct ini_span line)
{
    if (line.at[0] != '#' && line.at[0] != ';') {
        return false;
    }
    while (line.len > 0) {
        const char *cr = memchr(line.at, '\r', line.len);
        size_t len = cr == NULL ? line.len : (size_t)(cr - line.at);
        struct ini_span piece = ini_py_trim((struct ini_span){line.at, len});
        if (piece.len > 0 && piece.at[0] != '#' && piece.at[0] != ';') {
            return false;
        }
        len += cr == NULL ? 0 : 1;
        line.at += len;
        line.len -= len;
    }
    return true;
}

static int check_bytes(const struct check *check, struct ini_span line, struct err *err)
{
    if (check->number == 1 && line.len >= 3 && memcmp(line.at, "\xEF\xBB\xBF", 3) == 0) {
        return fail(check, err,
                    "the file begins with a byte order mark, with which the AWS CLI and some SDKs "
                    "cannot read it. Save it as UTF-8 without BOM");
    }
    for (size_t at = 0; at < line.len;) {
        size_t width = utf8_decode(line.at + at, line.len - at, NULL);
        if (width == 0) {
            return fail(check, err,
                        "it is not UTF-8, so the AWS CLI and SDKs refuse the file. Save it as "
                        "UTF-8");
        }
        if (line.at[at] == '\0') {
            return fail(check, err,
                        "it holds a NUL byte, which some AWS tools take for the end. Remove it");
        }
        at += width;
    }
    if (line.len > 0 && memchr(line.at, '\r', line.len) != NULL && !is_harmless_cr(line)) {
        return fail(check, err,
                    "it holds a carriage return without a line feed, which ends the line for the "
                    "AWS CLI but not for the SDKs. Save the file with ordinary line ends");
    }
    return 0;
}

static int check_std_header(struct check *check, struct ini_span line, struct err *err)
{
    struct ini_span name;
    if (!ini_std_header(line, &name)) {
        return fail(check, err,
                    "the section has no closing \"]\", or something other than a comment behind "
                    "it; AWS SDKs refuse the file. Write the header alone on its line, as in "
                    "[default]");
    }
    check->std_section = true;
    check->std_property = false;
    return 0;
}

static int check_std_property(struct check *check, struct ini_span line, struct err *err)
{
    struct ini_span key;
    struct ini_span value;
    if (!check->std_section) {
        return fail(check, err,
                    "something stands before the first section; AWS tools refuse the file. Move it "
                    "below a header such as [default], or begin the line with #");
    }
    if (!ini_std_property(line, &key, &value)) {
        return fail(check, err,
                    "it is no key = value (the \"=\" or the key is missing); AWS SDKs refuse the "
                    "file. Complete it, or begin the line with #");
    }
    check->std_property = true;
    check->std_sub = value.len == 0;
    return 0;
}

static int check_std_continuation(const struct check *check, struct ini_span line, struct err *err)
{
    struct ini_span key;
    struct ini_span value;
    if (!check->std_property) {
        return fail(check, err,
                    "it is indented, but there is no property above that it could continue; AWS "
                    "SDKs refuse the file. Begin it at the first column (comments too)");
    }
    if (check->std_sub && !ini_std_property(line, &key, &value)) {
        return fail(check, err,
                    "below a key without value each indented line must be key = value; AWS SDKs "
                    "refuse the file. Complete it, or put # at the first column");
    }
    return 0;
}

static int check_std(struct check *check, const struct ini_line *record, struct ini_span line,
                     struct err *err)
{
    switch (record->std) {
    case INI_HEADER:
        return check_std_header(check, line, err);
    case INI_PROPERTY:
        return check_std_property(check, line, err);
    case INI_CONTINUATION:
        return check_std_continuation(check, line, err);
    default:
        return 0;
    }
}

/* botocore splits the lines of nested values at more characters than other tools do. */
static bool is_py_sub(struct ini_span line)
{
    while (line.len > 0) {
        struct ini_span piece = ini_py_trim(ini_py_piece(&line));
        if (piece.len > 0 && memchr(piece.at, '=', piece.len) == NULL) {
            return false;
        }
    }
    return true;
}

static int check_py(struct check *check, const struct ini_line *record, struct ini_span line,
                    struct err *err)
{
    struct ini_span key;
    struct ini_span value;
    switch (record->py) {
    case INI_HEADER:
        check->py_section = true;
        if (record->std != INI_HEADER) {
            return fail(check, err,
                        "it is a section to the AWS CLI but not to AWS SDKs. Begin it at the first "
                        "column");
        }
        return 0;
    case INI_PROPERTY:
        if (!check->py_section || !ini_py_property(line, &key, &value)) {
            return fail(check, err,
                        "it is neither a section nor key = value to the AWS CLI, which refuses the "
                        "file. Complete it, or begin the line with #");
        }
        check->py_sub = value.len == 0;
        return 0;
    case INI_CONTINUATION:
        if (check->py_sub && !is_py_sub(ini_py_trim(line))) {
            return fail(check, err,
                        "below a key without value each indented line must be key = value; the "
                        "AWS CLI refuses the file. Complete it, or put # at the first column");
        }
        return 0;
    default:
        return 0;
    }
}

int ini_check(const struct ini_doc *doc, struct err *err)
{
    struct check check = {.number = 0};
    for (size_t i = 0; i < doc->line_count; i++) {
        const struct ini_line *record = &doc->lines[i];
        struct ini_span line = ini_line_text(doc, record);
        check.number = i + 1;
        if (check_bytes(&check, line, err) != 0 || check_std(&check, record, line, err) != 0 ||
            check_py(&check, record, line, err) != 0) {
            return -1;
        }
    }
    return ini_check_duplicates(doc, err);
}
