/* SPDX-License-Identifier: MIT */
/* Composes the text with the edits in it, from copied stretches and the lines that change. */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/err.h"

struct job {
    const struct ini_doc *doc;
    const char *profile;
    const struct ini_edit *edits;
    size_t count;
    struct buf *out;
    uint64_t seen;   /* one bit per edit whose key the section has */
    bool fix_header; /* not every tool reads the section's header */
    bool dropping;   /* what continues the property above goes with it */
};

_Static_assert(INI_EDITS_MAX <= 64, "one bit per edit");

static void add(const struct job *job, struct ini_span text)
{
    buf_add(job->out, text.at, text.len);
}

static void add_str(const struct job *job, const char *str)
{
    buf_add_str(job->out, str);
}

/* The line end in use at a line. Only the last line can lack one; the line before tells then. */
static const char *eol_near(const struct ini_doc *doc, uint32_t index)
{
    const struct ini_line *line = &doc->lines[index];
    if (line->eol_len == 0 && index > 0) {
        line--;
    }
    return line->eol_len == 2 ? "\r\n" : "\n";
}

/* The line's own end, none where it has none. */
static void add_own_eol(const struct job *job, uint32_t index)
{
    if (job->doc->lines[index].eol_len != 0) {
        add_str(job, eol_near(job->doc, index));
    }
}

/* Before anything is appended: ends a last line that has no end. */
static void end_last_line(const struct job *job, uint32_t index)
{
    const struct buf *out = job->out;
    if (out->len > 0 && out->data[out->len - 1] != '\n') {
        add_str(job, eol_near(job->doc, index));
    }
}

static void add_pair(const struct job *job, const struct ini_edit *edit)
{
    buf_add_fmt(job->out, "%s = %s", edit->key, edit->value);
}

static void add_header(const struct job *job)
{
    bool bare = job->doc->kind == INI_CREDENTIALS || strcmp(job->profile, "default") == 0;
    buf_add_fmt(job->out, bare ? "[%s]" : "[profile %s]", job->profile);
}

/* A comment that cannot stay where it was gets a line of its own. */
static void add_comment_line(const struct job *job, struct ini_span comment, uint32_t index)
{
    comment = ini_py_trim(comment);
    if (comment.len > 0) {
        add(job, comment);
        add_str(job, eol_near(job->doc, index));
    }
}

static void copy_line(const struct job *job, uint32_t index)
{
    const struct ini_line *line = &job->doc->lines[index];
    buf_add(job->out, job->doc->text + line->start, line->len + line->eol_len);
}

/* To Python a header reaches up to the line's last bracket, so a comment with one moves below. */
static void put_header(const struct job *job, uint32_t index)
{
    struct ini_span line = ini_line_text(job->doc, &job->doc->lines[index]);
    struct ini_span name;
    if (!job->fix_header || !ini_std_header(line, &name)) {
        copy_line(job, index);
        return;
    }
    const char *behind = name.at + name.len + 1;
    struct ini_span rest = {behind, (size_t)(line.at + line.len - behind)};
    add_header(job);
    if (rest.len > 0 && memchr(rest.at, ']', rest.len) != NULL) {
        rest = ini_py_trim(rest);
        add_str(job, eol_near(job->doc, index));
    }
    add(job, rest);
    add_own_eol(job, index);
}

static void put_property(const struct job *job, uint32_t index, const struct ini_edit *edit)
{
    struct ini_span line = ini_line_text(job->doc, &job->doc->lines[index]);
    size_t comment = ini_std_comment(line, true);
    struct ini_span rest = {line.at + comment, line.len - comment};
    add_comment_line(job, rest, index);
    add_pair(job, edit);
    add_own_eol(job, index);
}

static const struct ini_edit *edit_for(struct job *job, const struct ini_line *line)
{
    for (size_t i = 0; i < job->count; i++) {
        if (ini_line_is_any(job->doc, line, job->edits[i].key)) {
            job->seen |= UINT64_C(1) << i;
            return &job->edits[i];
        }
    }
    return NULL;
}

/* A line of the section that is no header. */
static void put_line(struct job *job, uint32_t index)
{
    const struct ini_line *line = &job->doc->lines[index];
    if (line->std == INI_PROPERTY) {
        const struct ini_edit *edit = edit_for(job, line);
        job->dropping =
            edit != NULL && (edit->value == NULL || !ini_line_holds(job->doc, index, edit));
        if (job->dropping) {
            if (edit->value != NULL) {
                put_property(job, index, edit);
            }
            return;
        }
    } else if (job->dropping && line->std == INI_CONTINUATION) {
        if (line->py == INI_COMMENT) {
            /* Indented, it would continue the next property above by the standard rules. */
            add(job, ini_py_trim(ini_line_text(job->doc, line)));
            add_own_eol(job, index);
        }
        return;
    }
    copy_line(job, index);
}

static void put_missing(struct job *job, uint32_t index)
{
    for (size_t i = 0; i < job->count; i++) {
        if (job->edits[i].value == NULL || (job->seen & (UINT64_C(1) << i)) != 0) {
            continue;
        }
        end_last_line(job, index);
        add_pair(job, &job->edits[i]);
        add_str(job, eol_near(job->doc, index));
    }
}

/* The last line that any reading takes for part of the section, rather than of what follows. */
static uint32_t last_content(const struct ini_doc *doc, const struct ini_section *section)
{
    uint32_t last = section->line;
    for (uint32_t i = section->line; i < section->end; i++) {
        if (doc->lines[i].std != INI_BLANK && doc->lines[i].std != INI_COMMENT) {
            last = i;
        }
    }
    return last;
}

static void put_section(struct job *job, const struct ini_section *section)
{
    uint32_t last = last_content(job->doc, section);
    job->seen = 0;
    job->dropping = false;
    for (uint32_t i = section->line; i < section->end; i++) {
        if (i == section->line) {
            put_header(job, i);
        } else {
            put_line(job, i);
        }
        if (i == last) {
            put_missing(job, i);
        }
    }
}

/* Removing alone neither adds a section nor makes it visible to more tools. */
static bool wants_section(const struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        if (job->edits[i].value != NULL) {
            return true;
        }
    }
    return false;
}

static size_t count_sections(const struct job *job)
{
    size_t count = 0;
    for (size_t i = 0; i < job->doc->section_count; i++) {
        struct ini_match match = ini_section_match(job->doc, &job->doc->sections[i], job->profile);
        count += match.std || match.py ? 1 : 0;
    }
    return count;
}

static void append_section(struct job *job)
{
    const struct ini_doc *doc = job->doc;
    if (!wants_section(job)) {
        return;
    }
    const char *eol = "\n";
    uint32_t last = 0;
    if (doc->line_count > 0) {
        last = (uint32_t)doc->line_count - 1;
        eol = eol_near(doc, last);
        end_last_line(job, last);
        if (doc->lines[last].std != INI_BLANK) {
            add_str(job, eol);
        }
    }
    job->seen = 0;
    add_header(job);
    add_str(job, eol);
    put_missing(job, last);
}

static void compose(struct job *job)
{
    const struct ini_doc *doc = job->doc;
    size_t done = 0;
    bool found = false;
    /* Of several sections, ini_check_target has seen to it that each tool reads one. */
    bool only = wants_section(job) && count_sections(job) == 1;
    for (size_t i = 0; i < doc->section_count; i++) {
        const struct ini_section *section = &doc->sections[i];
        struct ini_match match = ini_section_match(doc, section, job->profile);
        if (!match.std && !match.py) {
            continue;
        }
        const struct ini_line *last = &doc->lines[section->end - 1];
        size_t start = doc->lines[section->line].start;
        found = true;
        job->fix_header = only && (!match.std || !match.py);
        buf_add(job->out, doc->text + done, start - done);
        put_section(job, section);
        done = last->start + last->len + last->eol_len;
    }
    buf_add(job->out, doc->text + done, doc->len - done);
    if (!found) {
        append_section(job);
    }
}

static int check_edits(const struct ini_edit *edits, size_t count, struct err *err)
{
    if (count > INI_EDITS_MAX) {
        return err_set(err, ERR_INTERNAL, "%zu edits at once are too many", count);
    }
    for (size_t i = 0; i < count; i++) {
        const struct ini_edit *edit = &edits[i];
        if (edit->value == NULL ? ini_check_key(edit->key, err) != 0
                                : ini_check_value(edit->key, edit->value, err) != 0) {
            return -1;
        }
        for (size_t before = 0; before < i; before++) {
            if (strcmp(edits[before].key, edit->key) == 0) {
                return err_set(err, ERR_INTERNAL, "two edits of the key %s", edit->key);
            }
        }
    }
    return 0;
}

int ini_edit(const struct ini_doc *doc, const char *profile, const struct ini_edit *edits,
             size_t count, struct buf *out, struct err *err)
{
    struct job job = {.doc = doc, .profile = profile, .edits = edits, .count = count, .out = out};
    buf_clear(out);
    if (ini_check_name(doc->kind, profile, err) != 0 || check_edits(edits, count, err) != 0 ||
        ini_check(doc, err) != 0 || ini_check_target(doc, profile, edits, count, err) != 0) {
        return -1;
    }
    compose(&job);
    int result = buf_check(out, err);
    if (result == 0) {
        struct ini_span text = {buf_str(out), out->len};
        result = ini_verify_edit(doc->kind, text, profile, edits, count, err);
    }
    if (result != 0) {
        buf_clear(out);
    }
    return result;
}
