/* SPDX-License-Identifier: MIT */
/*
 * Starts a program and measures it. Starting a program from Python takes longer than the programs
 * that are measured here.
 *
 *   measure runs COUNT PROGRAM ARGS... -- PROGRAM ARGS...   in turn, COUNT times each: a line for
 *                                                 each round, with wall and CPU time of each in ns
 *   measure together COUNT PROGRAM ARGS...   COUNT runs at once: wall time until all have ended, in ns
 *   measure peak PROGRAM ARGS...             VmHWM in KiB; of the largest process if it starts others
 *   measure faults PROGRAM ARGS...           page faults from its exec to its exit
 *
 * A failure of a program is a failure of the measurement. VmHWM is read from /proc when ptrace stops
 * the program before it exits, while its memory is still mapped. ru_maxrss is not used: it includes
 * the memory of the parent at the time of the fork.
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

enum { PROGRAMS_MAX = 16 };

struct cost {
    long wall_ns;
    long cpu_ns; /* also of the processes that the program has started and waited for */
};

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

static long cpu_ns(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000L +
           (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000L;
}

static struct cost run(char **argv)
{
    struct rusage usage;
    int status = 0;
    long begin = now_ns();
    wait4(start(argv, 0), &status, 0, &usage);
    long end = now_ns();
    if (status != 0) {
        fail(argv[0], status);
    }
    return (struct cost){.wall_ns = end - begin, .cpu_ns = cpu_ns(&usage)};
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

/* Lets each traced process continue until the first one has ended. Returns its status. */
static int trace_until_end(pid_t first, long *peak)
{
    int status = 0;
    pid_t pid = first;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) {
            if (pid == first) {
                return status;
            }
            continue;
        }
        int event = status >> 16;
        if (event == PTRACE_EVENT_EXIT) {
            long now = read_peak_kib(pid);
            *peak = now > *peak ? now : *peak;
        }
        /* A new process begins with SIGSTOP; SIGTRAP is ptrace's own. */
        int number = WSTOPSIG(status);
        int own = event != 0 || number == SIGTRAP || number == SIGSTOP;
        ptrace(PTRACE_CONT, pid, NULL, own ? 0 : number);
    }
    return -1;
}

static long peak_kib(char **argv)
{
    long peak = -1;
    int status = 0;
    pid_t pid = start(argv, 1);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid, NULL,
               PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                   PTRACE_O_EXITKILL) != 0 ||
        ptrace(PTRACE_CONT, pid, NULL, 0) != 0) {
        fail("ptrace", status);
    }
    status = trace_until_end(pid, &peak);
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

/* Cuts the words at each "--". Returns the number of programs. */
static int split_programs(char **words, char **programs[PROGRAMS_MAX])
{
    int count = 0;
    programs[count++] = words;
    for (char **at = words; *at != NULL; at++) {
        if (strcmp(*at, "--") == 0 && count < PROGRAMS_MAX && at[1] != NULL) {
            *at = NULL;
            programs[count++] = at + 1;
        }
    }
    return count;
}

/* Each round begins with another program, so that none always follows the same one. */
static void print_runs(int rounds, char **words)
{
    char **programs[PROGRAMS_MAX];
    struct cost costs[PROGRAMS_MAX];
    int count = split_programs(words, programs);
    for (int i = 0; i < count; i++) {
        run(programs[i]);
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            int which = (round + i) % count;
            costs[which] = run(programs[which]);
        }
        for (int i = 0; i < count; i++) {
            printf("%ld %ld%c", costs[i].wall_ns, costs[i].cpu_ns, i + 1 < count ? ' ' : '\n');
        }
    }
}

static long together_ns(int count, char **argv)
{
    int status = 0;
    long begin = now_ns();
    for (int i = 0; i < count; i++) {
        start(argv, 0);
    }
    for (int i = 0; i < count; i++) {
        int one = 0;
        wait(&one);
        status |= one;
    }
    long end = now_ns();
    if (status != 0) {
        fail(argv[0], status);
    }
    return end - begin;
}

int main(int argc, char **argv)
{
    const char *what = argc >= 3 ? argv[1] : "";
    int count = argc >= 4 ? (int)strtol(argv[2], NULL, 10) : 0;
    if (strcmp(what, "peak") == 0) {
        printf("%ld\n", peak_kib(argv + 2));
    } else if (strcmp(what, "faults") == 0) {
        printf("%ld\n", count_faults(argv + 2));
    } else if (strcmp(what, "runs") == 0 && argc >= 4) {
        print_runs(count, argv + 3);
    } else if (strcmp(what, "together") == 0 && argc >= 4) {
        printf("%ld\n", together_ns(count, argv + 3));
    } else {
        fputs("usage: see the head of measure.c\n", stderr);
        return 2;
    }
    return 0;
}
