/* SPDX-License-Identifier: MIT */
/*
 * Starts a program and measures it. Starting a program from Python takes longer than the programs
 * that are measured here.
 *
 *   measure pairs COUNT PROGRAM ARGS... -- PROGRAM ARGS...   wall times of the two in turn, in ns
 *   measure peak PROGRAM ARGS...                             VmHWM in KiB
 *   measure faults PROGRAM ARGS...                           page faults from its exec to its exit
 *
 * VmHWM is read from /proc when ptrace stops the program before it exits, while its memory is still
 * mapped. ru_maxrss is not used: it includes the memory of the parent at the time of the fork.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what, int status)
{
    fprintf(stderr, "measure: %s: %#x\n", what, (unsigned)status);
    exit(1);
}

static long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

/* Standard output goes to /dev/null. */
static pid_t start(char **argv, int traced)
{
    pid_t pid = vfork();
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        if (traced) {
            ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        }
        execv(argv[0], argv);
        _exit(127);
    }
    return pid;
}

static long wall_ns(char **argv)
{
    int status = 0;
    long begin = now_ns();
    waitpid(start(argv, 0), &status, 0);
    long end = now_ns();
    if (status != 0) {
        fail(argv[0], status);
    }
    return end - begin;
}

static long read_peak_kib(pid_t pid)
{
    char path[64];
    char line[256];
    long value = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            value = strtol(line + 6, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

static long peak_kib(char **argv)
{
    long peak = -1;
    int status = 0;
    pid_t pid = start(argv, 1);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) != 0) {
        fail("ptrace", status);
    }
    int signal_number = 0;
    while (ptrace(PTRACE_CONT, pid, NULL, signal_number) == 0 && waitpid(pid, &status, 0) == pid &&
           WIFSTOPPED(status)) {
        int at_exit = status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8));
        peak = at_exit ? read_peak_kib(pid) : peak;
        signal_number = at_exit || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    }
    if (status != 0) {
        fail(argv[0], status);
    }
    return peak;
}

static long count_faults(char **argv)
{
    struct rusage usage;
    int status = 0;
    waitpid(start(argv, 0), &status, 0);
    if (status != 0) {
        fail(argv[0], status);
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_minflt;
}

static void print_pairs(int count, char **first, char **second)
{
    wall_ns(first);
    wall_ns(second);
    for (int i = 0; i < count; i++) {
        long a = wall_ns(first);
        long b = wall_ns(second);
        printf("%ld %ld\n", a, b);
    }
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "peak") == 0) {
        printf("%ld\n", peak_kib(argv + 2));
        return 0;
    }
    if (argc >= 3 && strcmp(argv[1], "faults") == 0) {
        printf("%ld\n", count_faults(argv + 2));
        return 0;
    }
    if (argc >= 6 && strcmp(argv[1], "pairs") == 0) {
        char **second = argv + 3;
        while (*second != NULL && strcmp(*second, "--") != 0) {
            second++;
        }
        if (second[0] != NULL && second[1] != NULL) {
            *second = NULL;
            print_pairs((int)strtol(argv[2], NULL, 10), argv + 3, second + 1);
            return 0;
        }
    }
    fputs("usage: see the head of measure.c\n", stderr);
    return 2;
}
