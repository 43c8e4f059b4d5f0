/* SPDX-License-Identifier: MIT */
/*
 * The editor of AWS files: properties that hold for every file of the corpus, and limits. Run from
 * the top of the repository; the corpus is in tests/unit/corpus/ini.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ini_help.h"

#define CORPUS "tests/unit/corpus/ini/"

struct sample {
    char name[64];
    enum ini_kind kind;
    unsigned line;   /* number of the first faulty line, 0 if the file is valid */
    bool whole_file; /* no profile can be edited */
    char *text;
    size_t len;
};

struct corpus {
    struct sample samples[256];
    size_t count;
};

static void read_sample(struct sample *sample)
{
    char path[256];
    snprintf(path, sizeof(path), CORPUS "%s", sample->name);
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        fail_msg("%s is missing; run from the top of the repository", path);
    }
    sample->text = malloc(65536);
    assert_non_null(sample->text);
    sample->len = fread(sample->text, 1, 65536, file);
    fclose(file);
    /* Exactly as large as the text, so that the sanitizer detects reads past the end. */
    sample->text = realloc(sample->text, sample->len == 0 ? 1 : sample->len);
    assert_non_null(sample->text);
}

static int load_corpus(void **state)
{
    struct corpus *corpus = calloc(1, sizeof(*corpus));
    FILE *file = fopen(CORPUS "expect.txt", "re");
    char line[256];
    if (corpus == NULL || file == NULL) {
        return -1;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        struct sample *sample = &corpus->samples[corpus->count];
        if (line[0] == '#' || corpus->count == ROWS(corpus->samples)) {
            continue;
        }
        char *rest = line + strcspn(line, " ");
        *rest++ = '\0';
        snprintf(sample->name, sizeof(sample->name), "%.*s", (int)sizeof(sample->name) - 1, line);
        sample->line = (unsigned)strtoul(rest, NULL, 10);
        sample->whole_file = strstr(rest, " whole") != NULL;
        sample->kind = strncmp(line, "cred-", 5) == 0 ? INI_CREDENTIALS : INI_CONFIG;
        read_sample(sample);
        corpus->count++;
    }
    fclose(file);
    *state = corpus;
    return corpus->count >= 60 ? 0 : -1;
}

static int free_corpus(void **state)
{
    struct corpus *corpus = *state;
    for (size_t i = 0; i < corpus->count; i++) {
        free(corpus->samples[i].text);
    }
    free(corpus);
    return 0;
}

static void finds_the_fault_of_every_file(void **state)
{
    const struct corpus *corpus = *state;
    for (size_t i = 0; i < corpus->count; i++) {
        const struct sample *sample = &corpus->samples[i];
        struct ini_doc doc = ini_help_parse(sample->kind, sample->text, sample->len);
        struct err err = {.kind = ERR_NONE};
        unsigned line = 0;
        if (ini_check(&doc, &err) != 0) {
            assert_int_equal(err.kind, ERR_FILE);
            assert_int_equal(sscanf(err.text, "line %u: ", &line), 1);
        }
        if (line != sample->line) {
            fail_msg("%s: line %u instead of %u: %s", sample->name, line, sample->line, err.text);
        }
        ini_done(&doc);
    }
}

/* Calls check for every profile of every sample, and for a profile that the sample lacks. */
typedef void property(const struct sample *sample, const char *profile);

static void for_each_profile(const struct corpus *corpus, property *check)
{
    for (size_t i = 0; i < corpus->count; i++) {
        const struct sample *sample = &corpus->samples[i];
        struct ini_doc doc = ini_help_parse(sample->kind, sample->text, sample->len);
        struct err err = {.kind = ERR_NONE};
        const char *name = NULL;
        size_t len = 0;
        size_t at = 0;
        check(sample, "brand-new");
        check(sample, "default");
        while (ini_next_profile(&doc, &at, &name, &len)) {
            char profile[INI_NAME_MAX + 1];
            snprintf(profile, sizeof(profile), "%.*s", (int)len, name);
            if (ini_check_name(sample->kind, profile, &err) == 0) {
                check(sample, profile);
            }
        }
        ini_done(&doc);
    }
}

static const struct ini_edit all_edits[] = {{"region", "eu-west-1", false},
                                            {"output", "text", false},
                                            {"aws_security_token", NULL, false},
                                            {"s3", NULL, false}};

static char *edit_sample(const struct sample *sample, const char *profile,
                         const struct ini_edit *edits, size_t count, size_t *len)
{
    struct err err;
    struct ini_span text = {sample->text, sample->len};
    char *after = ini_help_edit(sample->kind, text, profile, edits, count, len, &err);
    if (after == NULL && sample->line != 0) {
        assert_int_equal(err.kind, ERR_FILE);
    }
    if (after != NULL && sample->whole_file) {
        fail_msg("%s: edited, but AWS tools read nothing or different profiles", sample->name);
    }
    return after;
}

static void check_no_edit(const struct sample *sample, const char *profile)
{
    size_t len = 0;
    char *after = edit_sample(sample, profile, NULL, 0, &len);
    if (after != NULL) {
        ini_help_same(sample->name, (struct ini_span){after, len},
                      (struct ini_span){sample->text, sample->len});
    }
    free(after);
}

static void keeps_the_text_without_edits(void **state)
{
    for_each_profile(*state, check_no_edit);
}

static void check_twice(const struct sample *sample, const char *profile)
{
    size_t len = 0;
    char *once = edit_sample(sample, profile, all_edits, ROWS(all_edits), &len);
    if (once == NULL) {
        return;
    }
    struct err err;
    size_t again_len = 0;
    struct ini_span text = {once, len};
    char *twice =
        ini_help_edit(sample->kind, text, profile, all_edits, ROWS(all_edits), &again_len, &err);
    assert_non_null(twice);
    ini_help_same(sample->name, (struct ini_span){twice, again_len}, text);
    free(once);
    free(twice);
}

static void changes_nothing_the_second_time(void **state)
{
    for_each_profile(*state, check_twice);
}

static void check_get(const struct sample *sample, const char *profile)
{
    size_t len = 0;
    char *after = edit_sample(sample, profile, all_edits, ROWS(all_edits), &len);
    if (after == NULL) {
        return;
    }
    for (size_t i = 0; i < ROWS(all_edits); i++) {
        char *value =
            ini_help_get(sample->kind, (struct ini_span){after, len}, profile, all_edits[i].key);
        if (all_edits[i].value == NULL) {
            assert_null(value);
        } else {
            assert_non_null(value);
            assert_string_equal(value, all_edits[i].value);
        }
        free(value);
    }
    free(after);
}

static void reads_what_it_wrote(void **state)
{
    for_each_profile(*state, check_get);
}

/* The bytes from start to end, without line ends and blank lines at their end. */
static struct ini_span piece(const struct ini_doc *doc, size_t start, size_t end)
{
    while (end > start && strchr("\r\n", doc->text[end - 1]) != NULL) {
        end--;
    }
    return (struct ini_span){doc->text + start, end - start};
}

/* Moves *at to the next section that does not belong to the profile. */
static bool next_other(const struct ini_doc *doc, const char *profile, size_t *at,
                       struct ini_span *text)
{
    while (*at < doc->section_count) {
        const struct ini_section *section = &doc->sections[(*at)++];
        struct ini_match match = ini_section_match(doc, section, profile);
        if (!match.std && !match.py) {
            bool last = section->end == doc->line_count;
            *text = piece(doc, doc->lines[section->line].start,
                          last ? doc->len : doc->lines[section->end].start);
            return true;
        }
    }
    return false;
}

static void check_others(const struct sample *sample, const char *profile)
{
    size_t len = 0;
    char *after = edit_sample(sample, profile, all_edits, ROWS(all_edits), &len);
    if (after == NULL) {
        return;
    }
    struct ini_doc old_doc = ini_help_parse(sample->kind, sample->text, sample->len);
    struct ini_doc new_doc = ini_help_parse(sample->kind, after, len);
    struct ini_span a;
    struct ini_span b;
    size_t old_at = 0;
    size_t new_at = 0;
    while (next_other(&old_doc, profile, &old_at, &a)) {
        assert_true(next_other(&new_doc, profile, &new_at, &b));
        ini_help_same(sample->name, b, a);
    }
    assert_false(next_other(&new_doc, profile, &new_at, &b));
    /* The lines before the first section do not change. */
    size_t head =
        old_doc.section_count == 0 ? old_doc.len : old_doc.lines[old_doc.sections[0].line].start;
    assert_true(len >= head && memcmp(after, sample->text, head) == 0);
    ini_done(&old_doc);
    ini_done(&new_doc);
    free(after);
}

static void keeps_other_profiles(void **state)
{
    for_each_profile(*state, check_others);
}

/* The old text is the beginning of the new text. */
static void appends_a_new_profile(void **state)
{
    const struct corpus *corpus = *state;
    for (size_t i = 0; i < corpus->count; i++) {
        const struct sample *sample = &corpus->samples[i];
        size_t len = 0;
        char *after = edit_sample(sample, "brand-new", all_edits, 2, &len);
        assert_true((after != NULL) == !sample->whole_file);
        if (after != NULL) {
            assert_true(len > sample->len);
            ini_help_same(sample->name, (struct ini_span){after, sample->len},
                          (struct ini_span){sample->text, sample->len});
        }
        free(after);
    }
}

static void enforces_its_limits(void **state)
{
    (void)state;
    static char text[INI_TEXT_MAX + 1];
    char name[INI_NAME_MAX + 2];
    struct ini_doc doc;
    struct err err = {.kind = ERR_NONE};
    memset(text, '\n', sizeof(text));
    assert_int_equal(ini_parse(&doc, INI_CONFIG, text, sizeof(text), &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    ini_done(&doc);
    ini_done(&doc);
    ini_done(NULL);
    memset(name, 'a', sizeof(name));
    name[INI_NAME_MAX + 1] = '\0';
    assert_int_equal(ini_check_name(INI_CONFIG, name, &err), -1);
    name[INI_NAME_MAX] = '\0';
    assert_int_equal(ini_check_name(INI_CONFIG, name, &err), 0);
}

/* Any buffer that is too small for the result yields an error and an empty buffer. */
static void reports_a_full_buffer(void **state)
{
    (void)state;
    static const char text[] = "[ profile dev ] # [1]\nregion = x # c\n  # d\n  e\nk = v\n";
    static const struct ini_edit edits[] = {
        {"region", "eu-west-1", false}, {"output", "json", false}, {"k", NULL, false}};
    struct ini_doc doc = ini_help_parse(INI_CONFIG, text, strlen(text));
    struct err err = {.kind = ERR_NONE};
    struct buf out;
    int result = -1;
    size_t max = 0;
    for (; result != 0 && max < 4096; max++) {
        buf_init(&out, max);
        result = ini_edit(&doc, "dev", edits, ROWS(edits), &out, &err);
        assert_true(result == 0 || (err.kind == ERR_INTERNAL && out.len == 0));
        buf_done(&out);
    }
    assert_int_equal(result, 0);
    assert_true(max > 32);
    ini_done(&doc);
}

static void edit_in_time(const char *text, size_t len)
{
    static const struct ini_edit edits[] = {{"region", "eu-west-1", false},
                                            {"output", "json", false}};
    enum { SECONDS = 20 };
    struct err err;
    size_t out_len = 0;
    clock_t start = clock();
    char *after = ini_help_edit(INI_CONFIG, (struct ini_span){text, len}, "dev", edits, ROWS(edits),
                                &out_len, &err);
    assert_non_null(after);
    free(after);
    assert_true((clock() - start) / CLOCKS_PER_SEC < SECONDS);
}

/* A quadratic algorithm would take minutes. */
static void takes_linear_time(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"[profile p", "]\n"}, {"k", " = v\n"}, {"# ", "\n"}, {" more ", "\n"}, {"", "=\n"}};
    enum { LINES = 200 * 1000, HEAD = 25 };
    static char text[HEAD + LINES * 24];
    assert_int_equal(snprintf(text, sizeof(text), "[profile dev]\nregion = x\n"), HEAD);
    for (size_t i = 0; i < ROWS(lines); i++) {
        size_t len = HEAD;
        for (int n = LINES; n > 0; n--) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%07d%s", lines[i][0], n,
                                    lines[i][1]);
        }
        edit_in_time(text, len);
    }
    text[HEAD] = '#';
    static const char fillers[] = {'\n', '\r', ' ', '#'};
    for (size_t i = 0; i < sizeof(fillers); i++) {
        memset(text + HEAD + 1, fillers[i], 1000 * 1000);
        edit_in_time(text, HEAD + 1 + 1000 * 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_fault_of_every_file),
        cmocka_unit_test(keeps_the_text_without_edits),
        cmocka_unit_test(changes_nothing_the_second_time),
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(keeps_other_profiles),
        cmocka_unit_test(appends_a_new_profile),
        cmocka_unit_test(enforces_its_limits),
        cmocka_unit_test(reports_a_full_buffer),
        cmocka_unit_test(takes_linear_time),
    };
    return cmocka_run_group_tests_name("ini", tests, load_corpus, free_corpus);
}
