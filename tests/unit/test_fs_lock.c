/* SPDX-License-Identifier: MIT */
/* Locking and replacing among several processes, some of which are killed. */
#include "rows.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "sandbox.h"

static const struct fs_attributes private = {0600, (uid_t)-1, (gid_t)-1, false, NULL};

static int64_t soon_ms(int64_t ms)
{
    return clock_mono_ms() + ms;
}

static void test_take_and_release(void **state)
{
    struct fs_lock lock;
    struct err err;
    const char *path = sandbox_path("config");
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fs_lock_take(&lock, path, soon_ms(1000), &err), 0);
        assert_int_equal(sandbox_count(sandbox_path("")), 1);
        assert_int_equal(access(sandbox_path(".config.duplojit-lock"), F_OK), 0);
        assert_true(fcntl(lock.fd, F_GETFD) & FD_CLOEXEC);
        fs_lock_release(&lock);
        assert_int_equal(lock.fd, -1);
        assert_int_equal(sandbox_count(sandbox_path("")), 0);
        fs_lock_release(&lock);
    }
}

/* Replaces the C library's flock: removes a file first, as the owner of a lock may do between our
 * open and our flock. */
static const char *removed_before_flock;

int flock(int fd, int operation)
{
    if (removed_before_flock != NULL) {
        unlink(removed_before_flock);
        removed_before_flock = NULL;
    }
    return (int)syscall(SYS_flock, fd, operation);
}

static void test_lock_file_removed_while_taking_it(void **state)
{
    struct fs_lock lock;
    struct err err;
    (void)state;
    removed_before_flock = sandbox_path(".config.duplojit-lock");
    assert_int_equal(fs_lock_take(&lock, sandbox_path("config"), soon_ms(5000), &err), 0);
    assert_null(removed_before_flock);
    assert_int_equal(access(sandbox_path(".config.duplojit-lock"), F_OK), 0);
    fs_lock_release(&lock);
}

static void test_two_files_two_locks(void **state)
{
    struct fs_lock one;
    struct fs_lock two;
    struct err err;
    (void)state;
    assert_int_equal(fs_lock_take(&one, sandbox_path("a"), soon_ms(1000), &err), 0);
    assert_int_equal(fs_lock_take(&two, sandbox_path("b"), soon_ms(1000), &err), 0);
    fs_lock_release(&one);
    fs_lock_release(&two);
}

static void test_leftover_does_not_lock(void **state)
{
    struct fs_lock lock;
    struct err err;
    (void)state;
    sandbox_write(sandbox_path(".config.duplojit-lock"), "", 0, 0444);
    assert_int_equal(fs_lock_take(&lock, sandbox_path("config"), soon_ms(1000), &err), 0);
    fs_lock_release(&lock);
    assert_int_equal(sandbox_count(sandbox_path("")), 0);
}

static void test_cannot_lock(void **state)
{
    struct fs_lock lock;
    struct err err;
    (void)state;
    assert_int_equal(fs_lock_take(&lock, sandbox_path("no/config"), soon_ms(5000), &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_int_equal(lock.fd, -1);
    fs_lock_release(&lock);
    assert_int_equal(symlink("elsewhere", sandbox_path(".config.duplojit-lock")), 0);
    assert_int_equal(fs_lock_take(&lock, sandbox_path("config"), soon_ms(5000), &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_int_not_equal(access(sandbox_path("elsewhere"), F_OK), 0);
}

/* A child that takes the lock, reports so, and holds it until it is killed. */
static pid_t start_holder(const char *path, int *ready)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fs_lock lock;
        struct err err;
        close(ends[0]);
        char word = fs_lock_take(&lock, path, soon_ms(5000), &err) == 0 ? 'y' : 'n';
        if (write(ends[1], &word, 1) == 1) {
            pause();
        }
        _exit(1);
    }
    close(ends[1]);
    char word = 'n';
    assert_int_equal(read(ends[0], &word, 1), 1);
    assert_int_equal(word, 'y');
    *ready = ends[0];
    return child;
}

static void test_other_process_is_excluded(void **state)
{
    struct fs_lock lock;
    struct err err;
    int ready = -1;
    const char *path = sandbox_path("config");
    (void)state;
    pid_t holder = start_holder(path, &ready);
    int64_t start = clock_mono_ms();
    assert_int_equal(fs_lock_take(&lock, path, start + 60, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, ".config.duplojit-lock"));
    assert_int_equal(lock.fd, -1);
    assert_true(clock_mono_ms() - start >= 60);
    /* A deadline that is over already means one try. */
    assert_int_equal(fs_lock_take(&lock, path, clock_mono_ms(), &err), -1);
    /* A killed process leaves the file, but not the lock. */
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    assert_int_equal(access(sandbox_path(".config.duplojit-lock"), F_OK), 0);
    assert_int_equal(fs_lock_take(&lock, path, soon_ms(1000), &err), 0);
    fs_lock_release(&lock);
    assert_int_equal(sandbox_count(sandbox_path("")), 0);
    close(ready);
}

/* Increments a number in a file; without the lock some increments would be lost. */
static void count_up(const char *path, int times)
{
    for (int i = 0; i < times; i++) {
        struct fs_lock lock;
        struct err err;
        char text[32];
        size_t len = 0;
        if (fs_lock_take(&lock, path, soon_ms(60000), &err) != 0) {
            _exit(1);
        }
        char *number = sandbox_read(path, &len);
        snprintf(text, sizeof(text), "%d", (int)strtol(number, NULL, 10) + 1);
        free(number);
        if (fs_replace(path, text, strlen(text), &private, &err) != 0) {
            _exit(1);
        }
        fs_lock_release(&lock);
    }
    _exit(0);
}

static void test_no_increment_is_lost(void **state)
{
    enum { PROCESSES = 8, TIMES = 15 };
    const char *path = sandbox_path("number");
    pid_t children[PROCESSES];
    (void)state;
    sandbox_write_text(path, "0");
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            count_up(path, TIMES);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    size_t len = 0;
    char *number = sandbox_read(path, &len);
    assert_string_equal(number, "120");
    free(number);
    assert_int_equal(sandbox_count(sandbox_path("")), 1);
}

static void expect_whole(const char *path, char *const texts[2], const size_t lens[2])
{
    size_t len = 0;
    char *text = sandbox_read(path, &len);
    int which = text[0] - 'a';
    assert_true(which == 0 || which == 1);
    assert_int_equal(len, lens[which]);
    assert_memory_equal(text, texts[which], len);
    free(text);
}

/* The file holds one of the two texts, whole, at any moment the writing process may be killed. */
static void test_killed_while_replacing(void **state)
{
    enum { KILLS = 25, LEN = 300000 };
    const char *path = sandbox_path("config");
    char *texts[2] = {malloc(LEN), malloc(LEN / 2)};
    const size_t lens[2] = {LEN, LEN / 2};
    struct err err;
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_non_null(texts[i]);
        memset(texts[i], 'a' + i, lens[i]);
    }
    assert_int_equal(fs_replace(path, texts[0], lens[0], &private, &err), 0);
    for (int i = 0; i < KILLS; i++) {
        pid_t writer = fork();
        assert_true(writer >= 0);
        for (int j = 1; writer == 0; j++) {
            if (fs_replace(path, texts[j % 2], lens[j % 2], &private, &err) != 0) {
                _exit(1);
            }
        }
        int64_t until_ms = soon_ms(1 + i % 8);
        do {
            expect_whole(path, texts, lens); /* while it is being written */
        } while (clock_mono_ms() < until_ms);
        assert_int_equal(kill(writer, SIGKILL), 0);
        int status = 0;
        assert_int_equal(waitpid(writer, &status, 0), writer);
        assert_true(WIFSIGNALED(status));
        expect_whole(path, texts, lens);
    }
    assert_int_equal(fs_replace(path, "end", 3, &private, &err), 0);
    assert_int_equal(sandbox_count(sandbox_path("")), 1);
    free(texts[0]);
    free(texts[1]);
}

static void test_put(void **state)
{
    (void)state;
    struct err err = {0};
    size_t len = 0;
    assert_int_equal(symlink("a/b/file", sandbox_path("link")), 0);
    for (int i = 0; i < 2; i++) {
        const char *text = i == 0 ? "one" : "another";
        assert_int_equal(fs_put(sandbox_path("link"), text, strlen(text), &private, &err), 0);
        char *got = sandbox_read(sandbox_path("a/b/file"), &len);
        assert_string_equal(got, text);
        free(got);
        assert_int_equal(sandbox_count(sandbox_path("a/b")), 1);
    }
    assert_int_equal(sandbox_mode(sandbox_path("a/b/file")), 0600);
    assert_int_equal(sandbox_mode(sandbox_path("a")), 0700);
    assert_int_equal(fs_put(sandbox_path("a/b/file/c"), "x", 1, &private, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
    assert_int_equal(fs_put(sandbox_path("a"), "x", 1, &private, &err), -1);
    assert_int_equal(err.kind, ERR_FILE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_take_and_release),
        TEST(test_lock_file_removed_while_taking_it),
        TEST(test_two_files_two_locks),
        TEST(test_leftover_does_not_lock),
        TEST(test_cannot_lock),
        TEST(test_other_process_is_excluded),
        TEST(test_no_increment_is_lost),
        TEST(test_killed_while_replacing),
        TEST(test_put),
    };
    return cmocka_run_group_tests_name("fs_lock", tests, NULL, NULL);
}
