/* SPDX-License-Identifier: MIT */
/* Duplicate sections and keys, which botocore rejects. Found by sorting: n log n steps for any
 * text.
 */
#include "aws/ini/ini_doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static const struct ini_rule rule_section = {
    .what = "the section is already",
    .advice = "Merge the two sections",
};
static const struct ini_rule rule_key = {
    .what = "the key is already",
    .advice = "Remove one of the two",
};

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

static bool is_duplicate(const struct entry *a, const struct entry *b, bool keys)
{
    return keys ? a->section == b->section && ini_py_key_compare(a->name, b->name) == 0
                : compare_names(a->name, b->name) == 0;
}

static int compare_pairs(const void *left, const void *right)
{
    return compare_lines(left, right);
}

/* Reports the duplicates among sorted entries, which are overwritten. Python stops at the one that
 * comes first in the file. Returns false after report has. */
static bool report_pairs(struct entry *entries, size_t count, bool keys, ini_fault_fn *report,
                         void *context)
{
    size_t pairs = 0;
    struct entry before = count > 0 ? entries[0] : (struct entry){.line = 0};
    for (size_t i = 1; i < count; i++) {
        struct entry entry = entries[i];
        if (is_duplicate(&before, &entry, keys)) {
            entries[pairs++] = (struct entry){.line = entry.line, .section = before.line};
        }
        before = entry;
    }
    qsort(entries, pairs, sizeof(*entries), compare_pairs);
    for (size_t i = 0; i < pairs; i++) {
        const struct ini_fault fault = {
            .line = entries[i].line,
            .also = entries[i].section,
            .py_rejects = true,
            .rule = keys ? &rule_key : &rule_section,
        };
        if (!report(context, &fault)) {
            return false;
        }
    }
    return true;
}

/* Before Python 3.10 the section name ended at the first closing bracket. */
static struct ini_span old_py_name(struct ini_span name)
{
    const char *close = memchr(name.at, ']', name.len);
    return close == NULL || close == name.at
               ? name
               : (struct ini_span){name.at, (size_t)(close - name.at)};
}

static bool find_sections(const struct ini_doc *doc, struct entry *entries, bool old_python,
                          ini_fault_fn *report, void *context)
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
    return report_pairs(entries, count, false, report, context);
}

/* [DEFAULT] may be repeated; its keys must not be, across all its sections. */
static uint32_t key_space(const struct ini_doc *doc, const struct ini_line *line)
{
    return line->section == INI_NO_SECTION || doc->sections[line->section].py_defaults
               ? INI_NO_SECTION
               : line->section;
}

static bool find_keys(const struct ini_doc *doc, struct entry *entries, ini_fault_fn *report,
                      void *context)
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
    return report_pairs(entries, count, true, report, context);
}

int ini_find_duplicates(const struct ini_doc *doc, ini_fault_fn *report, void *context,
                        struct err *err)
{
    struct entry *entries = calloc(doc->line_count + 1, sizeof(*entries));
    if (entries == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory (%zu lines)", doc->line_count);
    }
    if (find_sections(doc, entries, false, report, context) &&
        find_sections(doc, entries, true, report, context)) {
        (void)find_keys(doc, entries, report, context);
    }
    free(entries);
    return 0;
}
