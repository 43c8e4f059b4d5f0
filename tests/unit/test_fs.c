/* SPDX-License-Identifier: MIT */
/* Reading files, paths, and making directories. */
#include "rows.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fs.h"
#include "sandbox.h"

static void test_read(void **state)
{
    static const struct {
        const char *name;
        size_t len;
        size_t max;
        bool good;
    } rows[] = {
        {"empty", 0, 100, true},
        {"empty file, no room", 0, 0, true},
        {"one byte, no room", 1, 0, false},
        {"exactly the limit", 100, 100, true},
        {"one byte too large", 101, 100, false},
        {"one chunk, exactly", 4096, 4096, true},
        {"one chunk and a byte", 4097, 4096, false},
        {"many chunks", 100000, 100000, true},
        {"far too large", 1 << 20, 5000, false},
    };
    static char data[1 << 20];
    const char *path = sandbox_path("file");
    (void)state;
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (char)(i * 7 + i / 4096);
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        struct err err = {0};
        bool found = false;
        sandbox_write(path, data, rows[i].len, 0600);
        buf_init(&out, rows[i].max);
        row_int(rows[i].name, fs_read(path, &out, &found, &err), rows[i].good ? 0 : -1);
        row_true(rows[i].name, found);
        row_int(rows[i].name, err.kind, rows[i].good ? ERR_NONE : ERR_FILE);
        if (rows[i].good) {
            row_int(rows[i].name, (int64_t)out.len, (int64_t)rows[i].len);
            row_int(rows[i].name, memcmp(buf_str(&out), data, rows[i].len), 0);
        } else {
            row_has(rows[i].name, err.text, path);
            row_has(rows[i].name, err.text, "larger than");
        }
        buf_done(&out);
    }
}

static void test_read_missing(void **state)
{
    static const struct {
        const char *name;
        bool missing; /* false: an error even if the caller accepts a missing file */
    } rows[] = {
        {"nothing-here", true}, {"no/such/folder", true}, {"file/below", true},
        {"dangling", true},     {"folder", false},        {"loop", false},
    };
    (void)state;
    sandbox_write_text(sandbox_path("file"), "x");
    assert_int_equal(mkdir(sandbox_path("folder"), 0700), 0);
    assert_int_equal(symlink("nothing-here", sandbox_path("dangling")), 0);
    assert_int_equal(symlink("loop", sandbox_path("loop")), 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        struct err err = {0};
        bool found = true;
        const char *path = sandbox_path(rows[i].name);
        buf_init(&out, 100);
        row_int(rows[i].name, fs_read(path, &out, NULL, &err), -1);
        row_int(rows[i].name, err.kind, ERR_FILE);
        row_has(rows[i].name, err.text, path);
        row_int(rows[i].name, fs_read(path, &out, &found, &err), rows[i].missing ? 0 : -1);
        if (rows[i].missing) {
            row_true(rows[i].name, !found);
        }
        row_int(rows[i].name, (int64_t)out.len, 0);
        buf_done(&out);
    }
}

static void test_read_private(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644};
    const char *path = sandbox_path("secret");
    struct buf out;
    struct err err;
    bool found = true;
    (void)state;
    buf_init(&out, 5);
    assert_int_equal(fs_read_private(sandbox_path("nothing"), &out, &found, &err), 0);
    assert_false(found);
    sandbox_write(path, "12345", 5, 0600);
    assert_int_equal(fs_read_private(path, &out, &found, &err), 0);
    assert_true(found);
    assert_string_equal(buf_str(&out), "12345");
    for (size_t i = 0; i < ROWS(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(fs_read_private(path, &out, &found, &err), 0);
        assert_false(found);
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_int_equal(symlink(path, sandbox_path("link")), 0);
    assert_int_equal(fs_read_private(sandbox_path("link"), &out, &found, &err), 0);
    assert_false(found);
    assert_int_equal(mkfifo(sandbox_path("pipe"), 0600), 0);
    assert_int_equal(fs_read_private(sandbox_path("pipe"), &out, &found, &err), 0);
    assert_false(found);
    assert_int_equal(fs_read_private(sandbox_path(""), &out, &found, &err), 0);
    assert_false(found);
    assert_string_equal(buf_str(&out), "12345"); /* nothing was added */
    buf_clear(&out);
    sandbox_write(sandbox_path("long"), "123456", 6, 0600);
    assert_int_equal(fs_read_private(sandbox_path("long"), &out, &found, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    buf_done(&out);
}

static void test_write_fd(void **state)
{
    struct err err;
    (void)state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fs_write_fd(fd, "standard output", "", 0, &err), 0);
    assert_int_equal(fs_write_fd(fd, "standard output", "x", 1, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_string_equal(err.text, "cannot write standard output: No space left on device");
    close(fd);
}

static void test_make_dirs(void **state)
{
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        {"a", true},       {"b/c/d", true},     {"e//f/", true},      {"g/./h", true},
        {"there", true},   {"link", true},      {"link/inner", true}, {"file", false},
        {"file/x", false}, {"dangling", false},
    };
    (void)state;
    assert_int_equal(mkdir(sandbox_path("there"), 0755), 0);
    assert_int_equal(chmod(sandbox_path("there"), 0755), 0);
    assert_int_equal(symlink("there", sandbox_path("link")), 0);
    assert_int_equal(symlink("nowhere", sandbox_path("dangling")), 0);
    sandbox_write_text(sandbox_path("file"), "x");
    mode_t before = umask(0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = {0};
        struct stat info;
        const char *path = sandbox_path(rows[i].name);
        row_int(rows[i].name, fs_make_dirs(path, NULL, &err), rows[i].good ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].good ? ERR_NONE : ERR_FILE);
        row_int(rows[i].name, stat(path, &info) == 0 && S_ISDIR(info.st_mode), rows[i].good);
    }
    umask(before);
    static const char *const made[] = {"a", "b", "b/c", "b/c/d", "e", "e/f", "g/h", "there/inner"};
    for (size_t i = 0; i < ROWS(made); i++) {
        row_int(made[i], sandbox_mode(sandbox_path(made[i])), 0700);
    }
    assert_int_equal(sandbox_mode(sandbox_path("there")), 0755);
}

static void test_make_dirs_for_a_file(void **state)
{
    static const struct {
        const char *name;
        mode_t file;
        mode_t above;
    } rows[] = {
        {"owner", 0600, 0700},   {"read only", 0400, 0700},    {"group", 0640, 0750},
        {"others", 0604, 0705},  {"all", 0644, 0755},          {"writable", 0666, 0755},
        {"program", 0755, 0755}, {"search alone", 0611, 0700},
    };
    (void)state;
    mode_t before = umask(077);
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct fs_attributes attr = {rows[i].file, (uid_t)-1, (gid_t)-1, false, NULL};
        char path[64];
        struct err err = {0};
        snprintf(path, sizeof(path), "%s/inner", rows[i].name);
        row_int(rows[i].name, fs_make_dirs(sandbox_path(path), &attr, &err), 0);
        row_int(rows[i].name, sandbox_mode(sandbox_path(rows[i].name)), rows[i].above);
        row_int(rows[i].name, sandbox_mode(sandbox_path(path)), rows[i].above);
    }
    umask(before);
}

/* A home directory, and the directories above it, are never created; others beside it are. */
static void test_make_dirs_without_a_home(void **state)
{
    static const struct {
        const char *home; /* below the sandbox */
        const char *path;
        bool good;
    } rows[] = {
        {"me", "me", false},
        {"me", "me/.aws", false},
        {"me/", "me//.cache/duplojit", false},
        {"//me", "me/.aws", false},
        {"homes/me", "homes/me/.aws", false},
        {"homes/me", "homes", false},
        {"homes/me", "home", true},
        {"homes/me", "h", true},
        {"", "inside", true},
        {"there", "there/.aws", true},
        {"there/me", "there/mean", true},
        {"there/me", "there/you/.aws", true},
    };
    (void)state;
    assert_int_equal(mkdir(sandbox_path("there"), 0755), 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        char home[PATH_MAX];
        struct err err = {0};
        struct stat info;
        snprintf(home, sizeof(home), "%s", sandbox_path(rows[i].home));
        setenv("HOME", home, 1);
        const char *path = sandbox_path(rows[i].path);
        row_int(rows[i].path, fs_make_dirs(path, NULL, &err), rows[i].good ? 0 : -1);
        row_int(rows[i].path, stat(path, &info) == 0, rows[i].good);
        if (!rows[i].good) {
            row_has(rows[i].path, err.text, "the home directory /");
        }
    }
    unsetenv("HOME");
    assert_int_equal(stat(sandbox_path("homes"), &(struct stat){0}), -1);
}

static void test_make_dirs_unusual_paths(void **state)
{
    char path[PATH_MAX + 100];
    struct err err = {0};
    (void)state;
    assert_int_equal(fs_make_dirs("", NULL, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_string_equal(err.text, "the directory name is empty");
    assert_int_equal(fs_make_dirs("/", NULL, &err), 0);
    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(fs_make_dirs(path, NULL, &err), -1);
    assert_non_null(strstr(err.text, "too long"));
    assert_true(strlen(err.text) < 200);
}

static void test_paths(void **state)
{
    static const struct {
        const char *path;
        const char *dir;
        const char *companion;
    } rows[] = {
        {"config", ".", "./.config.duplojit-new"},
        {"/config", "/", "//.config.duplojit-new"},
        {"/home/me/.aws/config", "/home/me/.aws", "/home/me/.aws/.config.duplojit-new"},
        {"a/b", "a", "a/.b.duplojit-new"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char out[PATH_MAX];
        struct err err;
        row_int(rows[i].path, fs_dirname(rows[i].path, out, &err), 0);
        row_text(rows[i].path, out, rows[i].dir);
        row_int(rows[i].path, fs_companion(rows[i].path, "new", out, &err), 0);
        row_text(rows[i].path, out, rows[i].companion);
    }
    char path[PATH_MAX + 100];
    char out[PATH_MAX];
    struct err err;
    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    path[0] = '/';
    path[PATH_MAX + 50] = '/';
    assert_int_equal(fs_dirname(path, out, &err), -1);
    assert_int_equal(fs_absolute(path, out, &err), -1);
    assert_int_equal(fs_follow(path, out, &err), -1);
    path[PATH_MAX - 10] = '\0';
    assert_int_equal(fs_companion(path, "new", out, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
}

static void test_absolute(void **state)
{
    char before[PATH_MAX];
    char here[PATH_MAX];
    char out[PATH_MAX];
    char want[2 * PATH_MAX];
    struct err err;
    (void)state;
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(sandbox_path("")), 0);
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(fs_absolute("a/b", out, &err), 0);
    snprintf(want, sizeof(want), "%s/a/b", here);
    assert_string_equal(out, want);
    assert_int_equal(fs_absolute("/a/../b", out, &err), 0);
    assert_string_equal(out, "/a/../b");
    assert_int_equal(chdir(before), 0);
}

static void test_follow(void **state)
{
    static const struct {
        const char *name;
        const char *want; /* NULL: an error */
    } rows[] = {
        {"file", "file"},
        {"missing", "missing"},
        {"link", "./file"},
        {"chain", "././file"},
        {"deep/link", "deep/../file"},
        {"dangling", "./missing"},
        {"loop-a", NULL},
        {"self", NULL},
    };
    (void)state;
    sandbox_write_text(sandbox_path("file"), "x");
    assert_int_equal(symlink("./file", sandbox_path("link")), 0);
    assert_int_equal(symlink("./link", sandbox_path("chain")), 0);
    assert_int_equal(mkdir(sandbox_path("deep"), 0700), 0);
    assert_int_equal(symlink("../file", sandbox_path("deep/link")), 0);
    assert_int_equal(symlink("./missing", sandbox_path("dangling")), 0);
    assert_int_equal(symlink("loop-b", sandbox_path("loop-a")), 0);
    assert_int_equal(symlink("loop-a", sandbox_path("loop-b")), 0);
    assert_int_equal(symlink("self", sandbox_path("self")), 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        char out[PATH_MAX];
        struct err err = {0};
        int result = fs_follow(sandbox_path(rows[i].name), out, &err);
        row_int(rows[i].name, result, rows[i].want != NULL ? 0 : -1);
        if (rows[i].want != NULL) {
            row_text(rows[i].name, out, sandbox_path(rows[i].want));
        } else {
            row_int(rows[i].name, err.kind, ERR_FILE);
            row_has(rows[i].name, err.text, "symbolic links");
        }
    }
    char out[PATH_MAX];
    struct err err;
    assert_int_equal(symlink(sandbox_path("file"), sandbox_path("absolute")), 0);
    assert_int_equal(fs_follow(sandbox_path("absolute"), out, &err), 0);
    assert_string_equal(out, sandbox_path("file"));
}

static void test_attributes_of_missing_file(void **state)
{
    struct fs_attributes attr = {0123, 7, 8, false, NULL};
    (void)state;
    assert_false(fs_attributes_of(sandbox_path("missing"), &attr));
    assert_int_equal(attr.mode, 0123);
    assert_int_equal(attr.owner, 7);
}

struct names {
    int count; /* without the dot entries */
    int fails_at;
};

static int count_name(const char *dir, const char *name, void *context, struct err *err)
{
    struct names *names = context;
    assert_string_equal(dir, sandbox_path(""));
    if (name[0] == '.') {
        return 0;
    }
    names->count++;
    return names->count == names->fails_at ? err_set(err, ERR_FILE, "cannot remove %s", name) : 0;
}

static void test_every_name_of_a_directory(void **state)
{
    static const char *const files[] = {"one", "two", "three"};
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < ROWS(files); i++) {
        sandbox_write_text(sandbox_path(files[i]), "");
    }
    for (int fails_at = 0; fails_at <= 3; fails_at++) {
        struct names names = {.fails_at = fails_at};
        int result = fs_for_each(sandbox_path(""), count_name, &names, &err);
        assert_int_equal(result, fails_at == 0 ? 0 : -1);
        assert_int_equal(names.count, 3);
    }
    struct names names = {0};
    assert_int_equal(fs_for_each(sandbox_path("missing"), count_name, &names, &err), 0);
    assert_int_equal(fs_for_each(sandbox_path("one"), count_name, &names, &err), -1);
    row_has("not a directory", err.text, "cannot list ");
    assert_int_equal(names.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_read),
        TEST(test_read_missing),
        TEST(test_read_private),
        TEST(test_write_fd),
        TEST(test_make_dirs),
        TEST(test_make_dirs_for_a_file),
        TEST(test_make_dirs_without_a_home),
        TEST(test_make_dirs_unusual_paths),
        TEST(test_paths),
        TEST(test_absolute),
        TEST(test_follow),
        TEST(test_attributes_of_missing_file),
        TEST(test_every_name_of_a_directory),
    };
    return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
