/* SPDX-License-Identifier: MIT */
/* Builds the edited text: copies everything but the lines that change. */
#include "aws/ini/ini_doc.h"

#include <string.h>

#include "base/err.h"

struct edit_run {
    const struct ini_doc *doc;
    const char *profile;
    const struct ini_edit *edits;
    size_t count;
    struct buf *out;
    uint64_t seen;   /* one bit per edit: the section has its key */
    bool fix_header; /* the section's header must be rewritten, because only some tools read it */
    bool dropping;   /* continuation lines belong to a property that was changed or removed */
    bool commenting; /* they become comments */
};

_Static_assert(INI_EDITS_MAX <= 64, "one bit per edit");

static void add(const struct edit_run *run, struct ini_span text)
{
    buf_add(run->out, text.at, text.len);
}

static void add_str(const struct edit_run *run, const char *str)
{
    buf_add_str(run->out, str);
}

/* The line end to use next to a line. Only the last line can have none; the line before it counts
 * then. */
static const char *eol_near(const struct ini_doc *doc, uint32_t index)
{
    const struct ini_line *line = &doc->lines[index];
    if (line->eol_len == 0 && index > 0) {
        line--;
    }
    return line->eol_len == 2 ? "\r\n" : "\n";
}

/* The line's own end, which the last line may not have. */
static void add_own_eol(const struct edit_run *run, uint32_t index)
{
    if (run->doc->lines[index].eol_len != 0) {
        add_str(run, eol_near(run->doc, index));
    }
}

/* Ends the last line, so that more can be appended. */
static void end_last_line(const struct edit_run *run, uint32_t index)
{
    const struct buf *out = run->out;
    if (out->len > 0 && out->data[out->len - 1] != '\n') {
        add_str(run, eol_near(run->doc, index));
    }
}

static void add_pair(const struct edit_run *run, const struct ini_edit *edit)
{
    buf_add_fmt(run->out, "%s = %s", edit->key, edit->value);
}

static void add_header(const struct edit_run *run)
{
    bool bare = run->doc->kind == INI_CREDENTIALS || strcmp(run->profile, "default") == 0;
    buf_add_fmt(run->out, bare ? "[%s]" : "[profile %s]", run->profile);
}

/* Moves a comment to a line of its own. */
static void add_comment_line(const struct edit_run *run, struct ini_span comment, uint32_t index)
{
    comment = ini_py_trim(comment);
    if (comment.len > 0) {
        add(run, comment);
        add_str(run, eol_near(run->doc, index));
    }
}

static void copy_line(const struct edit_run *run, uint32_t index)
{
    const struct ini_line *line = &run->doc->lines[index];
    buf_add(run->out, run->doc->text + line->start, line->len + line->eol_len);
}

/* In Python a header extends to the last bracket of the line, so a comment with a bracket moves to
 * the next line. */
static void put_header(const struct edit_run *run, uint32_t index)
{
    struct ini_span line = ini_line_text(run->doc, &run->doc->lines[index]);
    struct ini_span name;
    if (!run->fix_header || !ini_std_header(line, &name)) {
        copy_line(run, index);
        return;
    }
    const char *after = name.at + name.len + 1;
    struct ini_span rest = {after, (size_t)(line.at + line.len - after)};
    add_header(run);
    if (rest.len > 0 && memchr(rest.at, ']', rest.len) != NULL) {
        rest = ini_py_trim(rest);
        add_str(run, eol_near(run->doc, index));
    }
    add(run, rest);
    add_own_eol(run, index);
}

static void put_property(const struct edit_run *run, uint32_t index, const struct ini_edit *edit)
{
    struct ini_span line = ini_line_text(run->doc, &run->doc->lines[index]);
    size_t comment = ini_std_comment(line, true);
    struct ini_span rest = {line.at + comment, line.len - comment};
    add_comment_line(run, rest, index);
    add_pair(run, edit);
    add_own_eol(run, index);
}

static void put_as_comment(const struct edit_run *run, uint32_t index)
{
    add_str(run, "# ");
    copy_line(run, index);
}

static const struct ini_edit *edit_for(struct edit_run *run, const struct ini_line *line)
{
    for (size_t i = 0; i < run->count; i++) {
        if (ini_line_is_any(run->doc, line, run->edits[i].key)) {
            run->seen |= UINT64_C(1) << i;
            return &run->edits[i];
        }
    }
    return NULL;
}

/* Any line of the section except its header. */
static void put_line(struct edit_run *run, uint32_t index)
{
    const struct ini_line *line = &run->doc->lines[index];
    if (line->std == INI_PROPERTY) {
        const struct ini_edit *edit = edit_for(run, line);
        run->dropping =
            edit != NULL && (edit->value == NULL || !ini_line_holds(run->doc, index, edit));
        run->commenting = run->dropping && edit->comment_out;
        if (run->commenting) {
            put_as_comment(run, index);
            return;
        }
        if (run->dropping) {
            if (edit->value != NULL) {
                put_property(run, index, edit);
            }
            return;
        }
    } else if (run->dropping && line->std == INI_CONTINUATION) {
        if (line->py == INI_COMMENT) {
            /* If it stayed indented, it would continue the property above by the standard rules. */
            add(run, ini_py_trim(ini_line_text(run->doc, line)));
            add_own_eol(run, index);
        } else if (run->commenting) {
            put_as_comment(run, index);
        }
        return;
    }
    copy_line(run, index);
}

static void put_missing(struct edit_run *run, uint32_t index)
{
    for (size_t i = 0; i < run->count; i++) {
        if (run->edits[i].value == NULL || (run->seen & (UINT64_C(1) << i)) != 0) {
            continue;
        }
        end_last_line(run, index);
        add_pair(run, &run->edits[i]);
        add_str(run, eol_near(run->doc, index));
    }
}

/* The last line of the section that is neither blank nor a comment: comments at the end may belong
 * to the next section. */
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

static void put_section(struct edit_run *run, const struct ini_section *section)
{
    uint32_t last = last_content(run->doc, section);
    run->seen = 0;
    run->dropping = false;
    for (uint32_t i = section->line; i < section->end; i++) {
        if (i == section->line) {
            put_header(run, i);
        } else {
            put_line(run, i);
        }
        if (i == last) {
            put_missing(run, i);
        }
    }
}

/* If all edits remove keys, no section is added and no header is rewritten. */
static bool wants_section(const struct edit_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        if (run->edits[i].value != NULL) {
            return true;
        }
    }
    return false;
}

static size_t count_sections(const struct edit_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->doc->section_count; i++) {
        struct ini_match match = ini_section_match(run->doc, &run->doc->sections[i], run->profile);
        count += match.std || match.py ? 1 : 0;
    }
    return count;
}

static void append_section(struct edit_run *run)
{
    const struct ini_doc *doc = run->doc;
    if (!wants_section(run)) {
        return;
    }
    const char *eol = "\n";
    uint32_t last = 0;
    if (doc->line_count > 0) {
        last = (uint32_t)doc->line_count - 1;
        eol = eol_near(doc, last);
        end_last_line(run, last);
        if (doc->lines[last].std != INI_BLANK) {
            add_str(run, eol);
        }
    }
    run->seen = 0;
    add_header(run);
    add_str(run, eol);
    put_missing(run, last);
}

static void compose(struct edit_run *run)
{
    const struct ini_doc *doc = run->doc;
    size_t done = 0;
    bool found = false;
    /* ini_check_target has checked that each tool reads at least one of several sections. */
    bool only = wants_section(run) && count_sections(run) == 1;
    for (size_t i = 0; i < doc->section_count; i++) {
        const struct ini_section *section = &doc->sections[i];
        struct ini_match match = ini_section_match(doc, section, run->profile);
        if (!match.std && !match.py) {
            continue;
        }
        const struct ini_line *last = &doc->lines[section->end - 1];
        size_t start = doc->lines[section->line].start;
        found = true;
        run->fix_header = only && (!match.std || !match.py);
        buf_add(run->out, doc->text + done, start - done);
        put_section(run, section);
        done = last->start + last->len + last->eol_len;
    }
    buf_add(run->out, doc->text + done, doc->len - done);
    if (!found) {
        append_section(run);
    }
}

static int check_edits(const struct ini_edit *edits, size_t count, struct err *err)
{
    if (count > INI_EDITS_MAX) {
        return err_set(err, ERR_INTERNAL, "too many edits in one call: %zu", count);
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
    struct edit_run run = {
        .doc = doc, .profile = profile, .edits = edits, .count = count, .out = out};
    buf_clear(out);
    if (ini_check_name(doc->kind, profile, err) != 0 || check_edits(edits, count, err) != 0 ||
        ini_check_profile(doc, profile, err) != 0 ||
        ini_check_target(doc, profile, edits, count, err) != 0) {
        return -1;
    }
    compose(&run);
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
