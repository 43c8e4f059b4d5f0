/* SPDX-License-Identifier: MIT */
/* Each test changes its process, so it runs in a child, which returns the number of failed checks.
 */
#include "child.h"
#include "rows.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "base/process.h"

static int expect(bool condition, const char *words)
{
    if (!condition) {
        fprintf(stderr, "not true: %s\n", words);
    }
    return condition ? 0 : 1;
}
#define EXPECT(condition) expect((condition), #condition)

static bool ignores_sigpipe(void)
{
    struct sigaction action;
    return sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static int check_harden(void)
{
    struct rlimit before = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    struct rlimit after;
    int failures = 0;
    getrlimit(RLIMIT_CORE, &before);
    before.rlim_cur = before.rlim_max < 4096 ? before.rlim_max : 4096;
    setrlimit(RLIMIT_CORE, &before);
    process_harden();
    getrlimit(RLIMIT_CORE, &after);
    failures += EXPECT(after.rlim_cur == 0 && after.rlim_max == before.rlim_max);
    failures += EXPECT(prctl(PR_GET_DUMPABLE) == 0);
    failures += EXPECT(ignores_sigpipe());
    process_restore_defaults();
    getrlimit(RLIMIT_CORE, &after);
    failures += EXPECT(after.rlim_cur == before.rlim_cur);
    failures += EXPECT(!ignores_sigpipe());
    return failures;
}

static void test_harden_and_restore(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(check_harden), 0);
}

/* What is written to a descriptor that was closed must fail, and not land in a file opened later.
 */
static int check_standard_descriptors(void)
{
    int failures = 0;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    process_harden();
    failures += EXPECT(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    failures += EXPECT(write(STDOUT_FILENO, "x", 1) < 0 && errno == EBADF);
    failures += EXPECT(open("/dev/null", O_RDWR) > STDERR_FILENO);
    return failures;
}

static void test_closed_standard_descriptors(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(check_standard_descriptors), 0);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int check_close_except(void)
{
    int failures = 0;
    for (int fd = 3; fd < 20; fd++) {
        dup2(STDERR_FILENO, fd);
    }
    process_close_except(7);
    failures += EXPECT(is_open(0) && is_open(1) && is_open(2) && is_open(7));
    for (int fd = 3; fd < 20; fd++) {
        failures += EXPECT(fd == 7 || !is_open(fd));
    }
    dup2(STDERR_FILENO, 3);
    process_close_except(STDERR_FILENO);
    failures += EXPECT(is_open(0) && is_open(1) && is_open(2));
    failures += EXPECT(!is_open(3) && !is_open(7));
    return failures;
}

static void test_close_except(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(check_close_except), 0);
}

static void test_not_started(void **state)
{
    static const struct {
        const char *name;
        int number;
        enum err_kind kind;
    } rows[] = {
        {"missing", ENOENT, ERR_COMMAND_MISSING},
        {"not executable", EACCES, ERR_COMMAND_UNUSABLE},
        {"not a program", ENOEXEC, ERR_COMMAND_UNUSABLE},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err;
        errno = rows[i].number;
        row_int(rows[i].name, process_not_started("prog", &err), -1);
        row_int(rows[i].name, err.kind, rows[i].kind);
        row_has(rows[i].name, err.text, "prog: ");
        row_has(rows[i].name, err.text, strerror(rows[i].number));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_harden_and_restore),
        cmocka_unit_test(test_closed_standard_descriptors),
        cmocka_unit_test(test_close_except),
        cmocka_unit_test(test_not_started),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
