/* SPDX-License-Identifier: MIT */
/* The editor of AWS files: the bytes that it writes, and the edits that it rejects. */
#include <stdlib.h>
#include <string.h>

#include "ini_help.h"

#define REGION "region=eu-west-1"

enum { MAX_EDITS = 4 };

struct rewrite {
    const char *name;
    const char *before;
    const char *edits; /* key=value sets, -key removes, #key comments out; a blank between them */
    const char *after;
    enum ini_kind kind;
    const char *profile; /* NULL: dev */
};

static const struct rewrite rewrites[] = {
    {"nothing asked", "[profile dev]\nk=v", "", "[profile dev]\nk=v", .kind = INI_CONFIG},
    {"the value is set already", "[profile dev]\nREGION=\teu-west-1 \r\n", REGION,
     "[profile dev]\nREGION=\teu-west-1 \r\n", .kind = INI_CONFIG},
    {"an empty file", "", "region=eu-west-1 output=json",
     "[profile dev]\nregion = eu-west-1\noutput = json\n", .kind = INI_CONFIG},
    {"an empty file, default", "", REGION, "[default]\nregion = eu-west-1\n", .profile = "default",
     .kind = INI_CONFIG},
    {"an empty credentials file", "", REGION, "[dev]\nregion = eu-west-1\n",
     .kind = INI_CREDENTIALS},
    {"a new section", "[default]\nk = v\n", REGION,
     "[default]\nk = v\n\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"after a blank line", "[default]\nk = v\n\n", REGION,
     "[default]\nk = v\n\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"after a blank line without line end", "# c\n ", REGION,
     "# c\n \n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"without a last newline", "[default]\nk = v", REGION,
     "[default]\nk = v\n\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a new section, CR LF", "[default]\r\nk = v", REGION,
     "[default]\r\nk = v\r\n\r\n[profile dev]\r\nregion = eu-west-1\r\n", .kind = INI_CONFIG},
    {"after comments only", "# c\n", REGION, "# c\n\n[profile dev]\nregion = eu-west-1\n",
     .kind = INI_CONFIG},
    {"removing from no section", "[default]\n", "-k", "[default]\n", .kind = INI_CONFIG},
    {"a changed value", "[profile dev]\na=1\nRegion=x\nb=2\n", REGION,
     "[profile dev]\na=1\nregion = eu-west-1\nb=2\n", .kind = INI_CONFIG},
    {"a changed value, last, no newline", "[profile dev]\nregion=x", REGION,
     "[profile dev]\nregion = eu-west-1", .kind = INI_CONFIG},
    {"a changed value, CR LF", "[profile dev]\r\nregion=x\r\n", REGION,
     "[profile dev]\r\nregion = eu-west-1\r\n", .kind = INI_CONFIG},
    {"only one section's value", "[default]\nregion=x\n[profile dev]\nregion=x\n", REGION,
     "[default]\nregion=x\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a new key before the comment of the next section",
     "[profile dev]\nk=v\n\n# about b\n[profile b]\n", REGION,
     "[profile dev]\nk=v\nregion = eu-west-1\n\n# about b\n[profile b]\n", .kind = INI_CONFIG},
    {"a new key in an empty section", "[profile dev]\n\n# c\n", REGION,
     "[profile dev]\nregion = eu-west-1\n\n# c\n", .kind = INI_CONFIG},
    {"a new key below a header alone", "[profile dev]", REGION,
     "[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a new key with the line ends of the section",
     "[default]\n\n[profile dev]\r\nk=v\r\n\n[profile b]\n", REGION,
     "[default]\n\n[profile dev]\r\nk=v\r\nregion = eu-west-1\r\n\n[profile b]\n",
     .kind = INI_CONFIG},
    {"a new key after a continuation line", "[profile dev]\ns3 =\n a = b\n\n", REGION,
     "[profile dev]\ns3 =\n a = b\nregion = eu-west-1\n\n", .kind = INI_CONFIG},
    {"a new key after an indented comment", "[profile dev]\nk = v\n  # c\n", REGION,
     "[profile dev]\nk = v\n  # c\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a value with continuation lines", "[profile dev]\nregion = x\n y\n\n z\nk = v\n", REGION,
     "[profile dev]\nregion = eu-west-1\n\nk = v\n", .kind = INI_CONFIG},
    {"the same value with continuation lines", "[profile dev]\nregion = eu-west-1\n y\n", REGION,
     "[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"nested properties become a value", "[profile dev]\nregion =\n a = b\n# c\n d = e\n", REGION,
     "[profile dev]\nregion = eu-west-1\n# c\n", .kind = INI_CONFIG},
    {"a comment after the value", "[profile dev]\nregion = x # c\n", REGION,
     "[profile dev]\n# c\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a comment after the same value", "[profile dev]\nregion = eu-west-1 ; c", REGION,
     "[profile dev]\n; c\nregion = eu-west-1", .kind = INI_CONFIG},
    {"an indented comment below", "[profile dev]\nregion = x\n  # c\nk = v\n", REGION,
     "[profile dev]\nregion = eu-west-1\n# c\nk = v\n", .kind = INI_CONFIG},
    {"an indented comment below a removed key", "[profile dev]\nregion = x\n  # c\nk = v\n",
     "-region", "[profile dev]\n# c\nk = v\n", .kind = INI_CONFIG},
    {"a colon", "[profile dev]\nregion: x = y\n", REGION, "[profile dev]\nregion = eu-west-1\n",
     .kind = INI_CONFIG},
    {"a longer key with a colon", "[profile dev]\nregion:x = y\n", "-region", "[profile dev]\n",
     .kind = INI_CONFIG},
    {"a no-break space after the key", "[profile dev]\nregion\xC2\xA0= x\n", REGION,
     "[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a key with a Kelvin sign",
     "[dev]\naws_security_to\xE2\x84\xAA"
     "en = x\n",
     "-aws_security_token", "[dev]\n", .kind = INI_CREDENTIALS},
    {"removing", "[dev]\na = 1\nAWS_Security_Token = x\nb = 2\n", "-aws_security_token",
     "[dev]\na = 1\nb = 2\n", .kind = INI_CREDENTIALS},
    {"removing nested properties", "[profile dev]\ns3 =\n a = b\n\n c = d\nk = v\n", "-s3",
     "[profile dev]\n\nk = v\n", .kind = INI_CONFIG},
    {"removing all", "[profile dev]\nk = v", "-k", "[profile dev]\n", .kind = INI_CONFIG},
    {"removing the last, adding", "[profile dev]\nk = v", "-k region=eu-west-1",
     "[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"commenting out",
     "[profile dev]\nA = 1 # c\r\nb =\n  k = v\n\n  l = w\nc = 2\n  d\n  # e\nf = 3", "#a #b #c",
     "[profile dev]\n# A = 1 # c\r\n# b =\n#   k = v\n\n#   l = w\n# c = 2\n#   d\n# e\nf = 3",
     .kind = INI_CONFIG},
    {"commenting out the last line", "[profile dev]\nk = v", "#k region=eu-west-1",
     "[profile dev]\n# k = v\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"several at once", "[dev]\nc = 3\nb = 2\n", "a=1 -b c=4 d=5", "[dev]\nc = 4\na = 1\nd = 5\n",
     .kind = INI_CREDENTIALS},
    {"a header that botocore does not read", "[ profile dev ] # c\nk = v\n", REGION,
     "[profile dev] # c\nk = v\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"the same, value set already", "[ profile dev ]\nregion = eu-west-1\n", REGION,
     "[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"the same, removing", "[ profile dev ]\nk = v\n", "-k", "[ profile dev ]\n",
     .kind = INI_CONFIG},
    {"a header that only botocore reads", "[profile \"dev\"]\nk = v\n", REGION,
     "[profile dev]\nk = v\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a header that both read", "[profile \t dev ]; c\nk = v\n", REGION,
     "[profile \t dev ]; c\nk = v\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a bracket in a header's comment", "[profile dev] # [1]\r\nk = v\r\n", REGION,
     "[profile dev]\r\n# [1]\r\nk = v\r\nregion = eu-west-1\r\n", .kind = INI_CONFIG},
    {"a bracket, at the end", "[profile dev] # [1]", REGION,
     "[profile dev]\n# [1]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"blanks in a credentials header", "[ dev ]\nk = v\n", REGION,
     "[dev]\nk = v\nregion = eu-west-1\n", .kind = INI_CREDENTIALS},
    {"a config header in credentials", "[profile dev]\nk = v\n", REGION,
     "[profile dev]\nk = v\n\n[dev]\nregion = eu-west-1\n", .kind = INI_CREDENTIALS},
    {"a credentials header in config", "[dev]\nk = v\n", REGION,
     "[dev]\nk = v\n\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"both kinds of default", "[default]\nk = v\n[profile default]\nregion = x\n", REGION,
     "[default]\nk = v\nregion = eu-west-1\n[profile default]\nregion = eu-west-1\n",
     .profile = "default", .kind = INI_CONFIG},
    {"profile default alone", "[profile default]\nregion = x\n", REGION,
     "[profile default]\nregion = eu-west-1\n", .profile = "default", .kind = INI_CONFIG},
    {"two spellings of one name", "[profile dev]\nregion = x\n[profile  dev]\nk = v\n", REGION,
     "[profile dev]\nregion = eu-west-1\n[profile  dev]\nk = v\nregion = eu-west-1\n",
     .kind = INI_CONFIG},
    {"DEFAULT is not default", "[DEFAULT]\nregion = x\n", REGION,
     "[DEFAULT]\nregion = x\n\n[default]\nregion = eu-west-1\n", .profile = "default",
     .kind = INI_CONFIG},
    {"a profile of the name DEFAULT", "[DEFAULT]\nregion = x\n", REGION,
     "[DEFAULT]\nregion = x\n\n[profile DEFAULT]\nregion = eu-west-1\n", .profile = "DEFAULT",
     .kind = INI_CONFIG},
    {"a commented key stays", "[profile dev]\n#region = x\n", REGION,
     "[profile dev]\nregion = eu-west-1\n#region = x\n", .kind = INI_CONFIG},
    {"a nested key stays", "[profile dev]\nsts =\n region = x\n", "region=eu-west-1 -region2",
     "[profile dev]\nsts =\n region = x\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a no-break space below the header", "[profile a]\nk = v\n[profile dev]\n\xC2\xA0x = y\n",
     REGION, "[profile a]\nk = v\n[profile dev]\n\xC2\xA0x = y\nregion = eu-west-1\n",
     .kind = INI_CONFIG},
    {"a backslash in the name", "[profile d\\ev]\nk = v\n", REGION,
     "[profile dev]\nk = v\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"an indented key elsewhere", "[profile a]\n  x = y\n[profile dev]\n", REGION,
     "[profile a]\n  x = y\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"an indented comment below s3 elsewhere", "[profile dev]\n[profile a]\ns3 =\n  # c\n", REGION,
     "[profile dev]\nregion = eu-west-1\n[profile a]\ns3 =\n  # c\n", .kind = INI_CONFIG},
    {"a new section after a fault", "[profile a]\n  x = y\n", REGION,
     "[profile a]\n  x = y\n\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a new section after a faulty header", "[profile a\nx = y\n", REGION,
     "[profile a\nx = y\n\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a section after a faulty header", "[profile a\nx = y\n[profile dev]\n", REGION,
     "[profile a\nx = y\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"duplicates elsewhere", "[profile a]\nk = 1\nk = 2\n[profile dev]\n[profile a]\n", REGION,
     "[profile a]\nk = 1\nk = 2\n[profile dev]\nregion = eu-west-1\n[profile a]\n",
     .kind = INI_CONFIG},
    {"a property before any section", "k = v\n[profile dev]\n", REGION,
     "k = v\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a byte order mark before another section", "\xEF\xBB\xBF[profile a]\n[profile dev]\n", REGION,
     "\xEF\xBB\xBF[profile a]\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"Latin-1 elsewhere", "# caf\xE9\n[profile dev]\n", REGION,
     "# caf\xE9\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"a carriage return elsewhere", "[profile a]\nk = a\rb\n[profile dev]\n", REGION,
     "[profile a]\nk = a\rb\n[profile dev]\nregion = eu-west-1\n", .kind = INI_CONFIG},
    {"another spelling beside the usual one", "[ profile dev ]\nregion = x\n[profile dev]\nk = v\n",
     REGION, "[ profile dev ]\nregion = eu-west-1\n[profile dev]\nk = v\nregion = eu-west-1\n",
     .kind = INI_CONFIG},
};

/* Splits the words in place. */
static size_t split_edits(char *words, struct ini_edit *edits)
{
    size_t count = 0;
    while (*words != '\0') {
        char *end = words + strcspn(words, " ");
        char *next = *end == '\0' ? end : end + 1;
        char *value = memchr(words, '=', (size_t)(end - words));
        *end = '\0';
        assert_true(count < MAX_EDITS);
        if (value == NULL) {
            edits[count++] = (struct ini_edit){.key = words + 1, .comment_out = words[0] == '#'};
        } else {
            *value = '\0';
            edits[count++] = (struct ini_edit){.key = words, .value = value + 1};
        }
        words = next;
    }
    return count;
}

static void changes_only_the_requested_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rewrites); i++) {
        const struct rewrite *row = &rewrites[i];
        struct ini_edit edits[MAX_EDITS];
        struct err err;
        size_t len = 0;
        char *words = strdup(row->edits);
        size_t count = split_edits(words, edits);
        char *after =
            ini_help_edit(row->kind, ini_help_span(row->before),
                          row->profile == NULL ? "dev" : row->profile, edits, count, &len, &err);
        row_text(row->name, err.text, "");
        assert_non_null(after);
        ini_help_same(row->name, (struct ini_span){after, len}, ini_help_span(row->after));
        free(after);
        free(words);
    }
}

struct rejection {
    const char *name;
    const char *before;
    enum err_kind error;
    const char *words;
    enum ini_kind kind;
    const char *profile; /* NULL: dev */
    const char *key;     /* NULL: set the region; else value, where NULL removes */
    const char *value;
};

static const struct rejection rejections[] = {
    {"a fault in the section", "[profile dev]\nx\n", ERR_FILE, "line 2: ", .kind = INI_CONFIG},
    {"a fault in an older spelling", "[profile dev]\n[profile \"dev\"]\nx\n", ERR_FILE,
     "line 3: ", .kind = INI_CONFIG},
    {"a faulty header ends the section", "[profile dev]\nk = v\n[profile b\nx = y\n", ERR_FILE,
     "line 3: ", .kind = INI_CONFIG},
    {"white space before the next header", "[profile dev]\n\xC2\xA0[profile=b]\nx = y\n", ERR_FILE,
     "line 2: ", .kind = INI_CONFIG},
    {"a byte order mark before the header", "\xEF\xBB\xBF[profile dev]\nk = v\n", ERR_FILE,
     "line 1: ", .kind = INI_CONFIG},
    {"a header after a carriage return", "# c\r[profile dev]\r\n", ERR_FILE,
     "line 1: ", .kind = INI_CONFIG},
    {"a section twice", "[dev]\n[b]\n[dev]\n", ERR_FILE, "line 3: the section is already on line 1",
     .kind = INI_CREDENTIALS},
    {"a key twice", "[dev]\nk = 1\nl = 2\nK = 3", ERR_FILE, "line 4: the key is already on line 2",
     .kind = INI_CREDENTIALS},
    {"two spellings that botocore does not read", "[ profile dev ]\n[  profile dev]\n", ERR_FILE,
     "line 2: ", .kind = INI_CONFIG},
    {"a no-break space before a key", "[profile dev]\nk = v\n\xC2\xA0region = x\n", ERR_FILE,
     "line 3: ", .kind = INI_CONFIG},
    {"a key inherited from DEFAULT cannot be removed", "[DEFAULT]\naws_security_token = x\n",
     ERR_FILE, "line 2: [DEFAULT]", .kind = INI_CREDENTIALS, .key = "aws_security_token"},
    {"a section that older Pythons read as the profile", "[dev]]\nk = v\n", ERR_FILE, "on line 1",
     .kind = INI_CREDENTIALS},
    {"an empty name", "", ERR_USAGE, "empty", .profile = "", .kind = INI_CONFIG},
    {"a name with a blank", "", ERR_USAGE, "\"a b\"", .profile = "a b", .kind = INI_CONFIG},
    {"a name with a bracket", "", ERR_USAGE, "\"a]\"", .profile = "a]", .kind = INI_CONFIG},
    {"a name with a line feed", "", ERR_USAGE, "\"a?b\"", .profile = "a\nb", .kind = INI_CONFIG},
    {"a non-ASCII name", "", ERR_USAGE, "\xC3\xA9", .profile = "\xC3\xA9", .kind = INI_CONFIG},
    {"credentials for DEFAULT", "", ERR_USAGE, "DEFAULT", .kind = INI_CREDENTIALS,
     .profile = "DEFAULT"},
    {"a name that JavaScript rejects", "", ERR_USAGE, "__proto__", .profile = "__proto__",
     .kind = INI_CONFIG},
    {"an upper-case key", "", ERR_USAGE, "lower-case", .key = "Region", .value = "x",
     .kind = INI_CONFIG},
    {"a key with a colon", "", ERR_USAGE, "lower-case", .key = "a:b", .value = "x",
     .kind = INI_CONFIG},
    {"an empty key", "", ERR_USAGE, "lower-case", .key = "", .kind = INI_CONFIG},
    {"an empty value", "", ERR_USAGE, "value of k", .key = "k", .value = "", .kind = INI_CONFIG},
    {"a line feed in a value", "", ERR_USAGE, "value of k", .key = "k", .value = "a\nb",
     .kind = INI_CONFIG},
    {"a tab in a value", "", ERR_USAGE, "value of k", .key = "k", .value = "a\tb",
     .kind = INI_CONFIG},
    {"DEL in a value", "", ERR_USAGE, "value of k", .key = "k", .value = "a\x7F",
     .kind = INI_CONFIG},
    {"a non-ASCII value", "", ERR_USAGE, "value of k", .key = "k", .value = "\xC3\xA9",
     .kind = INI_CONFIG},
    {"invalid UTF-8 in a path", "", ERR_USAGE, "not valid UTF-8", .key = "credential_process",
     .value = "/caf\xE9", .kind = INI_CONFIG},
    {"a no-break space in a path", "", ERR_USAGE, "white space", .key = "credential_process",
     .value = "/a\xC2\xA0#b", .kind = INI_CONFIG},
    {"a C1 control in a path", "", ERR_USAGE, "control", .key = "credential_process",
     .value = "/a\xC2\x85", .kind = INI_CONFIG},
    {"a leading blank", "", ERR_USAGE, "value of k", .key = "k", .value = " a", .kind = INI_CONFIG},
    {"a trailing blank", "", ERR_USAGE, "value of k", .key = "k", .value = "a ",
     .kind = INI_CONFIG},
    {"a hash after a blank", "", ERR_USAGE, "value of k", .key = "k", .value = "a #b",
     .kind = INI_CONFIG},
    {"a semicolon after a blank", "", ERR_USAGE, "value of k", .key = "k", .value = "a ;b",
     .kind = INI_CONFIG},
    {"a leading hash", "", ERR_USAGE, "value of k", .key = "k", .value = "#b", .kind = INI_CONFIG},
    {"quotes around a value", "", ERR_USAGE, "value of k", .key = "k", .value = "\"a\" b 'c'",
     .kind = INI_CONFIG},
    {"a single quote character", "", ERR_USAGE, "value of k", .key = "k", .value = "\"",
     .kind = INI_CONFIG},
};

static void rejects_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rejections); i++) {
        const struct rejection *row = &rejections[i];
        struct ini_edit edit = {.key = row->key, .value = row->value};
        struct err err;
        size_t len = 0;
        if (row->key == NULL) {
            edit = (struct ini_edit){.key = "region", .value = "eu-west-1"};
        }
        char *after =
            ini_help_edit(row->kind, ini_help_span(row->before),
                          row->profile == NULL ? "dev" : row->profile, &edit, 1, &len, &err);
        row_true(row->name, after == NULL);
        row_int(row->name, err.kind, row->error);
        row_has(row->name, err.text, row->words);
    }
}

static void rejects_two_edits_of_a_key(void **state)
{
    (void)state;
    static const struct ini_edit edits[] = {{"region", "x", false}, {"region", NULL, false}};
    struct err err;
    size_t len = 0;
    assert_null(ini_help_edit(INI_CONFIG, ini_help_span(""), "dev", edits, 2, &len, &err));
    assert_int_equal(err.kind, ERR_INTERNAL);
    row_has("two edits of a key", err.text, "two edits of the key region");
}

static void accepts_valid_names_and_values(void **state)
{
    (void)state;
    static const char *const names[] = {"default", "a-z:A/Z_0%9.x@y+", "-", "profile"};
    static const char *const values[] = {
        "a#b", "a;b", "\"/opt/my tool\" --x y", "a = b", "x: 'y'", "%(x)s", "~"};
    struct err err = {.kind = ERR_NONE};
    for (size_t i = 0; i < ROWS(names); i++) {
        assert_int_equal(ini_check_name(INI_CONFIG, names[i], &err), 0);
        assert_int_equal(ini_check_name(INI_CREDENTIALS, names[i], &err), 0);
    }
    assert_int_equal(ini_check_name(INI_CONFIG, "DEFAULT", &err), 0);
    assert_int_equal(ini_check_value("credential_process", "'/caf\xC3\xA9 \xE6\x97\xA5' x", &err),
                     0);
    for (size_t i = 0; i < ROWS(values); i++) {
        assert_int_equal(ini_check_value("k", values[i], &err), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_only_the_requested_bytes),
        cmocka_unit_test(rejects_with_a_reason),
        cmocka_unit_test(rejects_two_edits_of_a_key),
        cmocka_unit_test(accepts_valid_names_and_values),
    };
    return cmocka_run_group_tests_name("ini_edit", tests, NULL, NULL);
}
