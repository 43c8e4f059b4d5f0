/* SPDX-License-Identifier: MIT */
/*
 * The state of the process itself: hardened at the start because it holds secrets, and given back
 * its defaults before another program is started in it or in a child.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

struct err;

/*
 * Called once at the start of main, before files and connections are opened. Makes relocated data
 * read-only (a static musl binary has no loader that does it), disables core dumps and tracing,
 * opens descriptors 0 to 2 if they are closed, and ignores SIGPIPE. As PID 1, SIGTERM, SIGINT,
 * SIGHUP and SIGQUIT end the process. Steps that the system does not allow are skipped.
 */
void process_harden(void);

/* What root can do in addition to other users: capabilities(7), with the same numbers. */
enum process_right {
    PROCESS_CHOWN = 1 << 0,           /* change owners */
    PROCESS_DAC_OVERRIDE = 1 << 1,    /* write files of other users */
    PROCESS_DAC_READ_SEARCH = 1 << 2, /* read files of other users */
    PROCESS_FOWNER = 1 << 3,          /* change modes of files of other users */
};

/* Gives up all capabilities but these (bits of enum process_right), for good: also those that a
 * program that is started could get. Without PROCESS_DAC_READ_SEARCH, files of other users are read
 * with PROCESS_DAC_OVERRIDE. Does nothing that the process is not allowed to do. */
void process_keep_rights(unsigned int rights);

/* Undoes the part that execve would hand on: the ignored SIGPIPE and the limit on core dumps. */
void process_restore_defaults(void);

/* After a failed execve: sets ERR_COMMAND_MISSING (127) or ERR_COMMAND_UNUSABLE (126) from errno,
 * as shells do. Returns -1. */
int process_not_started(const char *program, struct err *err);

/* Whether the system has refused memory to the C library since process_watch_memory, or since the
 * start. For a failure that a library reports: with another reason than memory, or with none. */
void process_watch_memory(void);
bool process_memory_was_refused(void);

/* Closes every descriptor above 2 except fd; with fd 2, all of them. For a child after fork. */
void process_close_except(int fd);

#endif
