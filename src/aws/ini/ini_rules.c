/* SPDX-License-Identifier: MIT */
/*
 * The rules for single lines, checked in one pass by both sets of rules. Which tools reject a fault
 * was tried with botocore 1.44 and the SDKs for JavaScript v3, Go v2, Rust and Java v2; those for
 * JavaScript and Go accept all of these files.
 */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/utf8.h"

/* What precedes a line. */
struct state {
    bool std_section;
    bool std_property;
    bool std_sub; /* the property has an empty value: nested properties follow */
    bool py_section;
    bool py_sub;
};

static const struct ini_rule rule_bom = {
    .what = "the file begins with a byte order mark",
    .advice = "Save it as UTF-8 without BOM",
};
static const struct ini_rule rule_utf8 = {
    .what = "the line is not valid UTF-8",
    .effect = "the AWS CLI, boto3 and the SDK for Rust reject the file",
    .advice = "Save it as UTF-8",
};
static const struct ini_rule rule_nul = {
    .what = "the line contains a NUL byte",
    .effect = "some AWS tools read it as the end of the file",
    .advice = "Remove it, or save the file as UTF-8",
    .whole_file = true,
};
static const struct ini_rule rule_cr = {
    .what = "the line contains a carriage return without a line feed",
    .effect = "it ends the line for the AWS CLI and boto3, but not for the SDKs",
    .advice = "Save the file with LF line ends",
};
static const struct ini_rule rule_cr_header = {
    .what = "a section header follows a carriage return without a line feed",
    .effect = "the AWS CLI and boto3 read it, but the SDKs do not",
    .advice = "Save the file with LF line ends",
    .whole_file = true,
};
static const struct ini_rule rule_header = {
    .what = "the section header has no closing \"]\", or something other than a comment follows it",
    .advice = "Write the header alone on its line, for example [default]",
};
static const struct ini_rule rule_py_header = {
    .what = "white space precedes the section header",
    .effect = "the AWS CLI and boto3 read the line as a section header, but the SDKs do not",
    .advice = "Start it at the first column",
};
static const struct ini_rule rule_no_section = {
    .what = "the line comes before the first section header",
    .advice = "Move it below a header such as [default], or start it with #",
};
static const struct ini_rule rule_property = {
    .what = "the line is neither a section header nor key = value",
    .advice = "Complete it, or start it with #",
};
static const struct ini_rule rule_indented = {
    .what = "the line is indented, but no property above it can be continued",
    .advice = "Remove the indentation",
};
static const struct ini_rule rule_sub = {
    .what = "the indented line after a key without a value is not key = value",
    .advice = "Complete it, or put # at the first column",
};

static bool is_comment(struct ini_span text)
{
    return text.len > 0 && (text.at[0] == '#' || text.at[0] == ';');
}

/* A CR without LF ends a line in Python, but not in the SDKs. It is harmless in a full-line comment
 * if Python reads the rest as comments or blank lines too. */
static const struct ini_rule *check_cr(struct ini_span line)
{
    bool in_comment = is_comment(line);
    const struct ini_rule *rule = NULL;
    while (line.len > 0) {
        const char *cr = memchr(line.at, '\r', line.len);
        if (cr == NULL) {
            break;
        }
        line.len -= (size_t)(cr + 1 - line.at);
        line.at = cr + 1;
        const char *next = line.len > 0 ? memchr(line.at, '\r', line.len) : NULL;
        size_t len = next != NULL ? (size_t)(next - line.at) : line.len;
        struct ini_span piece = ini_py_trim((struct ini_span){line.at, len});
        if (piece.len > 0 && piece.at[0] == '[') {
            return &rule_cr_header;
        }
        if (!in_comment || (piece.len > 0 && !is_comment(piece))) {
            rule = &rule_cr;
        }
    }
    return rule;
}

static const struct ini_rule *check_bytes(struct ini_span line)
{
    for (size_t at = 0; at < line.len;) {
        if (line.at[at] == '\0') {
            return &rule_nul;
        }
        bool ascii = (unsigned char)line.at[at] < 0x80;
        size_t width = ascii ? 1 : utf8_decode(line.at + at, line.len - at, NULL);
        if (width == 0) {
            return &rule_utf8;
        }
        at += width;
    }
    return check_cr(line);
}

static const struct ini_rule *check_std_property(struct state *state, struct ini_span line)
{
    struct ini_span key;
    struct ini_span value;
    bool valid = ini_std_property(line, &key, &value);
    state->std_property = true;
    state->std_sub = valid && value.len == 0;
    if (!state->std_section) {
        return &rule_no_section;
    }
    return valid ? NULL : &rule_property;
}

static const struct ini_rule *check_std_continuation(const struct state *state,
                                                     struct ini_span line)
{
    struct ini_span key;
    struct ini_span value;
    if (!state->std_property) {
        return &rule_indented;
    }
    return !state->std_sub || ini_std_property(line, &key, &value) ? NULL : &rule_sub;
}

static const struct ini_rule *check_std(struct state *state, const struct ini_line *record,
                                        struct ini_span line)
{
    struct ini_span name;
    switch (record->std) {
    case INI_HEADER:
        state->std_section = true;
        state->std_property = false;
        return ini_std_header(line, &name) ? NULL : &rule_header;
    case INI_PROPERTY:
        return check_std_property(state, line);
    case INI_CONTINUATION:
        return check_std_continuation(state, line);
    default:
        return NULL;
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

static const struct ini_rule *check_py(struct state *state, const struct ini_line *record,
                                       struct ini_span line)
{
    struct ini_span key;
    struct ini_span value;
    switch (record->py) {
    case INI_HEADER:
        state->py_section = true;
        return NULL;
    case INI_PROPERTY: {
        bool valid = ini_py_property(line, &key, &value);
        state->py_sub = valid && value.len == 0;
        return state->py_section && valid ? NULL : &rule_property;
    }
    case INI_CONTINUATION:
        return !state->py_sub || is_py_sub(ini_py_trim(line)) ? NULL : &rule_sub;
    default:
        return NULL;
    }
}

/* The first fault of a line, or a fault without a rule. The state is updated in any case. */
static struct ini_fault check_line(struct state *state, const struct ini_doc *doc, uint32_t index)
{
    const struct ini_line *record = &doc->lines[index];
    struct ini_span line = ini_line_text(doc, record);
    const struct ini_rule *bytes = check_bytes(line);
    const struct ini_rule *std = check_std(state, record, line);
    const struct ini_rule *py = check_py(state, record, line);
    struct ini_fault fault = {.line = index, .also = INI_NO_LINE};
    if (index == 0 && doc->bom_len > 0) {
        return (struct ini_fault){index, INI_NO_LINE, true, true, &rule_bom};
    }
    if (bytes != NULL) {
        fault.rule = bytes;
    } else if (record->py == INI_HEADER && record->std != INI_HEADER) {
        fault.rule = &rule_py_header;
    } else {
        fault.rule = std != NULL ? std : py;
        fault.std_rejects = std != NULL;
        fault.py_rejects = py != NULL;
    }
    return fault;
}

bool ini_find_line_faults(const struct ini_doc *doc, ini_fault_fn *report, void *context)
{
    struct state state = {.std_section = false};
    for (uint32_t i = 0; i < doc->line_count; i++) {
        struct ini_fault fault = check_line(&state, doc, i);
        if (fault.rule != NULL && !report(context, &fault)) {
            return false;
        }
    }
    return true;
}
