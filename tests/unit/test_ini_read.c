/* SPDX-License-Identifier: MIT */
/*
 * The parser of AWS files, case by case: the standard rules, including all cases of the public test
 * vectors of the SDKs, and the faults for which a file is rejected.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini_help.h"

/* Expects the value, or NULL if the key is missing; line is that of the fault, 0 for a valid file.
 */
struct reading {
    const char *name;
    const char *text;
    const char *value;
    enum ini_kind kind;
    const char *profile; /* NULL: dev */
    const char *key;     /* NULL: k */
    unsigned line;
    bool duplicates; /* rejected by botocore only; the value is that of the standard rules */
};

static const struct reading readings[] = {
    {"an empty file", "", NULL, .line = 0},
    {"an empty profile", "[profile dev]", NULL, .line = 0},
    {"a property", "[profile dev]\nk = v", "v", .line = 0},
    {"two properties", "[profile dev]\nk = v\nl = w", "w", .key = "l", .line = 0},
    {"two profiles", "[profile a]\nk = v\n[profile b]\nk = w", "w", .profile = "b", .line = 0},
    {"another profile's key", "[profile a]\nk = v\n[profile b]", NULL, .profile = "b", .line = 0},
    {"all characters of a name", "[profile a-z:A/Z_0%9.x@y+]\nk = v", "v",
     .profile = "a-z:A/Z_0%9.x@y+", .line = 0},
    {"a character that is not allowed in a name", "[a b]\nk = v", NULL, .kind = INI_CREDENTIALS,
     .profile = "a", .line = 0},
    {"a header without end", "[profile dev", NULL, .line = 1},
    {"blanks around a name", "[profile \tdev \t]\nk = v", "v", .line = 0},
    {"a tab before a name", "[profile\tdev]\nk = v", "v", .line = 0},
    {"blanks before the word profile", "[  profile dev  ]\nk = v", "v", .line = 0},
    {"blanks in credentials", "[  dev  ]\nk = v", "v", .kind = INI_CREDENTIALS, .line = 0},
    {"no blank after the word profile", "[profiledev]\nk = v", NULL, .line = 0},
    {"a name without the word profile", "[dev]\nk = v", NULL, .line = 0},
    {"the word profile in credentials", "[profile dev]\nk = v", NULL, .kind = INI_CREDENTIALS,
     .line = 0},
    {"the key below an invalid name",
     "[profile a]\nk = v\n[profile in valid]\nk = x\n[profile b]\nk = w", "v", .profile = "a",
     .line = 0},
    {"only botocore accepts quotes around a name", "[profile 'a b']\nk = v", "v", .profile = "a b",
     .line = 0},
    {"a property before any section", "k = v", NULL, .line = 1},
    {"CR LF", "[profile dev]\r\nk = v\r\nl = w", "v", .line = 0},
    {"an equals sign in a value", "[profile dev]\nk = v=w", "v=w", .line = 0},
    {"a non-ASCII value", "[profile dev]\nk = \xF0\x9F\x98\x82", "\xF0\x9F\x98\x82", .line = 0},
    {"blanks around key and value", "[profile dev]\nk \t=  \tv \t", "v", .line = 0},
    {"an empty value", "[profile dev]\nk =", "", .line = 0},
    {"no key", "[profile dev]\n= v", NULL, .line = 2},
    {"no equals sign", "[profile dev]\nk : v", "v", .line = 2},
    {"blank lines", "\t \n[profile dev]\n\t\n \nk = v\n\t \n", "v", .line = 0},
    {"comments with #", "# c\n[profile dev] # c\nk = v # c # d", "v", .line = 0},
    {"comments with ;", "; c\n[profile dev] ; c\nk = v ; c ; d", "v", .line = 0},
    {"both comments", "# c\n[profile dev] ; c\nk = v # c ; d", "v", .line = 0},
    {"empty comments", ";\n[profile dev];\nk = v ;\n", "v", .line = 0},
    {"a comment directly after a header", "[profile a]; c\nk = v\n[profile b]# c", "v",
     .profile = "a", .line = 0},
    {"a semicolon directly after a value", "[profile dev]\nk = v; w", "v; w", .line = 0},
    {"a hash directly after a value", "[profile dev]\nk = v# w", "v# w", .line = 0},
    {"a continued value", "[profile dev]\nk = v\n -w", "v\n-w", .line = 0},
    {"a value of three lines", "[profile dev]\nk = v\n -w\n -x", "v\n-w\n-x", .line = 0},
    {"blanks around a continuation", "[profile dev]\nk = v\n \t -w \t ", "v\n-w", .line = 0},
    {"a hash in a continuation", "[profile dev]\nk = v\n -w # c", "v\n-w # c", .line = 0},
    {"a semicolon in a continuation", "[profile dev]\nk = v\n -w ; c", "v\n-w ; c", .line = 0},
    {"a blank line in a value", "[profile dev]\nk = v\n\n w", "v\nw", .line = 0},
    {"a continuation before any section", " -w", NULL, .line = 1},
    {"a continuation line without a property", "[profile dev]\n -w", NULL, .line = 2},
    {"a continuation line after the next header", "[profile dev]\nk = v\n[profile b]\n -w", "v",
     .line = 4},
    {"a profile twice merges", "[profile dev]\nk = v\n[profile dev]\nl = w", "v", .line = 3,
     .duplicates = true},
    {"a key twice", "[profile dev]\nk = v\nk = w", "w", .line = 3, .duplicates = true},
    {"a key in each of two", "[profile dev]\nk = v\n[profile dev]\nk = w", "w", .line = 3,
     .duplicates = true},
    {"a key in two cases", "[profile dev]\nK = v\n[profile dev]\nk = w", "w", .key = "K", .line = 3,
     .duplicates = true},
    {"profile default first", "[profile default]\nk = v\n[default]\nl = w", "v",
     .profile = "default", .line = 0},
    {"profile default replaces", "[profile default]\nk = v\n[default]\nk = w", "v",
     .profile = "default", .line = 0},
    {"profile default last", "[default]\nk = w\n[profile default]\nk = v", "v",
     .profile = "default", .line = 0},
    {"profile default twice",
     "[profile default]\nk = v\n[default]\nl = w\n[profile default]\nm = x", "x",
     .profile = "default", .key = "m", .line = 5, .duplicates = true},
    {"profile default hides default", "[profile default]\nk = v\n[default]\nk = w\nl = x", "v",
     .profile = "default", .line = 0},
    {"a key with a blank", "[profile dev]\nin valid = v\nk = w", "w", .line = 0},
    {"all characters of a key", "[profile dev]\nAZaz09-_ = v", "v", .key = "azaz09-_", .line = 0},
    {"sub-properties", "[profile dev]\ns3 =\n a = b", "\na = b", .key = "s3", .line = 0},
    {"a sub-property without equals sign", "[profile dev]\ns3 =\n a", "\na", .key = "s3",
     .line = 3},
    {"a sub-property without value", "[profile dev]\ns3 =\n a =", "\na =", .key = "s3", .line = 0},
    {"a sub-property without name", "[profile dev]\ns3 =\n = b", "\n= b", .key = "s3", .line = 3},
    {"a blank in a sub-property's name", "[profile dev]\ns3 =\n a b = c", "\na b = c", .key = "s3",
     .line = 0},
    {"blank lines in sub-properties", "[profile dev]\ns3 =\n a = b\n\t \n c = d", "\na = b\nc = d",
     .key = "s3", .line = 0},
    {"a sub-property is no property", "[profile dev]\ns3 =\n k = v", NULL, .line = 0},
    {"only botocore accepts a colon", "[profile dev]\nk: v = w", "v = w", .line = 0},
    {"two spellings: the last one counts", "[profile dev]\nk = v\n[profile  dev]\nk = w", "w",
     .line = 0},
    {"a sub-property after the next header", "[profile a]\nk = v\n[profile dev]\n l = w", NULL,
     .line = 4},
    {"an indented comment is a sub-property", "[profile dev]\ns3 =\n # a = b", "\n# a = b",
     .key = "s3"},
    {"in botocore the last section replaces the others",
     "[profile 'dev']\nk = v\n[profile \"dev\"]\nl = w", NULL, .line = 0},
    {"the first of several faults", "[profile dev]\nz = 1\nz = 2\na = 1\na = 2", NULL, .line = 3,
     .duplicates = true},
    {"a dotted I", "[profile dev]\n\xC4\xB0k = 1\ni\xCC\x87k = 2", NULL, .line = 3,
     .duplicates = true},
};

static void reads_by_the_standard_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(readings); i++) {
        const struct reading *row = &readings[i];
        char *value = ini_help_get(row->kind, ini_help_span(row->text),
                                   row->profile == NULL ? "dev" : row->profile,
                                   row->key == NULL ? "k" : row->key);
        row_text(row->name, value == NULL ? "(absent)" : value,
                 row->value == NULL ? "(absent)" : row->value);
        free(value);
    }
}

static void rejects_what_the_rules_reject(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(readings); i++) {
        const struct reading *row = &readings[i];
        struct ini_doc doc = ini_help_parse(row->kind, row->text, strlen(row->text));
        struct err err = {.kind = ERR_NONE};
        unsigned line = 0;
        if (ini_check(&doc, &err) != 0) {
            row_int(row->name, err.kind, ERR_FILE);
            row_int(row->name, sscanf(err.text, "line %u: ", &line), 1);
        }
        row_int(row->name, line, row->line);
        if (row->duplicates) {
            row_has(row->name, err.text, "is already on line ");
        }
        ini_done(&doc);
    }
}

static struct ini_span character(char *bytes, uint32_t code)
{
    if (code < 0x80) {
        bytes[0] = (char)code;
        return (struct ini_span){bytes, 1};
    }
    if (code < 0x800) {
        bytes[0] = (char)(0xC0U | (code >> 6));
        bytes[1] = (char)(0x80U | (code & 0x3FU));
        return (struct ini_span){bytes, 2};
    }
    bytes[0] = (char)(0xE0U | (code >> 12));
    bytes[1] = (char)(0x80U | ((code >> 6) & 0x3FU));
    bytes[2] = (char)(0x80U | (code & 0x3FU));
    return (struct ini_span){bytes, 3};
}

static bool is_in(uint32_t code, const uint32_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* Every character of the basic plane, compared with Unicode's White_Space and Python's lists. */
static void recognizes_white_space(void **state)
{
    (void)state;
    static const uint32_t spaces[] = {0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,
                                      0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
                                      0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028,
                                      0x2029, 0x202F, 0x205F, 0x3000};
    static const uint32_t breaks[] = {0x0A, 0x0B, 0x0C, 0x0D,   0x1C,
                                      0x1D, 0x1E, 0x85, 0x2028, 0x2029};
    for (uint32_t code = 0; code < 0xD800; code++) {
        char bytes[3];
        struct ini_span one = character(bytes, code);
        struct ini_span rest = one;
        bool space = is_in(code, spaces, ROWS(spaces));
        bool python = space || (code >= 0x1C && code <= 0x1F);
        assert_int_equal(ini_std_trim(one).len == 0, code == ' ' || code == '\t');
        assert_int_equal(ini_unicode_trim(one).len == 0, space);
        assert_int_equal(ini_py_trim(one).len == 0, python);
        assert_int_equal(ini_py_indent(one), python ? 1 : 0);
        assert_int_equal(ini_py_piece(&rest).len == 0, is_in(code, breaks, ROWS(breaks)));
        assert_int_equal(rest.len, 0);
    }
}

static void never_quotes_the_file_in_messages(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "CANARY",
        "[default]\nCANARY\n",
        "[CANARY\n",
        "[default]\n CANARY\n",
        "[a]\n=CANARY\n",
        "[default]\nCANARY=1\nCANARY=2\n",
        "[CANARY]\n[CANARY]\n",
        "[a]\ns3 =\n CANARY\n",
        "[a] CANARY\n",
        "[a]\nk = CANARY\r \n",
        "[a]\nCANARY\xFF\n",
        "[a]\n\xC2\xA0[CANARY=1]\n",
    };
    for (size_t i = 0; i < ROWS(texts); i++) {
        struct ini_doc doc = ini_help_parse(INI_CREDENTIALS, texts[i], strlen(texts[i]));
        struct err err = {.kind = ERR_NONE};
        assert_int_equal(ini_check(&doc, &err), -1);
        row_lacks(texts[i], err.text, "CANARY");
        ini_done(&doc);
    }
}

static void lists_profiles(void **state)
{
    (void)state;
    static const char text[] =
        "[default]\n[profile a]\n[profile \"b c\"]\n[sso-session x]\n[plugins]"
        "\n[ profile d ]\n[profiles e]\n[profile f g]\n[DEFAULT]\n";
    static const char *const names[] = {"default", "a", "b c", "d", "e"};
    struct ini_doc doc = ini_help_parse(INI_CONFIG, text, strlen(text));
    const char *name = NULL;
    size_t len = 0;
    size_t at = 0;
    size_t count = 0;
    while (ini_next_profile(&doc, &at, &name, &len)) {
        assert_true(count < ROWS(names));
        ini_help_same("a name", (struct ini_span){name, len}, ini_help_span(names[count]));
        assert_true(ini_has_profile(&doc, names[count]));
        count++;
    }
    assert_int_equal(count, ROWS(names));
    assert_false(ini_has_profile(&doc, "x"));
    assert_false(ini_has_profile(&doc, "DEFAULT"));
    ini_done(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_by_the_standard_rules),
        cmocka_unit_test(rejects_what_the_rules_reject),
        cmocka_unit_test(recognizes_white_space),
        cmocka_unit_test(never_quotes_the_file_in_messages),
        cmocka_unit_test(lists_profiles),
    };
    return cmocka_run_group_tests_name("ini_read", tests, NULL, NULL);
}
