/* SPDX-License-Identifier: MIT */
/* Parses a text into lines and sections: the kind of each line by both sets of rules. */
#include "aws/ini/ini_doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static const char bom[] = "\xEF\xBB\xBF";

/* The state of Python's configparser between two lines. */
struct py_state {
    bool in_section;
    bool in_option;
    size_t indent; /* of the last header or option; lines with more of it continue the option */
};

struct ini_span ini_line_text(const struct ini_doc *doc, const struct ini_line *line)
{
    return (struct ini_span){doc->text + line->start, line->len};
}

/* Lines end with LF. A CR without LF ends a line in Python only; ini_check rejects such files. */
static size_t count_lines(const char *text, size_t len)
{
    size_t count = 0;
    const char *end = text + len;
    while (text < end) {
        const char *lf = memchr(text, '\n', (size_t)(end - text));
        text = lf == NULL ? end : lf + 1;
        count++;
    }
    return count;
}

static struct ini_line next_line(const struct ini_doc *doc, size_t start)
{
    const char *at = doc->text + start;
    const char *lf = memchr(at, '\n', doc->len - start);
    struct ini_line line = {.start = (uint32_t)start, .section = INI_NO_SECTION};
    if (lf == NULL) {
        line.len = (uint32_t)(doc->len - start);
    } else {
        bool crlf = lf > at && lf[-1] == '\r';
        line.eol_len = crlf ? 2 : 1;
        line.len = (uint32_t)(lf - at) - (crlf ? 1 : 0);
    }
    return line;
}

static enum ini_line_kind std_kind(struct ini_span line)
{
    if (ini_std_trim(line).len == 0) {
        return INI_BLANK;
    }
    switch (line.at[0]) {
    case '#':
    case ';':
        return INI_COMMENT;
    case '[':
        return INI_HEADER;
    case ' ':
    case '\t':
        return INI_CONTINUATION;
    default:
        return INI_PROPERTY;
    }
}

static enum ini_line_kind py_kind(struct py_state *state, struct ini_span line)
{
    struct ini_span content = ini_py_trim(line);
    struct ini_span name;
    if (content.len == 0) {
        return INI_BLANK;
    }
    if (content.at[0] == '#' || content.at[0] == ';') {
        return INI_COMMENT;
    }
    size_t indent = ini_py_indent(line);
    if (state->in_section && state->in_option && indent > state->indent) {
        return INI_CONTINUATION;
    }
    state->indent = indent;
    if (ini_py_header(line, &name)) {
        state->in_section = true;
        state->in_option = false;
        return INI_HEADER;
    }
    state->in_option = true;
    return INI_PROPERTY;
}

static int read_lines(struct ini_doc *doc, struct err *err)
{
    doc->line_count = count_lines(doc->text + doc->bom_len, doc->len - doc->bom_len);
    if (doc->line_count == 0 && doc->bom_len > 0) {
        doc->line_count = 1; /* for the fault */
    }
    doc->lines = calloc(doc->line_count + 1, sizeof(*doc->lines));
    if (doc->lines == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%zu lines)", doc->line_count);
    }
    struct py_state state = {.in_section = false};
    size_t start = doc->bom_len;
    for (size_t i = 0; i < doc->line_count; i++) {
        struct ini_line line = next_line(doc, start);
        struct ini_span text = ini_line_text(doc, &line);
        line.std = (uint8_t)std_kind(text);
        line.py = (uint8_t)py_kind(&state, text);
        doc->lines[i] = line;
        start += line.len + line.eol_len;
        if (line.std == INI_HEADER || line.py == INI_HEADER) {
            doc->section_count++;
        }
    }
    return 0;
}

/* Sets the names of the section from its header line. */
static int read_header(struct ini_doc *doc, struct ini_section *section, struct err *err)
{
    struct ini_span line = ini_line_text(doc, &doc->lines[section->line]);
    struct ini_span name;
    if (ini_std_header(line, &name)) {
        section->is_std =
            ini_std_profile(doc->kind, name, &section->std_name, &section->std_prefixed);
    }
    if (!ini_py_header(line, &name)) {
        return 0;
    }
    section->py_defaults = ini_span_is(name, "DEFAULT");
    size_t len = 0;
    char *room = buf_reserve(&doc->names, name.len, err);
    if (room == NULL) {
        return -1;
    }
    section->is_py = ini_py_profile(doc->kind, name, room, &len);
    if (section->is_py) {
        section->py_name = (uint32_t)doc->names.len;
        section->py_name_len = (uint32_t)len;
        doc->names.len += len;
    }
    room[section->is_py ? len : 0] = '\0';
    return 0;
}

static int read_sections(struct ini_doc *doc, struct err *err)
{
    doc->sections = calloc(doc->section_count + 1, sizeof(*doc->sections));
    if (doc->sections == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%zu sections)", doc->section_count);
    }
    uint32_t next = 0;
    for (uint32_t i = 0; i < doc->line_count; i++) {
        struct ini_line *line = &doc->lines[i];
        if (line->std == INI_HEADER || line->py == INI_HEADER) {
            doc->sections[next].line = i;
            if (read_header(doc, &doc->sections[next], err) != 0) {
                return -1;
            }
            next++;
        }
        if (next > 0) {
            line->section = next - 1;
            doc->sections[next - 1].end = i + 1;
        }
    }
    return 0;
}

int ini_parse(struct ini_doc *doc, enum ini_kind kind, const char *text, size_t len,
              struct err *err)
{
    *doc = (struct ini_doc){.kind = kind, .text = len == 0 ? "" : text, .len = len};
    doc->bom_len =
        len >= sizeof(bom) - 1 && memcmp(text, bom, sizeof(bom) - 1) == 0 ? sizeof(bom) - 1 : 0;
    buf_init(&doc->names, len);
    if (len > INI_TEXT_MAX) {
        return err_set(err, ERR_FILE, "the file is too large: %zu bytes, the maximum is %d", len,
                       INI_TEXT_MAX);
    }
    if (read_lines(doc, err) != 0) {
        return -1;
    }
    return read_sections(doc, err);
}

void ini_done(struct ini_doc *doc)
{
    if (doc == NULL) {
        return;
    }
    free(doc->lines);
    free(doc->sections);
    buf_done(&doc->names);
    *doc = (struct ini_doc){.kind = doc->kind};
}
