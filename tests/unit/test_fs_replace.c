/* SPDX-License-Identifier: MIT */
/* Replacing files: mode and owner, leftovers of killed runs, and what is not replaced. */
#include "rows.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "sandbox.h"

static const struct fs_attributes private = {0600, (uid_t)-1, (gid_t)-1, false, NULL};

static void expect_content(const char *path, const char *want)
{
    size_t len = 0;
    char *text = sandbox_read(path, &len);
    row_int(path, (int64_t)len, (int64_t)strlen(want));
    row_text(path, text, want);
    free(text);
}

static void test_mode(void **state)
{
    static const mode_t modes[] = {0600, 0644, 0640, 0400, 0666, 0755};
    const char *path = sandbox_path("file");
    (void)state;
    mode_t before = umask(077);
    for (size_t i = 0; i < ROWS(modes); i++) {
        struct fs_attributes attr = {modes[i], (uid_t)-1, (gid_t)-1, false, NULL};
        struct fs_attributes now = {0};
        struct err err;
        assert_int_equal(fs_replace(path, "new", 3, &attr, &err), 0);
        assert_int_equal(sandbox_mode(path), modes[i]);
        /* The present attributes can be read and set again. */
        assert_true(fs_attributes_of(path, &now));
        assert_int_equal(fs_replace(path, "newer", 5, &now, &err), 0);
        assert_int_equal(sandbox_mode(path), modes[i]);
        expect_content(path, "newer");
    }
    umask(before);
    assert_int_equal(sandbox_count(sandbox_path("")), 1);
}

static void test_owner(void **state)
{
    struct fs_attributes attr = {0640, 12345, 54321, false, NULL};
    struct fs_attributes now = {0};
    struct err err;
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(fs_replace(sandbox_path("file"), "x", 1, &attr, &err), 0);
    assert_true(fs_attributes_of(sandbox_path("file"), &now));
    assert_int_equal(now.owner, 12345);
    assert_int_equal(now.group, 54321);
    assert_int_equal(now.mode, 0640);
    struct stat info;
    assert_int_equal(stat(sandbox_path("file"), &info), 0);
    assert_int_equal(info.st_uid, 12345);
    assert_int_equal(info.st_gid, 54321);
    attr = (struct fs_attributes){0600, (uid_t)-1, 54321, false, NULL};
    assert_int_equal(fs_replace(sandbox_path("file"), "y", 1, &attr, &err), 0);
    assert_int_equal(stat(sandbox_path("file"), &info), 0);
    assert_int_equal(info.st_uid, 0);
    assert_int_equal(info.st_gid, 54321);
}

/* A reader that opened the old file reads all of it. */
static void test_readers_keep_the_old_file(void **state)
{
    char old[16] = "";
    struct err err;
    const char *path = sandbox_path("file");
    (void)state;
    sandbox_write_text(path, "the old one");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fs_replace(path, "new", 3, &private, &err), 0);
    assert_int_equal(read(fd, old, sizeof(old) - 1), 11);
    assert_string_equal(old, "the old one");
    close(fd);
    expect_content(path, "new");
}

/* The next write replaces the temporary file of a killed run, even if it is a link. */
static void test_leftover_is_replaced(void **state)
{
    const char *path = sandbox_path("file");
    char temporary[PATH_MAX];
    struct err err;
    (void)state;
    assert_int_equal(fs_companion(path, "new", temporary, &err), 0);
    sandbox_write(temporary, "longer than the new text", 24, 0644);
    assert_int_equal(fs_replace(path, "new", 3, &private, &err), 0);
    expect_content(path, "new");
    assert_int_equal(sandbox_mode(path), 0600);
    /* A link at the temporary name is not followed. */
    sandbox_write_text(sandbox_path("victim"), "untouched");
    assert_int_equal(symlink("victim", temporary), 0);
    assert_int_equal(fs_replace(path, "newer", 5, &private, &err), 0);
    expect_content(path, "newer");
    expect_content(sandbox_path("victim"), "untouched");
    assert_int_equal(sandbox_count(sandbox_path("")), 2);
}

static void test_failures(void **state)
{
    struct err err;
    (void)state;
    assert_int_equal(fs_replace(sandbox_path("no/file"), "x", 1, &private, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_int_equal(mkdir(sandbox_path("folder"), 0700), 0);
    assert_int_equal(fs_replace(sandbox_path("folder"), "x", 1, &private, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_non_null(strstr(err.text, sandbox_path("folder")));
    assert_int_equal(sandbox_count(sandbox_path("")), 1);
}

static void test_only_regular_files(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        {"file", true}, {"missing", true}, {"folder", false}, {"pipe", false}, {"link", false},
    };
    (void)state;
    sandbox_write_text(sandbox_path("file"), "x");
    assert_int_equal(mkdir(sandbox_path("folder"), 0700), 0);
    assert_int_equal(mkfifo(sandbox_path("pipe"), 0600), 0);
    assert_int_equal(symlink("/dev/null", sandbox_path("link")), 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *path = sandbox_path(rows[i].name);
        struct stat before = {0};
        struct stat after = {0};
        struct err err = {0};
        row_int(path, fs_check_replaceable(path, &err), rows[i].good ? 0 : -1);
        row_int(path, err.kind, rows[i].good ? ERR_NONE : ERR_FILE);
        (void)lstat(path, &before);
        row_int(path, fs_replace(path, "y", 1, &private, &err), rows[i].good ? 0 : -1);
        row_int(path, lstat(path, &after), 0);
        row_true(path, rows[i].good || before.st_ino == after.st_ino);
    }
    assert_int_equal(sandbox_count(sandbox_path("")), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mode),
        TEST(test_owner),
        TEST(test_readers_keep_the_old_file),
        TEST(test_leftover_is_replaced),
        TEST(test_failures),
        TEST(test_only_regular_files),
    };
    return cmocka_run_group_tests_name("fs_replace", tests, NULL, NULL);
}
