/* SPDX-License-Identifier: MIT */
/* Duplicate sections and keys, which botocore rejects. Found by sorting: n log n steps for any
 * text.
 */
#include "aws/ini/ini_doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct entry {
    struct ini_span name;
    uint32_t section; /* keys are compared only within one section */
    uint32_t line;    /* index */
};

static int compare_names(struct ini_span a, struct ini_span b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_lines(const struct entry *a, const struct entry *b)
{
    return (a->line > b->line) - (a->line < b->line);
}

static int compare_sections(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    int order = compare_names(a->name, b->name);
    return order != 0 ? order : compare_lines(a, b);
}

static int compare_keys(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->section != b->section) {
        return a->section < b->section ? -1 : 1;
    }
    int order = ini_py_key_compare(a->name, b->name);
    return order != 0 ? order : compare_lines(a, b);
}

/* The duplicate pair whose second line comes first in the file: Python stops there. NULL if there
 * is none. */
static const struct entry *first_pair(const struct entry *entries, size_t count, bool keys)
{
    const struct entry *found = NULL;
    for (size_t i = 1; i < count; i++) {
        const struct entry *a = &entries[i - 1];
        const struct entry *b = &entries[i];
        bool same = keys ? a->section == b->section && ini_py_key_compare(a->name, b->name) == 0
                         : compare_names(a->name, b->name) == 0;
        if (same && (found == NULL || b->line < found[1].line)) {
            found = a;
        }
    }
    return found;
}

/* Before Python 3.10 the section name ended at the first closing bracket. */
static struct ini_span old_py_name(struct ini_span name)
{
    const char *close = memchr(name.at, ']', name.len);
    return close == NULL || close == name.at
               ? name
               : (struct ini_span){name.at, (size_t)(close - name.at)};
}

static int check_sections(const struct ini_doc *doc, struct entry *entries, bool old_python,
                          struct err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < doc->section_count; i++) {
        const struct ini_section *section = &doc->sections[i];
        struct ini_span name;
        if (!section->py_defaults &&
            ini_py_header(ini_line_text(doc, &doc->lines[section->line]), &name)) {
            entries[count].name = old_python ? old_py_name(name) : name;
            entries[count++].line = section->line;
        }
    }
    qsort(entries, count, sizeof(*entries), compare_sections);
    const struct entry *pair = first_pair(entries, count, false);
    if (pair == NULL) {
        return 0;
    }
    return err_set(err, ERR_FILE,
                   "line %u: the section is already on line %u; the AWS CLI and boto3 reject the "
                   "file. Merge the two sections",
                   pair[1].line + 1, pair[0].line + 1);
}

/* [DEFAULT] may be repeated; its keys must not be, across all its sections. */
static uint32_t key_space(const struct ini_doc *doc, const struct ini_line *line)
{
    return line->section == INI_NO_SECTION || doc->sections[line->section].py_defaults
               ? INI_NO_SECTION
               : line->section;
}

static int check_keys(const struct ini_doc *doc, struct entry *entries, struct err *err)
{
    size_t count = 0;
    for (uint32_t i = 0; i < doc->line_count; i++) {
        const struct ini_line *line = &doc->lines[i];
        struct ini_span key;
        struct ini_span value;
        if (line->py == INI_PROPERTY && ini_py_property(ini_line_text(doc, line), &key, &value)) {
            entries[count++] = (struct entry){key, key_space(doc, line), i};
        }
    }
    qsort(entries, count, sizeof(*entries), compare_keys);
    const struct entry *pair = first_pair(entries, count, true);
    if (pair == NULL) {
        return 0;
    }
    return err_set(err, ERR_FILE,
                   "line %u: the key is already on line %u; the AWS CLI and boto3 reject the file. "
                   "Remove one of the two",
                   pair[1].line + 1, pair[0].line + 1);
}

int ini_check_duplicates(const struct ini_doc *doc, struct err *err)
{
    struct entry *entries = calloc(doc->line_count + 1, sizeof(*entries));
    if (entries == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%zu lines)", doc->line_count);
    }
    int result = 0;
    if (check_sections(doc, entries, false, err) != 0 ||
        check_sections(doc, entries, true, err) != 0 || check_keys(doc, entries, err) != 0) {
        result = -1;
    }
    free(entries);
    return result;
}
