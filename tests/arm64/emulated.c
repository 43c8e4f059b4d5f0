/* SPDX-License-Identifier: MIT */
/*
 * Runs PROGRAM, a program for arm64, in the emulator EMULATOR with its own arguments and environment.
 * Both are absolute paths that the Makefile defines. Tests start it as they start the program itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv, char **environment)
{
    char **words = calloc((size_t)argc + 5, sizeof *words);
    if (words == NULL || argc < 1) {
        return 127;
    }
    words[0] = "qemu-aarch64";
    words[1] = "-0";
    words[2] = argv[0];
    words[3] = PROGRAM;
    memcpy(&words[4], &argv[1], (size_t)(argc - 1) * sizeof *words);
    execve(EMULATOR, words, environment);
    perror(EMULATOR);
    return 127;
}
