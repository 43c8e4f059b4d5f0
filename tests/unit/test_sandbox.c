/* SPDX-License-Identifier: MIT */
/* A sandbox is for good, so each test enters it in a child, which returns the number of failed
 * checks. */
#include "child.h"
#include "rows.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

enum { UNAVAILABLE = 100, KILLED = -1 };

static int expect(bool condition, const char *words)
{
    if (!condition) {
        fprintf(stderr, "not true: %s (errno %d)\n", words, errno);
    }
    return condition ? 0 : 1;
}
#define EXPECT(condition) expect((condition), #condition)

static void enter(void)
{
    struct sandbox sandbox;
    sandbox_begin(&sandbox, true);
    sandbox_enter(&sandbox);
}

static void require_seccomp(void)
{
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
        print_message("seccomp is not available\n");
        skip();
    }
}

static void require_landlock(void)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        print_message("Landlock is not available\n");
        skip();
    }
}

/* With these arguments none of the calls does anything. */
static int error_of(long number)
{
    errno = 0;
    return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) == -1 ? errno : 0;
}

#define CALL(name) {#name, SYS_##name}
static const struct {
    const char *name;
    long number;
} forbidden[] = {
    CALL(execve),
    CALL(execveat),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(pidfd_getfd),
    CALL(kcmp),
    CALL(unshare),
    CALL(setns),
    CALL(chroot),
    CALL(pivot_root),
    CALL(mount),
    CALL(umount2),
    CALL(move_mount),
    CALL(open_tree),
    CALL(fsopen),
    CALL(fsconfig),
    CALL(fsmount),
    CALL(fspick),
    CALL(mount_setattr),
    CALL(open_by_handle_at),
    CALL(fanotify_init),
    CALL(quotactl),
    CALL(swapon),
    CALL(swapoff),
    CALL(acct),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(userfaultfd),
    CALL(io_uring_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
    CALL(add_key),
    CALL(request_key),
    CALL(keyctl),
    CALL(personality),
    CALL(reboot),
    CALL(sethostname),
    CALL(setdomainname),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(adjtimex),
    CALL(clock_adjtime),
    CALL(syslog),
#ifdef __x86_64__
    CALL(iopl),
    CALL(ioperm),
    CALL(modify_ldt),
    CALL(uselib),
#endif
};

/* A container may forbid some of them already: these results do not show whether the sandbox
 * works. */
static int check_calls(void)
{
    int failures = 0;
    int unknown = 0;
    int before[ROWS(forbidden)];
    for (size_t i = 0; i < ROWS(forbidden); i++) {
        before[i] = error_of(forbidden[i].number);
    }
    enter();
    for (size_t i = 0; i < ROWS(forbidden); i++) {
        int after = error_of(forbidden[i].number);
        if (after != EPERM) {
            fprintf(stderr, "%s: errno %d, before %d\n", forbidden[i].name, after, before[i]);
            failures++;
        }
        if (before[i] == EPERM && geteuid() == 0) {
            fprintf(stderr, "%s: forbidden to root here\n", forbidden[i].name);
            unknown++;
        }
    }
    failures += EXPECT(syscall(SYS_vhangup) == -1 && errno == EPERM);
    return failures == 0 && unknown > 0 ? UNAVAILABLE : failures;
}

static void test_forbidden_calls(void **state)
{
    (void)state;
    require_seccomp();
    int result = run_in_child(check_calls);
    if (result == UNAVAILABLE) {
        print_message("root has too few rights here to try all calls\n");
        skip();
    }
    assert_int_equal(result, 0);
}

static int check_programs(void)
{
    char *const argv[] = {(char *)"true", NULL};
    char *const env[] = {NULL};
    enter();
    execve("/bin/true", argv, env);
    return EXPECT(errno == EPERM);
}

static void test_no_program_starts(void **state)
{
    (void)state;
    require_seccomp();
    assert_int_equal(run_in_child(check_programs), 0);
}

static void *note(void *flag)
{
    *(bool *)flag = true;
    return NULL;
}

static int check_processes(void)
{
    static const unsigned long namespaces[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
                                               CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
                                               CLONE_NEWNET};
    int failures = 0;
    bool ran = false;
    pthread_t thread;
    enter();
    for (size_t i = 0; i < ROWS(namespaces); i++) {
        long pid = syscall(SYS_clone, namespaces[i] | SIGCHLD, NULL, NULL, NULL, NULL);
        if (pid == 0) {
            _exit(0);
        }
        failures += EXPECT(pid == -1 && errno == EPERM);
    }
    failures += EXPECT(error_of(SYS_clone3) == ENOSYS);
    failures += EXPECT(run_in_child(getpid) != KILLED);
    failures += EXPECT(pthread_create(&thread, NULL, note, &ran) == 0 &&
                       pthread_join(thread, NULL) == 0 && ran);
    return failures;
}

static void test_threads_and_children_but_no_namespaces(void **state)
{
    (void)state;
    require_seccomp();
    assert_int_equal(run_in_child(check_processes), 0);
}

static int check_ioctl(void)
{
    char byte = 'x';
    int failures = EXPECT(ioctl(-1, TIOCSTI, &byte) == -1 && errno == EBADF);
    enter();
    failures += EXPECT(ioctl(-1, TIOCSTI, &byte) == -1 && errno == EPERM);
    failures += EXPECT(ioctl(-1, TIOCGWINSZ, &byte) == -1 && errno == EBADF);
    return failures;
}

static void test_no_input_for_the_shell(void **state)
{
    (void)state;
    require_seccomp();
    assert_int_equal(run_in_child(check_ioctl), 0);
}

#ifdef __x86_64__
static long getpid_of_i386(void)
{
    long result = 20;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static int check_i386_before(void)
{
    return getpid_of_i386() == getpid() ? 0 : UNAVAILABLE;
}

static int check_i386(void)
{
    enter();
    return EXPECT(getpid_of_i386() == -EPERM);
}

static int check_x32(void)
{
    enter();
    return EXPECT(syscall(0x40000000 | SYS_getpid) == -1 && errno == EPERM);
}

static void test_x32(void **state)
{
    (void)state;
    require_seccomp();
    assert_int_equal(run_in_child(check_x32), 0);
}

static void test_32_bits(void **state)
{
    (void)state;
    require_seccomp();
    if (run_in_child(check_i386_before) != 0) {
        print_message("the kernel has no system calls of 32 bits\n");
        skip();
    }
    assert_int_equal(run_in_child(check_i386), 0);
}
#endif

static int check_state(void)
{
    enter();
    return EXPECT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) +
           EXPECT(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
}

static void test_no_new_privileges(void **state)
{
    (void)state;
    require_seccomp();
    assert_int_equal(run_in_child(check_state), 0);
}

/* 0, or the errno of opening the file. */
static int open_error(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static int check_files(void)
{
    struct sandbox sandbox;
    int failures = 0;
    sandbox_begin(&sandbox, true);
    sandbox_allow(&sandbox, sandbox_path("read"), SANDBOX_READ);
    sandbox_allow(&sandbox, sandbox_path("write"), SANDBOX_WRITE);
    sandbox_allow(&sandbox, sandbox_path("single"), SANDBOX_READ);
    sandbox_allow(&sandbox, sandbox_path("missing"), SANDBOX_WRITE);
    sandbox_enter(&sandbox);
    failures += EXPECT(open_error(sandbox_path("read/file"), O_RDONLY) == 0);
    failures += EXPECT(open_error(sandbox_path("single"), O_RDONLY) == 0);
    failures += EXPECT(open_error(sandbox_path("write/new"), O_RDWR | O_CREAT) == 0);
    failures += EXPECT(rename(sandbox_path("write/new"), sandbox_path("write/other")) == 0);
    failures += EXPECT(truncate(sandbox_path("write/other"), 0) == 0);
    failures += EXPECT(unlink(sandbox_path("write/other")) == 0);
    failures += EXPECT(mkdir(sandbox_path("write/dir"), 0700) == 0);
    failures += EXPECT(rmdir(sandbox_path("write/dir")) == 0);

    failures += EXPECT(open_error(sandbox_path("read/file"), O_WRONLY) == EACCES);
    failures += EXPECT(open_error(sandbox_path("read/new"), O_RDWR | O_CREAT) == EACCES);
    failures += EXPECT(unlink(sandbox_path("read/file")) == -1 && errno == EACCES);
    failures += EXPECT(open_error(sandbox_path("outside"), O_RDONLY) == EACCES);
    failures += EXPECT(open_error(sandbox_path("missing"), O_RDWR | O_CREAT) == EACCES);
    failures += EXPECT(open_error("/etc/passwd", O_RDONLY) == EACCES);
    failures += EXPECT(open_error("/proc/self/environ", O_RDONLY) == EACCES);
    failures += EXPECT(symlink("x", sandbox_path("write/link")) == -1 && errno == EACCES);
    failures += EXPECT(mkfifo(sandbox_path("write/fifo"), 0600) == -1 && errno == EACCES);
    return failures;
}

static void test_files_outside(void **state)
{
    (void)state;
    require_landlock();
    assert_int_equal(mkdir(sandbox_path("read"), 0700), 0);
    assert_int_equal(mkdir(sandbox_path("write"), 0700), 0);
    sandbox_write_text(sandbox_path("read/file"), "text");
    sandbox_write_text(sandbox_path("single"), "text");
    sandbox_write_text(sandbox_path("outside"), "text");
    assert_int_equal(run_in_child(check_files), 0);
}

static void make_links(const char *version, const char *data)
{
    char target[64];
    assert_int_equal(mkdir(sandbox_path(version), 0700), 0);
    snprintf(target, sizeof(target), "%s/token", version);
    sandbox_write_text(sandbox_path(target), version);
    unlink(sandbox_path(data));
    assert_int_equal(symlink(strrchr(version, '/') + 1, sandbox_path(data)), 0);
}

/* Enters with one name and rotates from another process. */
static int check_one(const char *name, size_t number)
{
    struct sandbox sandbox;
    char version[64];
    int ready[2];
    int go[2];
    char byte = 0;
    int status = -1;
    if (pipe(ready) != 0 || pipe(go) != 0) {
        return 1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        sandbox_begin(&sandbox, true);
        sandbox_allow_file(&sandbox, sandbox_path(name), SANDBOX_READ);
        sandbox_enter(&sandbox);
        close(ready[1]);
        int rotated = (int)read(go[0], &byte, 1);
        _exit(EXPECT(rotated == 0) + EXPECT(open_error(sandbox_path(name), O_RDONLY) == 0) +
              EXPECT(open_error(sandbox_path("other/file"), O_RDONLY) == EACCES));
    }
    close(ready[1]);
    int entered = (int)read(ready[0], &byte, 1);
    snprintf(version, sizeof(version), "volume/..after_%zu", number);
    make_links(version, "volume/..data");
    close(go[1]);
    waitpid(pid, &status, 0);
    close(ready[0]);
    close(go[0]);
    return entered == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void test_a_rotating_file(void **state)
{
    (void)state;
    require_landlock();
    assert_int_equal(mkdir(sandbox_path("volume"), 0700), 0);
    assert_int_equal(mkdir(sandbox_path("links"), 0700), 0);
    assert_int_equal(mkdir(sandbox_path("other"), 0700), 0);
    sandbox_write_text(sandbox_path("other/file"), "text");
    make_links("volume/..before", "volume/..data");
    assert_int_equal(symlink("..data/token", sandbox_path("volume/token")), 0);
    assert_int_equal(symlink("../volume/token", sandbox_path("links/chain")), 0);
    assert_int_equal(symlink("../volume/..data/token", sandbox_path("links/direct")), 0);
    static const char *const names[] = {"volume/token", "volume/..data/token", "links/chain",
                                        "links/direct"};
    for (size_t i = 0; i < ROWS(names); i++) {
        row_int(names[i], check_one(names[i], i), 0);
    }
}

static int check_new_directories(void)
{
    struct sandbox sandbox;
    sandbox_begin(&sandbox, true);
    sandbox_allow_file(&sandbox, sandbox_path("above/a/b/file"), SANDBOX_WRITE);
    sandbox_allow_file(&sandbox, sandbox_path("missing/file"), SANDBOX_READ);
    sandbox_enter(&sandbox);
    return EXPECT(mkdir(sandbox_path("above/a"), 0700) == 0) +
           EXPECT(mkdir(sandbox_path("above/a/b"), 0700) == 0) +
           EXPECT(open_error(sandbox_path("above/a/b/file"), O_RDWR | O_CREAT) == 0) +
           EXPECT(open_error(sandbox_path("outside"), O_RDONLY) == EACCES);
}

static void test_directories_that_are_created_later(void **state)
{
    (void)state;
    require_landlock();
    assert_int_equal(mkdir(sandbox_path("above"), 0700), 0);
    sandbox_write_text(sandbox_path("outside"), "text");
    assert_int_equal(run_in_child(check_new_directories), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forbidden_calls),
        cmocka_unit_test(test_no_program_starts),
        cmocka_unit_test(test_threads_and_children_but_no_namespaces),
        cmocka_unit_test(test_no_input_for_the_shell),
#ifdef __x86_64__
        cmocka_unit_test(test_x32),
        cmocka_unit_test(test_32_bits),
#endif
        cmocka_unit_test(test_no_new_privileges),
        cmocka_unit_test_setup_teardown(test_files_outside, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_a_rotating_file, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_directories_that_are_created_later, sandbox_setup,
                                        sandbox_teardown),
    };
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
