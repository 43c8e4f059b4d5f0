/* SPDX-License-Identifier: MIT */
/*
 * Limits what this process can do from now on, for good, so that an error in the code that reads
 * from the network is worth less: it cannot start programs, trace other processes, use rarely
 * tested parts of the kernel (seccomp), or open files outside of a list (Landlock). Children
 * inherit the limits. Each part is skipped if the kernel does not have it.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

struct sandbox {
    int fd;          /* Landlock's ruleset, or -1 */
    int abi;         /* Landlock's version, or 0 */
    uint64_t rights; /* those that Landlock judges */
};

enum sandbox_access {
    SANDBOX_READ,
    SANDBOX_WRITE, /* also read, create and remove files and directories */
};

/* files: whether files are limited, too. The caller ends it with sandbox_enter. */
void sandbox_begin(struct sandbox *sandbox, bool files);

/* The directory or file, and what is below it. A path that does not exist is skipped; if another
 * one cannot be allowed, files are not limited at all. */
void sandbox_allow(struct sandbox *sandbox, const char *path, enum sandbox_access access);

/* The directory of a file, because files are replaced as a whole, and the directory that its links
 * lead to, with that of a rotating link (..data of Kubernetes). For SANDBOX_WRITE, the nearest
 * directory above if one does not exist yet. */
void sandbox_allow_file(struct sandbox *sandbox, const char *path, enum sandbox_access access);

/* Enters the sandbox. Call it while there is one thread: only the calling thread is limited. */
void sandbox_enter(struct sandbox *sandbox);

#endif
