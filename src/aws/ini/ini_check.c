/* SPDX-License-Identifier: MIT */
/* Whether AWS tools accept a file: one pass over the lines by both sets of rules, then duplicates.
 */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

struct check {
    size_t number; /* of the line, from 1 */
    bool std_section;
    bool std_property;
    bool std_sub; /* the property has an empty value: nested properties follow */
    bool py_section;
    bool py_sub;
};

static int fail(const struct check *check, struct err *err, const char *what)
{
    return err_set(err, ERR_FILE, "line %zu: %s", check->number, what);
}

/* A CR without LF ends a line in Python, but not in the SDKs. It is harmless in a full-line comment
 * if Python reads the rest as comments or blank lines too. */
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
                    "the file begins with a byte order mark, which the AWS CLI and some SDKs "
                    "reject. Save it as UTF-8 without BOM");
    }
    for (size_t at = 0; at < line.len;) {
        size_t width = utf8_decode(line.at + at, line.len - at, NULL);
        if (width == 0) {
            return fail(check, err,
                        "the line is not valid UTF-8; the AWS CLI and SDKs reject the file. Save "
                        "it as UTF-8");
        }
        if (line.at[at] == '\0') {
            return fail(check, err,
                        "the line contains a NUL byte, which some AWS tools read as the end of "
                        "the file. Remove it");
        }
        at += width;
    }
    if (line.len > 0 && memchr(line.at, '\r', line.len) != NULL && !is_harmless_cr(line)) {
        return fail(check, err,
                    "the line contains a carriage return without a line feed, which ends the line "
                    "for the AWS CLI but not for the SDKs. Save the file with LF line ends");
    }
    return 0;
}

static int check_std_header(struct check *check, struct ini_span line, struct err *err)
{
    struct ini_span name;
    if (!ini_std_header(line, &name)) {
        return fail(check, err,
                    "the section header has no closing \"]\", or something other than a comment "
                    "follows it; AWS SDKs reject the file. Write the header alone on its line, "
                    "for example [default]");
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
                    "the line comes before the first section header; AWS tools reject the file. "
                    "Move it below a header such as [default], or start the line with #");
    }
    if (!ini_std_property(line, &key, &value)) {
        return fail(check, err,
                    "the line is not key = value (the \"=\" or the key is missing); AWS SDKs "
                    "reject the file. Complete it, or start the line with #");
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
                    "the line is indented, but no property above it can be continued; AWS SDKs "
                    "reject the file. Remove the indentation (of comments too)");
    }
    if (check->std_sub && !ini_std_property(line, &key, &value)) {
        return fail(check, err,
                    "indented lines after a key without a value must be key = value; AWS SDKs "
                    "reject the file. Complete the line, or put # at the first column");
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

/* botocore splits nested properties at more line ends than other tools do. */
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
                        "the AWS CLI reads the line as a section header, but AWS SDKs do not. "
                        "Start it at the first column");
        }
        return 0;
    case INI_PROPERTY:
        if (!check->py_section || !ini_py_property(line, &key, &value)) {
            return fail(check, err,
                        "the AWS CLI reads the line neither as a section header nor as "
                        "key = value, and rejects the file. Complete it, or start the line with #");
        }
        check->py_sub = value.len == 0;
        return 0;
    case INI_CONTINUATION:
        if (check->py_sub && !is_py_sub(ini_py_trim(line))) {
            return fail(check, err,
                        "indented lines after a key without a value must be key = value; the AWS "
                        "CLI rejects the file. Complete the line, or put # at the first column");
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
