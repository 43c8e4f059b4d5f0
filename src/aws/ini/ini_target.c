/* SPDX-License-Identifier: MIT */
/* Checks before and after an edit that all tools read the result. */
#include "aws/ini/ini_doc.h"

#include "base/err.h"

static bool any_set(const struct ini_edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (edits[i].value != NULL) {
            return true;
        }
    }
    return false;
}

/* White space other than blank and tab at the start of a line makes it a property by one set of
 * rules and a continuation line by the other. An edit next to such a line would be wrong for one of
 * them. */
static int check_lines(const struct ini_doc *doc, const struct ini_section *section,
                       struct err *err)
{
    for (uint32_t i = section->line + 1; i < section->end; i++) {
        const struct ini_line *line = &doc->lines[i];
        if ((line->std == INI_PROPERTY) != (line->py == INI_PROPERTY)) {
            return err_set(err, ERR_FILE,
                           "line %u: some AWS tools read the line as a property, others as a "
                           "continuation of the line above. Start it with its key, or indent it "
                           "with ordinary blanks",
                           i + 1);
        }
    }
    return 0;
}

/* A key that botocore inherits from [DEFAULT] cannot be removed from a section. */
static int check_inherited(const struct ini_doc *doc, const char *key, struct err *err)
{
    for (uint32_t i = 0; i < doc->line_count; i++) {
        const struct ini_line *line = &doc->lines[i];
        if (line->section != INI_NO_SECTION && doc->sections[line->section].py_defaults &&
            ini_line_is(doc, line, key, true)) {
            return err_set(err, ERR_FILE,
                           "line %u: [DEFAULT] sets %s for every profile in the AWS CLI and boto3, "
                           "but this profile must not have it. Remove the line",
                           i + 1, key);
        }
    }
    return 0;
}

/* Of several sections of the profile, each set of rules must read at least one. */
static int check_readers(const struct ini_doc *doc, const char *profile, struct err *err)
{
    bool std = false;
    bool py = false;
    size_t count = 0;
    uint32_t lines[2] = {0, 0};
    for (size_t i = 0; i < doc->section_count; i++) {
        struct ini_match match = ini_section_match(doc, &doc->sections[i], profile);
        if (match.std || match.py) {
            lines[count == 0 ? 0 : 1] = doc->sections[i].line + 1;
            std = std || match.std;
            py = py || match.py;
            count++;
        }
    }
    if (count > 1 && (!std || !py)) {
        return err_set(err, ERR_FILE,
                       "line %u: this section and the one on line %u both belong to profile %s, "
                       "but only some AWS tools read them. Merge the two sections",
                       lines[1], lines[0], profile);
    }
    return 0;
}

int ini_check_target(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
                     size_t count, struct err *err)
{
    for (size_t i = 0; i < doc->section_count; i++) {
        struct ini_match match = ini_section_match(doc, &doc->sections[i], profile);
        if ((match.std || match.py) && check_lines(doc, &doc->sections[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (edits[i].value == NULL && check_inherited(doc, edits[i].key, err) != 0) {
            return -1;
        }
    }
    return any_set(edits, count) ? check_readers(doc, profile, err) : 0;
}

/* Whether every tool reads the edit from the section, exactly once. */
static bool section_holds(const struct ini_doc *doc, const struct ini_section *section,
                          const struct ini_edit *edit)
{
    size_t hits = 0;
    for (uint32_t i = section->line + 1; i < section->end; i++) {
        if (ini_line_is_any(doc, &doc->lines[i], edit->key)) {
            hits++;
            if (edit->value == NULL || !ini_line_holds(doc, i, edit)) {
                return false;
            }
        }
    }
    return hits == (edit->value == NULL ? 0 : 1);
}

static bool profile_holds(const struct ini_doc *doc, const char *profile,
                          const struct ini_edit *edits, size_t count)
{
    bool std = false;
    bool py = false;
    for (size_t i = 0; i < doc->section_count; i++) {
        const struct ini_section *section = &doc->sections[i];
        struct ini_match match = ini_section_match(doc, section, profile);
        std = std || match.std;
        py = py || match.py;
        for (size_t e = 0; (match.std || match.py) && e < count; e++) {
            if (!section_holds(doc, section, &edits[e])) {
                return false;
            }
        }
    }
    return (std && py) || !any_set(edits, count);
}

int ini_verify_edit(enum ini_kind kind, struct ini_span text, const char *profile,
                    const struct ini_edit *edits, size_t count, struct err *err)
{
    struct ini_doc doc;
    int result = ini_parse(&doc, kind, text.at, text.len, err);
    if (result == 0 && ini_check_profile(&doc, profile, err) != 0) {
        /* For example next to a header [a]], which Python before 3.10 reads as [a]. */
        result = err_wrap(err, "after adding profile %s", profile);
    } else if (result == 0 && !profile_holds(&doc, profile, edits, count)) {
        result = err_set(err, ERR_INTERNAL,
                         "AWS tools would not read the requested values from profile %s; the file "
                         "is not changed",
                         profile);
    }
    ini_done(&doc);
    return result;
}
