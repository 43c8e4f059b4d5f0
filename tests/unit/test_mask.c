/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/mask.h"
#include "cli/options.h"

/* Masks a copy of text that ends where its memory ends: reading one byte more is an error. */
static void mask_text(struct buf *out, const char *text, size_t len, const struct option *table,
                      int table_len)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    buf_init(out, 1 << 20);
    mask_secrets(out, copy, len, table, table_len);
    assert_false(buf_failed(out));
    free(copy);
}

static void test_mask(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"empty", "", ""},
        {"nothing secret", "[profile a]\nregion = us-west-2\n",
         "[profile a]\nregion = us-west-2\n"},
        {"secret key", "aws_secret_access_key = SECRET\n", "aws_secret_access_key = ***\n"},
        {"session token", "aws_session_token=SECRET\n", "aws_session_token=***\n"},
        {"security token", "aws_security_token : SECRET\n", "aws_security_token : ***\n"},
        {"upper case, indented", "\tAWS_Secret_Access_Key\t=\tSECRET\n",
         "\tAWS_Secret_Access_Key\t=\t***\n"},
        {"value with blanks", "aws_session_token = SECRET SECRET\n", "aws_session_token = ***\n"},
        {"CRLF stays", "aws_session_token = SECRET\r\nregion = x\r\n",
         "aws_session_token = ***\r\nregion = x\r\n"},
        {"no newline at the end", "aws_session_token = SECRET", "aws_session_token = ***"},
        {"the access key ID is not a secret", "aws_access_key_id = ASIA\n",
         "aws_access_key_id = ASIA\n"},
        {"no value", "aws_session_token =\n", "aws_session_token =\n"},
        {"commented out", "# aws_session_token = SECRET\n;aws_secret_access_key=SECRET\n",
         "# aws_session_token = ***\n;aws_secret_access_key=***\n"},
        {"commented out in a diff", "#  # DUPLO_TOKEN: SECRET\n", "#  # DUPLO_TOKEN: ***\n"},
        {"continued", "aws_session_token =\n  SECRET SECRET\n\n\tSECRET\r\nregion = x\n  y\n",
         "aws_session_token =\n  ***\n\n\t***\r\nregion = x\n  y\n"},
        {"continued, commented out", "# aws_session_token = SECRET\n#   SECRET\n# a comment\n",
         "# aws_session_token = ***\n#   ***\n# a comment\n"},
        {"continued over blanks", "aws_session_token = SECRET\n  \n SECRET",
         "aws_session_token = ***\n  \n ***"},
        {"no equals sign", "aws_session_token\n", "aws_session_token\n"},
        {"a longer key", "aws_session_token_file = /run/x\n", "aws_session_token_file = /run/x\n"},
        {"every line", "aws_session_token = SECRET\naws_secret_access_key = SECRET\n",
         "aws_session_token = ***\naws_secret_access_key = ***\n"},
        {"--token", "credential_process = p --token SECRET --host h\n",
         "credential_process = p --token *** --host h\n"},
        {"--token at the end", "credential_process = p --token SECRET\n",
         "credential_process = p --token ***\n"},
        {"--token=", "credential_process = p --token=SECRET -x\n",
         "credential_process = p --token=*** -x\n"},
        {"-token", "credential_process = p -token SECRET\r\n",
         "credential_process = p -token ***\r\n"},
        {"several blanks", "credential_process = p --token \t SECRET x\n",
         "credential_process = p --token \t *** x\n"},
        {"a tab after it", "credential_process = p --token SECRET\t--host h\n",
         "credential_process = p --token ***\t--host h\n"},
        {"after --token-file", "credential_process = p --token-file /run/t --token SECRET\n",
         "credential_process = p --token-file /run/t --token ***\n"},
        {"--token-file alone", "credential_process = p --token-file /run/t\n",
         "credential_process = p --token-file /run/t\n"},
        {"--token without a value", "credential_process = p --token\n",
         "credential_process = p --token\n"},
        {"--token and blanks", "credential_process = p --token  \n",
         "credential_process = p --token  \n"},
        {"the line after is another", "x = --token\nregion = y\n", "x = --token\nregion = y\n"},
        {"-t", "credential_process = p -t SECRET --host h\n",
         "credential_process = p -t *** --host h\n"},
        {"-t and the token in one", "credential_process = p -tSECRET x\n",
         "credential_process = p -t*** x\n"},
        {"-t after other letters", "credential_process = p -It SECRET x -ItSECRET\n",
         "credential_process = p -It *** x -It***\n"},
        {"-t=", "credential_process = p -t=SECRET\n", "credential_process = p -t***\n"},
        {"-token=", "credential_process = p -token=SECRET x\n",
         "credential_process = p -token=*** x\n"},
        {"upper case", "credential_process = p --TOKEN SECRET x\n",
         "credential_process = p --TOKEN *** x\n"},
        {"options that begin with -t",
         "credential_process = p -tenant a -tid b -timeout 1s -token-file c\n",
         "credential_process = p -tenant a -tid b -timeout 1s -token-file c\n"},
        {"the same with =", "credential_process = p -tenant=a -timeout=1s --tenant a -T a\n",
         "credential_process = p -tenant=a -timeout=1s --tenant a -T a\n"},
        {"two of them", "credential_process = p -t SECRET --token=SECRET --otp SECRET -x\n",
         "credential_process = p -t *** --token=*** --otp *** -x\n"},
        {"--otp=", "credential_process = p --otp=SECRET\n", "credential_process = p --otp=***\n"},
        {"in quotes", "credential_process = p --token \"SECRET SECRET\" x\n",
         "credential_process = p --token *** x\n"},
        {"in quotes after =", "credential_process = p --token='SECRET SECRET' x\n",
         "credential_process = p --token=*** x\n"},
        {"the option in quotes", "credential_process = p \"--token\" 'SECRET' x\n",
         "credential_process = p \"--token\" *** x\n"},
        {"all in quotes", "credential_process = sh -c 'p --token SECRET'\n",
         "credential_process = sh -c 'p --token ***\n"},
        {"a quote without end", "credential_process = p --token \"SECRET SECRET\n",
         "credential_process = p --token ***\n"},
        {"a variable", "credential_process = env DUPLO_TOKEN=SECRET duplo_token=SECRET p\n",
         "credential_process = env DUPLO_TOKEN=*** duplo_token=*** p\n"},
        {"a variable of AWS", "credential_process = env AWS_SESSION_TOKEN=SECRET p\n",
         "credential_process = env AWS_SESSION_TOKEN=*** p\n"},
        {"a variable with a file", "credential_process = env DUPLO_TOKEN_FILE=/run/t p\n",
         "credential_process = env DUPLO_TOKEN_FILE=/run/t p\n"},
        {"quotes, no secret", "credential_process = \"/a b/p\" 'x' \"\" '\n",
         "credential_process = \"/a b/p\" 'x' \"\" '\n"},
        {"a blank at the end of a line", "[default] ", "[default] "},
        {"only a blank", " ", " "},
        {"a blank and a newline", "\t\n", "\t\n"},
        {"--token and a blank at the end", "p --token ", "p --token "},
        {"a dash", "credential_process = - -- -= --= =\n", "credential_process = - -- -= --= =\n"},
        {"a letter with a value before -t", "credential_process = p -Tt x\n",
         "credential_process = p -Tt x\n"},
        {"in a comment", "# credential_process = p --token SECRET\n",
         "# credential_process = p --token ***\n"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        mask_text(&out, rows[i].text, strlen(rows[i].text), options, OPTION_COUNT);
        row_text(rows[i].name, buf_str(&out), rows[i].want);
        row_lacks(rows[i].name, buf_str(&out), "SECRET");
        buf_done(&out);
    }
}

/* A file may hold anything. */
static void test_nul_and_limit(void **state)
{
    static const char text[] = "a\0b\naws_session_token = SEC\0RET\nend";
    static const char want[] = "a\0b\naws_session_token = ***\nend";
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    mask_secrets(&out, text, sizeof(text) - 1, options, OPTION_COUNT);
    assert_int_equal(out.len, sizeof(want) - 1);
    assert_memory_equal(out.data, want, sizeof(want) - 1);
    buf_done(&out);
    buf_init(&out, 10);
    mask_secrets(&out, text, sizeof(text) - 1, options, OPTION_COUNT);
    assert_true(buf_failed(&out));
    buf_done(&out);
}

/* A NUL byte is not the letter of an option that has none. */
static void test_no_letter(void **state)
{
    static const struct option table[] = {{.name = "pin", .value = "N", .secret = true}};
    static const char text[] = "x -\0 a";
    struct buf out;
    (void)state;
    mask_text(&out, text, sizeof(text) - 1, table, ROWS(table));
    assert_int_equal(out.len, sizeof(text) - 1);
    assert_memory_equal(out.data, text, sizeof(text) - 1);
    buf_done(&out);
}

/* A new secret option is masked because it is in the table. */
static void test_the_table_decides(void **state)
{
    static const struct option table[] = {
        {.name = "pass-phrase",
         .alias = "phrase",
         .value = "TEXT",
         .variable = "MADE_UP",
         .alt_variable = "made_up_2",
         .letter = 'p',
         .secret = true},
        {.name = "quiet", .letter = 'q'},
        {.name = "path", .value = "FILE"},
        {.name = "token", .value = "TOKEN", .variable = "DUPLO_TOKEN", .letter = 't'},
    };
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"x --pass-phrase SECRET y", "x --pass-phrase *** y"},
        {"x -pass-phrase=SECRET y", "x -pass-phrase=*** y"},
        {"x --phrase 'SECRET SECRET'", "x --phrase ***"},
        {"x -phrase SECRET", "x -phrase ***"},
        {"x -p SECRET -pSECRET -qp SECRET", "x -p *** -p*** -qp ***"},
        {"x MADE_UP=SECRET y", "x MADE_UP=*** y"},
        {"x MADE_UP_2=SECRET y", "x MADE_UP_2=*** y"},
        {"made_up = SECRET", "made_up = ***"},
        {"x -path a -q b --quiet c", "x -path a -q b --quiet c"},
        {"x --token a -t b -tc DUPLO_TOKEN=d", "x --token a -t b -tc DUPLO_TOKEN=d"},
        {"aws_session_token = SECRET", "aws_session_token = ***"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        mask_text(&out, rows[i].text, strlen(rows[i].text), table, ROWS(table));
        row_text(rows[i].text, buf_str(&out), rows[i].want);
        buf_done(&out);
    }
}

static uint32_t next_random(uint32_t *seed, uint32_t count)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % count;
}

static const char *pick(uint32_t *seed, const char *const *words, size_t count)
{
    return words[next_random(seed, (uint32_t)count)];
}

/* A random file of pieces that mean something to the masker. */
static void add_random_text(struct buf *out, uint32_t *seed)
{
    static const char *const pieces[] = {
        " ",      "\t",          "\n",        "\r\n",      "\"",       "'",
        "=",      ":",           "-",         "--",        "-t",       "-It",
        "-T",     "--token",     "-token",    "--otp",     "--tid",    "--token-file",
        "SECRET", "DUPLO_TOKEN", "duplo_otp", "[default]", "p",        "aws_session_token",
        "#",      "\\",          "\xc3\xa9",  "--token=",  "--token ", "aws_secret_access_key = ",
    };
    for (uint32_t count = next_random(seed, 20); count > 0; count--) {
        if (next_random(seed, 8) == 0) {
            buf_add_char(out, (char)('+' + next_random(seed, 0x7f - '+'))); /* and no asterisk */
        } else {
            buf_add_str(out, pick(seed, pieces, ROWS(pieces)));
        }
    }
}

/* Whether masked is text with "***" in place of one or more bytes, any number of times. */
static bool differs_in_masks(const char *text, size_t len, const char *masked, size_t masked_len)
{
    size_t at = 0;
    bool after_mask = false;
    while (true) {
        const char *end = memmem(masked, masked_len, "***", 3);
        size_t piece = end != NULL ? (size_t)(end - masked) : masked_len;
        if (end == NULL && after_mask) {
            return piece <= len - at && at + 1 <= len &&
                   memcmp(text + len - piece, masked, piece) == 0;
        }
        size_t from = at + (after_mask ? 1 : 0); /* a mask hides at least one byte */
        const char *found = from > len ? NULL : memmem(text + from, len - from, masked, piece);
        if (found == NULL || (!after_mask && found != text)) {
            return false;
        }
        at = (size_t)(found - text) + piece;
        if (end == NULL) {
            return at == len;
        }
        masked += piece + 3;
        masked_len -= piece + 3;
        after_mask = true;
    }
}

static size_t count_of(const struct buf *text, const char *part)
{
    size_t count = 0;
    for (const char *at = buf_str(text); (at = strstr(at, part)) != NULL; at += strlen(part)) {
        count++;
    }
    return count;
}

/* Line by line: a mask never reaches over the end of a line. */
static void expect_masked(const struct buf *text, const struct buf *masked)
{
    const char *line = buf_str(text);
    const char *got = buf_str(masked);
    while (*line != '\0' || *got != '\0') {
        size_t len = strcspn(line, "\n");
        size_t got_len = strcspn(got, "\n");
        row_true(buf_str(text), differs_in_masks(line, len, got, got_len));
        row_true(buf_str(text), line[len] == got[got_len]);
        line += len + (line[len] != '\0' ? 1 : 0);
        got += got_len + (got[got_len] != '\0' ? 1 : 0);
    }
    row_true(buf_str(text), masked->len <= text->len + 2 * count_of(masked, "***"));
}

static void test_random_texts(void **state)
{
    uint32_t seed = 1;
    size_t masks = 0;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct buf text;
        struct buf once;
        struct buf twice;
        buf_init(&text, 1 << 20);
        add_random_text(&text, &seed);
        mask_text(&once, buf_str(&text), text.len, options, OPTION_COUNT);
        expect_masked(&text, &once);
        mask_text(&twice, buf_str(&once), once.len, options, OPTION_COUNT);
        row_text("masking twice", buf_str(&twice), buf_str(&once));
        masks += count_of(&once, "***");
        buf_done(&text);
        buf_done(&once);
        buf_done(&twice);
    }
    assert_true(masks > 5000);
}

/* Commands of known words: all secrets are masked, and every other word stays. */
static void test_random_commands(void **state)
{
    static const char *const words[][2] = {
        {"--token SECRET", "--token ***"},
        {"--token=SECRET", "--token=***"},
        {"-t SECRET", "-t ***"},
        {"-tSECRET", "-t***"},
        {"-ItSECRET", "-It***"},
        {"DUPLO_TOKEN=SECRET", "DUPLO_TOKEN=***"},
        {"--otp 'SECRET SECRET'", "--otp ***"},
        {"\"--otp\" \"SECRET\"", "\"--otp\" ***"},
        {"--host h", "--host h"},
        {"-T a", "-T a"},
        {"--token-file f", "--token-file f"},
        {"'x y'", "'x y'"},
        {"-I", "-I"},
        {"token", "token"},
    };
    static const char *const blanks[] = {" ", "\t", "  ", " \t "};
    uint32_t seed = 2;
    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct buf text;
        struct buf want;
        struct buf out;
        buf_init(&text, 4096);
        buf_init(&want, 4096);
        buf_add_str(&text, "p ");
        buf_add_str(&want, "p ");
        for (uint32_t count = next_random(&seed, 8); count > 0; count--) {
            uint32_t word = next_random(&seed, ROWS(words));
            const char *blank = pick(&seed, blanks, ROWS(blanks));
            buf_add_fmt(&text, "%s%s", words[word][0], blank);
            buf_add_fmt(&want, "%s%s", words[word][1], blank);
        }
        mask_text(&out, buf_str(&text), text.len, options, OPTION_COUNT);
        row_text(buf_str(&text), buf_str(&out), buf_str(&want));
        buf_done(&text);
        buf_done(&want);
        buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask),         cmocka_unit_test(test_nul_and_limit),
        cmocka_unit_test(test_no_letter),    cmocka_unit_test(test_the_table_decides),
        cmocka_unit_test(test_random_texts), cmocka_unit_test(test_random_commands),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
