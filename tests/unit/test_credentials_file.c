/* SPDX-License-Identifier: MIT */
/* Writing credentials into a shared credentials file: the section, the attributes, nothing else. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "aws/credentials_file.h"
#include "base/err.h"
#include "base/fs.h"
#include "rows.h"
#include "sandbox.h"

#define KEYS                                                                                       \
    "aws_access_key_id = ASIAKEY\naws_secret_access_key = secret/+\naws_session_token = token==\n" \
    "x_security_token_expires = 2026-01-02T03:04:05Z\n"

static const struct aws_credentials creds = {.access_key_id = "ASIAKEY",
                                             .secret_access_key = "secret/+",
                                             .session_token = "token==",
                                             .region = "eu-west-1",
                                             .expiration_s = 1767323045,
                                             .lifetime_s = 3600};
static const struct fs_attributes private = {.mode = 0600, .owner = (uid_t)-1, .group = (gid_t)-1};

static const struct {
    const char *name;
    const char *before; /* NULL: no file */
    const char *profile;
    const char *after; /* NULL: unchanged */
    enum err_kind kind;
} rows[] = {
    {"no file", NULL, "dev", "[dev]\n" KEYS, ERR_NONE},
    {"default", NULL, "default", "[default]\n" KEYS, ERR_NONE},
    {"a new section in a file with others", "# mine\n[other]\naws_access_key_id=AKIA", "dev",
     "# mine\n[other]\naws_access_key_id=AKIA\n\n[dev]\n" KEYS, ERR_NONE},
    {"a rewritten section",
     "[dev]\naws_access_key_id = old\nregion = r\naws_secret_access_key = old\n"
     "aws_session_token = old\nx_security_token_expires = old\n[b]\n",
     "dev",
     "[dev]\naws_access_key_id = ASIAKEY\nregion = r\naws_secret_access_key = secret/+\n"
     "aws_session_token = token==\nx_security_token_expires = 2026-01-02T03:04:05Z\n[b]\n",
     ERR_NONE},
    {"a stale security token is removed", "[dev]\naws_security_token = stale\n" KEYS, "dev",
     "[dev]\n" KEYS, ERR_NONE},
    {"that of another section is kept", "[b]\naws_security_token = s\n[dev]\n" KEYS, "dev", NULL,
     ERR_NONE},
    {"nothing changes", "[dev]\n" KEYS, "dev", NULL, ERR_NONE},
    {"a file that botocore rejects", "[dev]\nk=1\n[dev]\nk=2\n", "dev", NULL, ERR_FILE},
    {"an invalid profile name", "[dev]\n", "a]b", NULL, ERR_USAGE},
};

static void writes_credentials(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *path = sandbox_path("credentials");
        const char *want = rows[i].after != NULL ? rows[i].after : rows[i].before;
        struct err err = {0};
        bool written = false;
        unlink(path);
        if (rows[i].before != NULL) {
            sandbox_write(path, rows[i].before, strlen(rows[i].before), 0600);
        }
        int result = credentials_file_put(path, rows[i].profile, &creds, &private, &written, &err);
        row_int(rows[i].name, err.kind, rows[i].kind);
        row_int(rows[i].name, result, rows[i].kind == ERR_NONE ? 0 : -1);
        row_true(rows[i].name, written == (rows[i].after != NULL));
        size_t len = 0;
        char *got = sandbox_read(path, &len);
        row_text(rows[i].name, got, want);
        row_lacks(rows[i].name, err.text, "secret");
        free(got);
        row_int(rows[i].name, sandbox_count(sandbox_path("")), 1);
    }
}

static void sets_the_mode(void **state)
{
    (void)state;
    const char *path = sandbox_path("credentials");
    const struct fs_attributes shared = {.mode = 0640, .owner = (uid_t)-1, .group = (gid_t)-1};
    struct err err;
    bool written = false;
    sandbox_write(path, "[dev]\n" KEYS, strlen("[dev]\n" KEYS), 0644);
    assert_int_equal(credentials_file_put(path, "dev", &creds, &private, &written, &err), 0);
    assert_true(written);
    assert_int_equal(sandbox_mode(path), 0600);
    assert_int_equal(credentials_file_put(path, "dev", &creds, &shared, &written, &err), 0);
    assert_int_equal(sandbox_mode(path), 0640);
}

static void sets_the_owner_and_refuses_another_users_file(void **state)
{
    (void)state;
    const char *path = sandbox_path("credentials");
    const struct fs_attributes given = {.mode = 0600, .owner = 1234, .group = 2345};
    struct stat info;
    struct err err;
    bool written = false;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(credentials_file_put(path, "dev", &creds, &given, &written, &err), 0);
    assert_int_equal(credentials_file_put(path, "b", &creds, &private, &written, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_non_null(strstr(err.text, "belongs to user 1234"));
    assert_int_equal(credentials_file_put(path, "b", &creds, &given, &written, &err), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_uid, 1234);
    assert_int_equal(info.st_gid, 2345);
}

static void follows_links_and_creates_directories(void **state)
{
    (void)state;
    struct err err;
    bool written = false;
    assert_int_equal(symlink("a/b/credentials", sandbox_path("link")), 0);
    assert_int_equal(
        credentials_file_put(sandbox_path("link"), "dev", &creds, &private, &written, &err), 0);
    size_t len = 0;
    char *got = sandbox_read(sandbox_path("a/b/credentials"), &len);
    assert_string_equal(got, "[dev]\n" KEYS);
    free(got);
    assert_int_equal(sandbox_mode(sandbox_path("a")), 0700);
}

/* The file is replaced once for all profiles, or not at all. */
static void writes_several_profiles_at_once(void **state)
{
    (void)state;
    const char *path = sandbox_path("credentials");
    const char before[] = "# mine\n[b]\naws_security_token = old\n[c]\nk = v\n";
    struct credentials_file_entry entries[] = {
        {"a", &creds, NULL}, {"b", &creds, NULL}, {"default", &creds, NULL}};
    struct stat first;
    struct stat second;
    struct err err;
    bool written = false;
    size_t len = 0;
    sandbox_write(path, before, strlen(before), 0600);
    assert_int_equal(credentials_file_put_all(path, entries, 3, &private, &written, &err), 0);
    assert_true(written);
    char *got = sandbox_read(path, &len);
    assert_string_equal(got, "# mine\n[b]\n" KEYS "[c]\nk = v\n\n[a]\n" KEYS "\n[default]\n" KEYS);
    free(got);
    assert_int_equal(stat(path, &first), 0);
    assert_int_equal(credentials_file_put_all(path, entries, 3, &private, &written, &err), 0);
    assert_false(written);
    entries[0].profile = "d";
    entries[2].profile = "a]b";
    assert_int_equal(credentials_file_put_all(path, entries, 3, &private, &written, &err), -1);
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(stat(path, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);
    assert_int_equal(sandbox_count(sandbox_path("")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_credentials, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(sets_the_mode, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(sets_the_owner_and_refuses_another_users_file,
                                        sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(writes_several_profiles_at_once, sandbox_setup,
                                        sandbox_teardown),
        cmocka_unit_test_setup_teardown(follows_links_and_creates_directories, sandbox_setup,
                                        sandbox_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
