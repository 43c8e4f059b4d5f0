/* SPDX-License-Identifier: MIT */
/* Looks up profiles, keys and values by either set of rules. */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/err.h"

static struct ini_span py_name(const struct ini_doc *doc, const struct ini_section *section)
{
    return (struct ini_span){buf_str(&doc->names) + section->py_name, section->py_name_len};
}

struct ini_match ini_section_match(const struct ini_doc *doc, const struct ini_section *section,
                                   const char *profile)
{
    return (struct ini_match){
        .std = section->is_std && ini_span_is(section->std_name, profile),
        .py = section->is_py && ini_span_is(py_name(doc, section), profile),
    };
}

bool ini_has_profile(const struct ini_doc *doc, const char *profile)
{
    for (size_t i = 0; i < doc->section_count; i++) {
        struct ini_match match = ini_section_match(doc, &doc->sections[i], profile);
        if (match.std || match.py) {
            return true;
        }
    }
    return false;
}

bool ini_next_profile(const struct ini_doc *doc, size_t *at, const char **name, size_t *len)
{
    while (*at < doc->section_count) {
        const struct ini_section *section = &doc->sections[(*at)++];
        if (section->is_std || section->is_py) {
            struct ini_span found = section->is_std ? section->std_name : py_name(doc, section);
            *name = found.at;
            *len = found.len;
            return true;
        }
    }
    return false;
}

/* Key and value of a property line by one set of rules. */
static bool split(const struct ini_doc *doc, const struct ini_line *line, bool py,
                  struct ini_span *key, struct ini_span *value)
{
    struct ini_span text = ini_line_text(doc, line);
    if (py) {
        return line->py == INI_PROPERTY && ini_py_property(text, key, value);
    }
    return line->std == INI_PROPERTY && ini_std_property(text, key, value);
}

bool ini_line_is(const struct ini_doc *doc, const struct ini_line *line, const char *key, bool py)
{
    struct ini_span wanted = {key, strlen(key)};
    struct ini_span found;
    struct ini_span value;
    if (!split(doc, line, py, &found, &value)) {
        return false;
    }
    return py ? ini_py_key_compare(found, wanted) == 0 : ini_std_key_equal(found, wanted);
}

bool ini_line_is_any(const struct ini_doc *doc, const struct ini_line *line, const char *key)
{
    return ini_line_is(doc, line, key, false) || ini_line_is(doc, line, key, true);
}

static uint32_t section_end(const struct ini_doc *doc, uint32_t index)
{
    uint32_t section = doc->lines[index].section;
    return section == INI_NO_SECTION ? (uint32_t)doc->line_count : doc->sections[section].end;
}

bool ini_line_holds(const struct ini_doc *doc, uint32_t index, const struct ini_edit *edit)
{
    const struct ini_line *line = &doc->lines[index];
    struct ini_span key;
    struct ini_span value;
    for (int py = 0; py <= 1; py++) {
        if (!ini_line_is(doc, line, edit->key, py) || !split(doc, line, py, &key, &value) ||
            !ini_span_is(value, edit->value)) {
            return false;
        }
    }
    uint32_t end = section_end(doc, index);
    for (uint32_t i = index + 1; i < end && doc->lines[i].std != INI_PROPERTY; i++) {
        if (doc->lines[i].std == INI_CONTINUATION || doc->lines[i].py == INI_CONTINUATION) {
            return false;
        }
    }
    return true;
}

/* Python keeps blank lines inside a value, the standard rules drop them; both drop those at its
 * end.
 */
void ini_add_value(const struct ini_doc *doc, uint32_t index, bool py, struct buf *out)
{
    struct ini_span key;
    struct ini_span value;
    if (!split(doc, &doc->lines[index], py, &key, &value)) {
        return;
    }
    buf_add(out, value.at, value.len);
    size_t breaks = 0;
    uint32_t end = section_end(doc, index);
    for (uint32_t i = index + 1; i < end; i++) {
        const struct ini_line *line = &doc->lines[i];
        unsigned kind = py ? line->py : line->std;
        if (kind == INI_PROPERTY || kind == INI_HEADER) {
            break;
        }
        breaks += kind == INI_CONTINUATION || (py && kind == INI_BLANK) ? 1 : 0;
        if (kind != INI_CONTINUATION) {
            continue;
        }
        for (; breaks > 0; breaks--) {
            buf_add_char(out, '\n');
        }
        struct ini_span text = ini_line_text(doc, line);
        text = py ? ini_py_trim(text) : ini_std_trim(text);
        buf_add(out, text.at, text.len);
    }
}

/* By the standard rules [default] is ignored if there is a [profile default]. */
static bool has_prefixed_default(const struct ini_doc *doc)
{
    for (size_t i = 0; i < doc->section_count; i++) {
        const struct ini_section *section = &doc->sections[i];
        if (section->is_std && section->std_prefixed && ini_span_is(section->std_name, "default")) {
            return true;
        }
    }
    return false;
}

/* The line of the value that counts by one set of rules, or NULL. By the standard rules sections
 * with the same name are merged; for botocore the last one replaces the others. */
static const struct ini_line *find(const struct ini_doc *doc, const char *profile, const char *key,
                                   bool py)
{
    const struct ini_line *found = NULL;
    bool replaced = !py && strcmp(profile, "default") == 0 && has_prefixed_default(doc);
    for (size_t i = 0; i < doc->section_count; i++) {
        const struct ini_section *section = &doc->sections[i];
        struct ini_match match = ini_section_match(doc, section, profile);
        if (py ? !match.py : !match.std || (replaced && !section->std_prefixed)) {
            continue;
        }
        found = py ? NULL : found;
        for (uint32_t at = section->line + 1; at < section->end; at++) {
            if (ini_line_is(doc, &doc->lines[at], key, py)) {
                found = &doc->lines[at];
            }
        }
    }
    return found;
}

int ini_get(const struct ini_doc *doc, const char *profile, const char *key, struct buf *out,
            bool *found, struct err *err)
{
    bool py = false;
    const struct ini_line *line = find(doc, profile, key, false);
    if (line == NULL) {
        py = true;
        line = find(doc, profile, key, true);
    }
    *found = line != NULL;
    if (line == NULL || out == NULL) {
        return 0;
    }
    ini_add_value(doc, (uint32_t)(line - doc->lines), py, out);
    return buf_check(out, err);
}
