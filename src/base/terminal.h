/* SPDX-License-Identifier: MIT */
/*
 * The terminal while the program waits for a person: a status line that is replaced in place, a
 * text that is typed or pasted without being shown, and Ctrl-C and Ctrl-Z.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "base/buf.h"

/* Longer than a line that the kernel's own line editing accepts (4,095 bytes). */
enum { TERMINAL_LINE_MAX = 24 << 10 };

struct terminal {
    int out;    /* shows lines: standard error if that is a terminal, else -1 */
    int fd;     /* the controlling terminal, or -1 if there is none to read from */
    bool quiet; /* the echo is off; saved is the state before */
    struct termios saved;
    struct sigaction handlers[5];
    struct buf line;
};

/*
 * Catches the signals that end or stop a program (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, unless
 * they are ignored), and turns off the echo if this process may read from the controlling terminal.
 * terminal_close undoes both and must follow on every path.
 */
void terminal_open(struct terminal *terminal);

/* The same without opening the controlling terminal: the echo stays on and nothing is read. */
void terminal_watch(struct terminal *terminal);

/* Removes the line that is shown, restores the echo and the signals' handlers, and wipes the text
 * that was read. */
void terminal_close(struct terminal *terminal);

/* For lines that a person must see although standard error is not a terminal: from now on lines are
 * shown on the controlling terminal. True if that is so and it is not standard error. */
bool terminal_insist(struct terminal *terminal);

/* Replaces the line that is shown; the text is cut to the terminal's width. "" removes the line. */
void terminal_show(const struct terminal *terminal, const char *text);

/* The descriptor to poll and read, or -1 while this process is in the background. Called before
 * each wait: after a Ctrl-Z the process stops here, with the terminal's own settings restored. */
int terminal_input(struct terminal *terminal);

/* Reads what has been typed. True when terminal->line holds a whole line that is not empty; the
 * caller clears it. Backspace removes a byte, Ctrl-U the line; a line that is too long is dropped.
 */
bool terminal_read(struct terminal *terminal);

/* The last signal to end the process since terminal_open or terminal_watch; 0: none. */
int terminal_signal(void);

#endif
