/* SPDX-License-Identifier: MIT */
/*
 * Runs PROGRAM, a program for arm64, in the emulator EMULATOR with its own arguments and environment.
 * Both are absolute paths that the Makefile defines. Tests start it as they start the program itself.
 * It contains the program, for tests of another user who cannot read the build folder.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

__asm__(".pushsection .rodata\n"
        "program: .incbin \"" PROGRAM "\"\n"
        "program_end:\n"
        ".popsection\n");
extern const char program[], program_end[];

/* A path of the program that this user can read, or NULL. */
static const char *find_program(void)
{
    static char path[32];
    if (access(PROGRAM, R_OK) == 0) {
        return PROGRAM;
    }
    size_t len = (size_t)(program_end - program);
    int fd = memfd_create("program", 0);
    if (fd < 0 || write(fd, program, len) != (ssize_t)len) {
        return NULL;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

int main(int argc, char **argv, char **environment)
{
    char **words = calloc((size_t)argc + 5, sizeof *words);
    const char *path = find_program();
    if (words == NULL || path == NULL || argc < 1) {
        return 127;
    }
    words[0] = "qemu-aarch64";
    words[1] = "-0";
    words[2] = argv[0];
    words[3] = (char *)path;
    memcpy(&words[4], &argv[1], (size_t)(argc - 1) * sizeof *words);
    execve(EMULATOR, words, environment);
    perror(EMULATOR);
    return 127;
}
