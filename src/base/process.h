/* SPDX-License-Identifier: MIT */
/*
 * What a process that holds secrets does first. main.c calls it once; a program that is started in
 * this one's place gets the defaults back, and a child that goes on by itself only what it needs.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

struct err;

/* Read-only relocations (a static musl binary has no loader to do it), no core dump, descriptors 0
 * to 2 open, SIGPIPE ignored; as PID 1, what ends any other process ends this one. What the system
 * does not allow is left out. */
void process_harden(void);

/* Undoes what execve would hand on: the ignored SIGPIPE and the limit on core dumps. */
void process_restore_defaults(void);

/* Says by errno why execve failed, as shells do: ERR_COMMAND_MISSING (127) or
 * ERR_COMMAND_UNUSABLE (126). Returns -1. */
int process_not_started(const char *program, struct err *err);

/* Closes every descriptor above 2 but this one (2: all of them), for a child. */
void process_close_except(int fd);

#endif
