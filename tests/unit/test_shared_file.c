/* SPDX-License-Identifier: MIT */
/* The shared AWS files: their paths, and edits of a text. Replacing files: test_credentials_file.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/shared_file.h"
#include "base/err.h"
#include "base/fs.h"
#include "rows.h"
#include "sandbox.h"

static void finds_the_files(void **state)
{
    static const struct {
        const char *name;
        enum ini_kind kind;
        const char *given;
        const char *home;
        const char *want; /* NULL: ERR_FILE */
        const char *words;
    } rows[] = {
        {"config", INI_CONFIG, NULL, "/home/me", "/home/me/.aws/config", NULL},
        {"credentials", INI_CREDENTIALS, NULL, "/home/me", "/home/me/.aws/credentials", NULL},
        {"given", INI_CONFIG, "/etc/aws", "/home/me", "/etc/aws", NULL},
        {"given, no HOME", INI_CONFIG, "/etc/aws", NULL, "/etc/aws", NULL},
        {"in the home directory", INI_CONFIG, "~/x/aws", "/home/me", "/home/me/x/aws", NULL},
        {"another user's", INI_CONFIG, "/~you/aws", "/home/me", "/~you/aws", NULL},
        {"no HOME, config", INI_CONFIG, NULL, NULL, NULL, "set AWS_CONFIG_FILE"},
        {"relative HOME", INI_CONFIG, NULL, "me", NULL, "HOME is not an absolute path"},
        {"empty HOME", INI_CREDENTIALS, NULL, "", NULL, "HOME is not an absolute path"},
        {"relative HOME, ~", INI_CONFIG, "~/x", "./me", NULL, "HOME is not an absolute path"},
        {"relative HOME, given", INI_CONFIG, "/etc/aws", "me", "/etc/aws", NULL},
        {"no HOME, ~", INI_CONFIG, "~/x", NULL, NULL, "HOME is not set"},
        {"no HOME, credentials", INI_CREDENTIALS, NULL, NULL, NULL,
         "set AWS_SHARED_CREDENTIALS_FILE"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char path[PATH_MAX] = "";
        struct err err = {.kind = ERR_NONE};
        int result = shared_file_find(rows[i].kind, rows[i].given, rows[i].home, path, &err);
        row_int(rows[i].name, result, rows[i].want != NULL ? 0 : -1);
        if (rows[i].want != NULL) {
            row_text(rows[i].name, path, rows[i].want);
        } else {
            row_int(rows[i].name, err.kind, ERR_FILE);
            row_has(rows[i].name, err.text, rows[i].words);
        }
    }
}

static void rejects_a_path_that_is_too_long(void **state)
{
    char home[PATH_MAX];
    char path[PATH_MAX];
    struct err err = {.kind = ERR_NONE};
    (void)state;
    memset(home, 'h', sizeof(home));
    home[0] = '/';
    home[sizeof(home) - 1] = '\0';
    assert_int_equal(shared_file_find(INI_CONFIG, NULL, home, path, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
}

static void completes_a_relative_path(void **state)
{
    char path[PATH_MAX];
    char cwd[PATH_MAX];
    struct err err;
    (void)state;
    assert_non_null(getcwd(cwd, sizeof(cwd)));
    assert_int_equal(shared_file_find(INI_CONFIG, "x/aws", NULL, path, &err), 0);
    assert_true(strncmp(path, cwd, strlen(cwd)) == 0);
    assert_string_equal(path + strlen(cwd), "/x/aws");
}

static const struct ini_edit region[] = {{"region", "eu-west-1", false}};

static void edits_several_profiles(void **state)
{
    const struct shared_file_edit edits[] = {{"a", region, 1}, {"b", region, 1}};
    const struct shared_file_change change = {"config", INI_CONFIG, edits, 2};
    const struct file_edit edit = SHARED_FILE_EDIT(&change);
    struct buf text;
    struct err err;
    (void)state;
    buf_init(&text, SHARED_FILE_MAX);
    buf_add_str(&text, "[profile b]\nregion = x\n");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(shared_file_apply(&edit, &text, &err), 0);
        assert_string_equal(buf_str(&text), "[profile b]\nregion = eu-west-1\n\n"
                                            "[profile a]\nregion = eu-west-1\n");
    }
    buf_done(&text);
}

static void reads_a_missing_file_as_empty(void **state)
{
    struct buf text;
    struct ini_doc doc;
    struct err err;
    (void)state;
    buf_init(&text, SHARED_FILE_MAX);
    assert_int_equal(shared_file_read(sandbox_path("none"), INI_CONFIG, "dev", &text, &doc, &err),
                     0);
    assert_false(ini_has_profile(&doc, "default"));
    assert_int_equal(text.len, 0);
    ini_done(&doc);
    buf_done(&text);
}

/* A message about a line of the file begins with the path. */
static void names_the_file_in_messages(void **state)
{
    const struct shared_file_edit edit = {"a", region, 1};
    const struct fs_attributes attr = {.mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};
    const struct shared_file_change change = {sandbox_path("config"), INI_CONFIG, &edit, 1};
    struct err err;
    bool written = true;
    (void)state;
    sandbox_write(change.path, "[profile a]\nx\n", strlen("[profile a]\nx\n"), 0600);
    assert_int_equal(shared_file_update(&change, &attr, &written, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    row_has("message", err.text, "config: line 2: ");
    assert_false(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_files),
        cmocka_unit_test(rejects_a_path_that_is_too_long),
        cmocka_unit_test(completes_a_relative_path),
        cmocka_unit_test(edits_several_profiles),
        cmocka_unit_test_setup_teardown(reads_a_missing_file_as_empty, sandbox_setup,
                                        sandbox_teardown),
        cmocka_unit_test_setup_teardown(names_the_file_in_messages, sandbox_setup,
                                        sandbox_teardown),
    };
    return cmocka_run_group_tests_name("shared_file", tests, NULL, NULL);
}
