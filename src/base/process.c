/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

static struct rlimit inherited_core;
static atomic_bool memory_refused; /* also by a thread that resolves a name */

/* The linker's symbol for the dynamic section; NULL in a program linked to a fixed address. */
extern ElfW(Dyn) _DYNAMIC[] __attribute__((weak, visibility("hidden")));

/* PT_GNU_RELRO is the part of the data that only relocation writes to. The load address follows
 * from PT_DYNAMIC, because a program without an interpreter has no PT_PHDR. */
static void protect_relocations(void)
{
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    uintptr_t page = getauxval(AT_PAGESZ);
    uintptr_t base = 0;
    for (size_t i = 0; headers != NULL && i < count; i++) {
        if (headers[i].p_type == PT_DYNAMIC && _DYNAMIC != NULL) {
            base = (uintptr_t)_DYNAMIC - headers[i].p_vaddr;
        }
    }
    for (size_t i = 0; headers != NULL && i < count; i++) {
        if (headers[i].p_type == PT_GNU_RELRO) {
            uintptr_t start = (base + headers[i].p_vaddr) & ~(page - 1);
            uintptr_t end = (base + headers[i].p_vaddr + headers[i].p_memsz) & ~(page - 1);
            mprotect((void *)start, end - start, PROT_READ);
        }
    }
}

/* A file or connection opened later must not become standard output. Opened for reading only, so
 * that printing credentials to a closed descriptor fails. An image may lack /dev; "/" always
 * exists. */
static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            int opened = open("/dev/null", O_RDONLY);
            opened = opened >= 0 ? opened : open("/", O_PATH);
            if (opened > 2) {
                close(opened);
            }
        }
    }
}

static void end(int number)
{
    _exit(128 + number);
}

/* The kernel drops signals to PID 1 that have no handler, so a container that waits for its portal
 * could not be stopped. */
static void handle_ending_signals(void)
{
    static const int ending[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; getpid() == 1 && i < sizeof(ending) / sizeof(ending[0]); i++) {
        signal(ending[i], end);
    }
}

void process_harden(void)
{
    protect_relocations();
    open_standard_descriptors();
    getrlimit(RLIMIT_CORE, &inherited_core);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = inherited_core.rlim_max};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    handle_ending_signals();
}

_Static_assert(PROCESS_CHOWN == 1 << CAP_CHOWN && PROCESS_DAC_OVERRIDE == 1 << CAP_DAC_OVERRIDE &&
                   PROCESS_DAC_READ_SEARCH == 1 << CAP_DAC_READ_SEARCH &&
                   PROCESS_FOWNER == 1 << CAP_FOWNER,
               "the numbers of the kernel");

/* The bounding set first: changing it needs CAP_SETPCAP. */
void process_keep_rights(unsigned int rights)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    bool known = syscall(SYS_capget, &header, sets) == 0;
    if (known && (rights & ~sets[0].permitted & PROCESS_DAC_READ_SEARCH) != 0) {
        rights |= PROCESS_DAC_OVERRIDE; /* in Docker, root has this one only */
    }
    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
        if (i > CAP_FOWNER || (rights >> i & 1) == 0) {
            prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
        }
    }
    if (known) {
        unsigned int kept = sets[0].permitted & rights;
        sets[0] = (struct __user_cap_data_struct){.effective = kept, .permitted = kept};
        sets[1] = (struct __user_cap_data_struct){0};
        syscall(SYS_capset, &header, sets);
    }
}

void process_restore_defaults(void)
{
    setrlimit(RLIMIT_CORE, &inherited_core);
    signal(SIGPIPE, SIG_DFL);
}

#ifndef __GLIBC__
/* musl's malloc and pthread_create get memory from these calls, which the linker sends here (see
 * the Makefile). Without a guard page (MAP_FIXED), malloc goes on. */
void *__real___mmap(void *start, size_t len, int prot, int flags, int fd, off_t at);
void *__wrap___mmap(void *start, size_t len, int prot, int flags, int fd, off_t at);
int __real_mprotect(void *start, size_t len, int prot);
int __wrap_mprotect(void *start, size_t len, int prot);
int __wrap___mprotect(void *start, size_t len, int prot) __attribute__((alias("__wrap_mprotect")));

void *__wrap___mmap(void *start, size_t len, int prot, int flags, int fd, off_t at)
{
    void *got = __real___mmap(start, len, prot, flags, fd, at);
    if (got == MAP_FAILED && errno == ENOMEM && (flags & MAP_FIXED) == 0) {
        memory_refused = true;
    }
    return got;
}

int __wrap_mprotect(void *start, size_t len, int prot)
{
    int result = __real_mprotect(start, len, prot);
    if (result != 0 && errno == ENOMEM) {
        memory_refused = true;
    }
    return result;
}
#endif

void process_watch_memory(void)
{
    memory_refused = false;
}

bool process_memory_was_refused(void)
{
    return memory_refused;
}

int process_not_started(const char *program, struct err *err)
{
    enum err_kind kind = errno == ENOENT ? ERR_COMMAND_MISSING : ERR_COMMAND_UNUSABLE;
    return err_set_errno(err, kind, "cannot start %s", program);
}

/* Linux before 5.9 has no close_range(2): descriptors up to the limit, at most 65,535, are closed
 * one by one. */
static void close_from(unsigned int first, unsigned int last)
{
    struct rlimit limit = {0};
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0) {
        return;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur && fd < 65536; fd++) {
        close((int)fd);
    }
}

void process_close_except(int fd)
{
    close_from(3, (unsigned int)fd - 1);
    close_from((unsigned int)fd + 1, ~0U);
}
