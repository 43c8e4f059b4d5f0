# SPDX-License-Identifier: MIT
"""The errors that are injected into each system call, as strace names both."""

from __future__ import annotations

FILE = ("EIO", "EACCES")
FD = ("EMFILE", "ENFILE")

ERRORS: dict[str, tuple[str, ...]] = {
    # Files
    "open": ("EACCES", "EIO", "EMFILE", "ENOSPC"), "openat": ("EACCES", "EIO", "EMFILE"),
    "read": ("EIO", "EINTR", "ENOMEM"), "readv": ("EIO",), "pread64": ("EIO",),
    "write": ("ENOSPC", "EIO", "EINTR"), "writev": ("ENOSPC", "EIO"),
    "close": ("EIO",), "fsync": ("EIO", "ENOSPC"), "fdatasync": ("EIO",),
    "ftruncate": ("EIO",), "lseek": ("EIO",), "sendfile": ("EINVAL",),
    "rename": ("EIO", "EACCES", "ENOSPC"), "renameat": FILE, "link": FILE, "symlink": FILE,
    "unlink": FILE, "unlinkat": FILE, "rmdir": FILE,
    "mkdir": ("EACCES", "ENOSPC"), "mkdirat": ("EACCES",),
    "fchmod": ("EIO", "EPERM"), "chmod": FILE, "fchown": ("EPERM",), "chown": ("EPERM",),
    "stat": FILE, "lstat": FILE, "fstat": ("EIO",), "newfstatat": FILE, "statx": FILE,
    "access": ("EACCES",), "faccessat": ("EACCES",), "readlink": FILE, "getcwd": ("ENOENT",),
    "getdents64": ("EIO",), "flock": ("EINTR", "EIO", "ENOLCK"), "fcntl": ("EINVAL",),
    "ioctl": ("ENOTTY",), "dup": FD, "dup2": FD, "dup3": FD, "pipe": FD, "pipe2": FD,
    # Network
    "socket": ("EMFILE", "ENOBUFS"), "socketpair": FD,
    "connect": ("ECONNREFUSED", "ENETUNREACH", "ETIMEDOUT"), "bind": ("EADDRINUSE", "EACCES"),
    "listen": ("EADDRINUSE",), "accept": ("EMFILE", "ECONNABORTED"),
    "accept4": ("EMFILE", "ECONNABORTED"), "shutdown": ("ENOTCONN",),
    "sendto": ("ECONNRESET", "EPIPE"), "sendmsg": ("ECONNRESET", "EPIPE"),
    "recvfrom": ("ECONNRESET", "ETIMEDOUT"), "recvmsg": ("ECONNRESET",),
    "setsockopt": ("ENOBUFS",), "getsockopt": ("ENOBUFS",), "getsockname": ("ENOBUFS",),
    "getpeername": ("ENOTCONN",),
    # Waiting
    "poll": ("EINTR", "ENOMEM"), "ppoll": ("EINTR", "ENOMEM"), "select": ("EINTR", "ENOMEM"),
    "epoll_create1": FD, "epoll_ctl": ("ENOMEM",), "epoll_wait": ("EINTR",),
    "epoll_pwait": ("EINTR",), "eventfd2": FD, "signalfd4": FD, "timerfd_create": FD,
    "timerfd_settime": ("EINVAL",), "nanosleep": ("EINTR",), "clock_nanosleep": ("EINTR",),
    # Memory, processes and randomness
    "mmap": ("ENOMEM",), "mremap": ("ENOMEM",), "brk": ("ENOMEM",), "madvise": ("EINVAL",),
    "clone": ("EAGAIN",), "fork": ("EAGAIN",), "vfork": ("EAGAIN",), "wait4": ("EINTR",),
    "getrandom": ("EINTR", "ENOSYS"), "prctl": ("EPERM",), "setrlimit": ("EPERM",),
    "prlimit64": ("EPERM",), "getrlimit": ("EPERM",), "kill": ("EPERM",), "capset": ("EPERM",),
    "capget": ("EPERM",), "setsid": ("EPERM",), "setpgid": ("EPERM",), "uname": ("EFAULT",),
    "sysinfo": ("EFAULT",), "pause": ("EINTR",),
    "close_range": ("ENOSYS",),
    # The sandbox, which a kernel may lack
    "landlock_create_ruleset": ("ENOSYS", "EOPNOTSUPP"), "landlock_add_rule": ("ENOMEM", "EINVAL"),
    "landlock_restrict_self": ("EPERM", "E2BIG"), "seccomp": ("ENOSYS",),
}

# Memory that runs out: these calls fail from the Nth on.
MEMORY = frozenset({"mmap", "mremap"})

# The kernel refuses memory to malloc, or to a new thread.
REFUSALS = tuple(f"{call}:error=ENOMEM" for call in ("mmap", "mremap", "brk", "mprotect"))

# A failure of these calls is the one reason for a file that stays: a lock file that cannot be
# locked may be in use by another process.
KEEPS_FILES = ("unlink", "unlinkat", "flock:error=EIO")

# Calls that cannot fail, that only exit or return, or whose failure ends libc before main.
NEVER_FAIL = frozenset("""
    execve exit exit_group rt_sigreturn rt_sigaction rt_sigprocmask arch_prctl set_tid_address
    set_robust_list mprotect munmap getpid getppid gettid getuid geteuid getgid getegid umask
    clock_gettime gettimeofday time times getrusage futex sched_yield tkill tgkill alarm setitimer
    restart_syscall sigaltstack getpgrp getpgid membarrier rseq
""".split())

# Processes start with these, so a KILL there differs in nothing from one that never started.
KILL_FREE = NEVER_FAIL - {"munmap", "futex"}
