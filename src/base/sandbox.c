/* SPDX-License-Identifier: MIT */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/text.h"

/* System calls that fail with EPERM. All others work, so that a newer kernel or C library does not
 * break the program. */
static const unsigned short denied_calls[] = {
    /* other programs and processes */
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    /* namespaces and mounts */
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_pivot_root,
    SYS_mount,
    SYS_umount2,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_quotactl,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    /* code for the kernel, and its less tested parts */
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_personality,
    /* the state of the machine */
    SYS_reboot,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_syslog,
    SYS_vhangup,
#ifdef __x86_64__
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
#endif
};

enum {
    CALLS = sizeof(denied_calls) / sizeof(denied_calls[0]),
    FILTER_MAX = CALLS + 24,
    NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
        CLONE_NEWPID | CLONE_NEWNET,
};

#ifdef __x86_64__
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

enum { LANDLOCK_TRUNCATE = 1 << 14 }; /* newer than the headers of some systems */

#ifdef OWN_ARCH
struct filter {
    struct sock_filter steps[FILTER_MAX];
    unsigned short count;
};

static void add(struct filter *filter, struct sock_filter step)
{
    filter->steps[filter->count++] = step;
}

static void add_load(struct filter *filter, size_t offset)
{
    add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offset));
}

static void add_result(struct filter *filter, unsigned int result)
{
    add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, result));
}

/* Skips the next count steps unless the comparison is true. */
static void add_unless(struct filter *filter, unsigned short comparison, unsigned int value,
                       unsigned char count)
{
    const unsigned short code = (unsigned short)(BPF_JMP | BPF_K | comparison);
    add(filter, (struct sock_filter)BPF_JUMP(code, value, 0, count));
}

/* A system call of another architecture, such as one of 32 bits, has other numbers. clone3 has its
 * flags in memory, which a filter cannot read; without it libraries use clone. */
static void fill(struct filter *filter)
{
    const unsigned int denied = SECCOMP_RET_ERRNO | EPERM;
    add_load(filter, offsetof(struct seccomp_data, arch));
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0));
    add_result(filter, denied);
    add_load(filter, offsetof(struct seccomp_data, nr));
    for (unsigned int i = 0; i < CALLS; i++) {
        const unsigned char skipped = (unsigned char)(CALLS - i);
        add(filter,
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied_calls[i], skipped, 0));
    }
    add(filter, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
    add_result(filter, denied);
#ifdef __x86_64__
    /* x32. The number -1 is one that a tracer has cancelled. */
    add_unless(filter, BPF_JGE, 0x40000000, 2);
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 1, 0));
    add_result(filter, denied);
#endif
    add_unless(filter, BPF_JEQ, SYS_clone3, 1);
    add_result(filter, SECCOMP_RET_ERRNO | ENOSYS);
    add_unless(filter, BPF_JEQ, SYS_clone, 3);
    add_load(filter, offsetof(struct seccomp_data, args[0]));
    add_unless(filter, BPF_JSET, (unsigned int)NAMESPACES, 1);
    add_result(filter, denied);
    add_load(filter, offsetof(struct seccomp_data, nr));
    /* Input for the shell of the terminal. */
    add_unless(filter, BPF_JEQ, SYS_ioctl, 3);
    add_load(filter, offsetof(struct seccomp_data, args[1]));
    add_unless(filter, BPF_JEQ, TIOCSTI, 1);
    add_result(filter, denied);
    add_result(filter, SECCOMP_RET_ALLOW);
}

static bool filter_calls(void)
{
    struct filter filter = {.count = 0};
    fill(&filter);
    const struct sock_fprog program = {.len = filter.count, .filter = filter.steps};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
#else
static bool filter_calls(void)
{
    return false;
}
#endif

void sandbox_begin(struct sandbox *sandbox, bool files)
{
    struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_REFER - 1};
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *sandbox = (struct sandbox){.fd = -1, .abi = abi > 0 ? (int)abi : 0};
    if (abi >= 2) {
        attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
    }
    if (abi >= 3) {
        attr.handled_access_fs |= LANDLOCK_TRUNCATE;
    }
    if (files && abi > 0) {
        sandbox->rights = attr.handled_access_fs;
        sandbox->fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    }
}

/* Without the rule of a path in use, the program could neither read nor remove its own files. */
static void close_ruleset(struct sandbox *sandbox)
{
    close(sandbox->fd);
    sandbox->fd = -1;
}

/* The kernel refuses rights of directories for a file. */
static bool add_rule(const struct sandbox *sandbox, int fd, enum sandbox_access access)
{
    const uint64_t file_rights =
        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_TRUNCATE;
    const uint64_t write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                  LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_TRUNCATE;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = fd,
    };
    if (access == SANDBOX_WRITE) {
        rule.allowed_access |= write_rights;
    }
    rule.allowed_access &= sandbox->rights;
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        rule.allowed_access &= file_rights;
    }
    /* EBADFD: a pipe or socket of /proc/self/fd, which Landlock does not limit. */
    return syscall(SYS_landlock_add_rule, sandbox->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
           errno == EBADFD;
}

/* False if the path does not exist. */
static bool allow(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    if (sandbox->fd < 0) {
        return true;
    }
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return false;
    }
    if (fd < 0 || !add_rule(sandbox, fd, access)) {
        close_ruleset(sandbox);
    }
    if (fd >= 0) {
        close(fd);
    }
    return true;
}

void sandbox_allow(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    (void)allow(sandbox, path, access);
}

/* Whether path is a link to a name beside it, such as ..data in a volume of Kubernetes, which a
 * rotation points to another directory. */
static bool is_link_to_neighbour(const char *path)
{
    char target[PATH_MAX];
    ssize_t len = readlink(path, target, sizeof(target));
    return len > 0 && memchr(target, '/', (size_t)len) == NULL;
}

static void allow_dir_of(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    char at[PATH_MAX];
    char dir[PATH_MAX];
    struct err ignored;
    bool more = text_copy(at, sizeof(at), path);
    while (more && fs_dirname(at, dir, &ignored) == 0 && strcmp(at, dir) != 0) {
        bool allowed = allow(sandbox, dir, access);
        more = is_link_to_neighbour(dir) || (!allowed && access == SANDBOX_WRITE);
        text_copy(at, sizeof(at), dir);
    }
}

void sandbox_allow_file(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    char target[PATH_MAX];
    struct err ignored;
    if (sandbox->fd < 0) {
        return;
    }
    allow_dir_of(sandbox, path, access);
    if (fs_follow(path, target, &ignored) != 0) {
        (void)allow(sandbox, path, SANDBOX_READ); /* the code that writes it reports why */
    } else if (strcmp(path, target) != 0) {
        allow_dir_of(sandbox, target, access);
    }
}

void sandbox_enter(struct sandbox *sandbox)
{
    char landlock[32] = "no landlock";
    bool no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (sandbox->fd >= 0) {
        if (syscall(SYS_landlock_restrict_self, sandbox->fd, 0) == 0) {
            snprintf(landlock, sizeof(landlock), "landlock ABI %d", sandbox->abi);
        }
        close_ruleset(sandbox);
    }
    bool filtered = filter_calls();
    log_debug("sandbox: %s, %s, %s", no_new_privs ? "no new privileges" : "new privileges possible",
              landlock, filtered ? "seccomp" : "no seccomp");
}
