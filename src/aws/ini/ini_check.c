/* SPDX-License-Identifier: MIT */
/* Whether AWS tools accept a file, and whether one profile of a faulty file can be edited. */
#include "aws/ini/ini_doc.h"

#include <stdio.h>

#include "base/err.h"

/* Calls report for the faults of lines, then for duplicates, until it returns false. */
static int find_faults(const struct ini_doc *doc, ini_fault_fn *report, void *context,
                       struct err *err)
{
    return ini_find_line_faults(doc, report, context)
               ? ini_find_duplicates(doc, report, context, err)
               : 0;
}

static const char *effect_of(const struct ini_fault *fault)
{
    if (fault->rule->effect != NULL) {
        return fault->rule->effect;
    }
    return !fault->py_rejects    ? "the SDKs for Rust and Java reject the file"
           : !fault->std_rejects ? "the AWS CLI and boto3 reject the file"
                                 : "the AWS CLI, boto3 and the SDKs for Rust and Java reject the "
                                   "file";
}

static int fail(const struct ini_fault *fault, struct err *err)
{
    char other[24] = "";
    if (fault->also != INI_NO_LINE) {
        snprintf(other, sizeof(other), " on line %u", fault->also + 1);
    }
    return err_set(err, ERR_FILE, "line %u: %s%s; %s. %s", fault->line + 1, fault->rule->what,
                   other, effect_of(fault), fault->rule->advice);
}

struct search {
    const struct ini_doc *doc;
    const char *profile; /* NULL: every fault counts */
    bool found;
    struct ini_fault fault; /* the first one that counts */
};

static bool is_of_profile(const struct search *search, uint32_t section)
{
    struct ini_match match =
        ini_section_match(search->doc, &search->doc->sections[section], search->profile);
    return match.std || match.py;
}

/* Whether a line is in a section of the profile. A faulty header also counts as a line of the
 * section before it, because some tools do not see that this section ends there. */
static bool is_line_of_profile(const struct search *search, uint32_t line, bool faulty_header)
{
    uint32_t section = search->doc->lines[line].section;
    if (section == INI_NO_SECTION) {
        return false;
    }
    bool is_header = search->doc->sections[section].line == line;
    return is_of_profile(search, section) ||
           (faulty_header && is_header && section > 0 && is_of_profile(search, section - 1));
}

static bool counts(const struct search *search, const struct ini_fault *fault)
{
    if (search->profile == NULL || fault->rule->whole_file) {
        return true;
    }
    if (fault->also != INI_NO_LINE) {
        return is_line_of_profile(search, fault->line, false) ||
               is_line_of_profile(search, fault->also, false);
    }
    return is_line_of_profile(search, fault->line, true);
}

static bool keep_first(void *context, const struct ini_fault *fault)
{
    struct search *search = context;
    search->found = counts(search, fault);
    search->fault = *fault;
    return !search->found;
}

static int check(const struct ini_doc *doc, const char *profile, struct err *err)
{
    struct search search = {.doc = doc, .profile = profile};
    if (find_faults(doc, keep_first, &search, err) != 0) {
        return -1;
    }
    return search.found ? fail(&search.fault, err) : 0;
}

int ini_check(const struct ini_doc *doc, struct err *err)
{
    return check(doc, NULL, err);
}

int ini_check_profile(const struct ini_doc *doc, const char *profile, struct err *err)
{
    return check(doc, profile, err);
}
