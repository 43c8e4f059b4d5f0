/* SPDX-License-Identifier: MIT */
/*
 * The terminal while we wait for a person: one line that changes, a text that is pasted without
 * being shown, and Ctrl-C. The commands that wait use it.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "base/buf.h"

struct err;

/* Longer than what a terminal's own line editing takes (4095 bytes). */
enum { TERMINAL_LINE_MAX = 24 << 10 };

struct terminal {
    int out;    /* where lines are shown: standard error where that is a terminal; -1: nowhere */
    int fd;     /* of the controlling terminal; -1 where there is none to ask */
    bool quiet; /* the echo is off, and saved is what it was */
    struct termios saved;
    struct sigaction handlers[5];
    struct buf line;
};

/* Takes over the signals by which a person ends or stops us, and the terminal's echo where this
 * process may read from it. terminal_close gives everything back; nothing may return without it. */
void terminal_open(struct terminal *terminal);

/* The same without the echo, for those who read nothing. */
void terminal_watch(struct terminal *terminal);
void terminal_close(struct terminal *terminal);

/* A program reads standard error, but a person has to be told: lines are shown on the controlling
 * terminal, if there is one. True where they are, and standard error is elsewhere. */
bool terminal_insist(struct terminal *terminal);

/* Replaces the line that is shown, cut to the terminal's width; "" takes it away. */
void terminal_show(const struct terminal *terminal, const char *text);

/* The descriptor to poll and read now; -1 while the terminal is another's (`bg`). Asked before each
 * wait: a Ctrl-Z since the last one stops us here, with the terminal as we found it. */
int terminal_input(struct terminal *terminal);

/* Reads what there is. True when terminal->line holds a whole line, not empty; the caller clears
 * it. */
bool terminal_read(struct terminal *terminal);

/* The signal to end that came since terminal_open, or 0. */
int terminal_signal(void);

#endif
