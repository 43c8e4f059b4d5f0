/* SPDX-License-Identifier: MIT */
#include "base/terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { CAUGHT = sizeof(caught_signals) / sizeof(caught_signals[0]) };
_Static_assert(CAUGHT == sizeof(((struct terminal *)0)->handlers) / sizeof(struct sigaction),
               "one saved handler per signal");

static volatile sig_atomic_t caught;
static volatile sig_atomic_t stop_wanted;

static void note_signal(int number)
{
    if (number == SIGTSTP) {
        stop_wanted = 1;
    } else {
        caught = number;
    }
}

int terminal_signal(void)
{
    return caught;
}

/* A background process would be stopped for reading from the terminal or changing it. */
static bool is_foreground(const struct terminal *terminal)
{
    return terminal->fd >= 0 && tcgetpgrp(terminal->fd) == getpgrp();
}

/* An echo that is off already is left to the process that turned it off: it may be another duplojit
 * that waits on this terminal. */
static void disable_echo(struct terminal *terminal)
{
    if (terminal->quiet || tcgetattr(terminal->fd, &terminal->saved) != 0 ||
        (terminal->saved.c_lflag & (tcflag_t)ECHO) == 0) {
        return;
    }
    struct termios quiet = terminal->saved;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    terminal->quiet = tcsetattr(terminal->fd, TCSANOW, &quiet) == 0;
}

/* TCSAFLUSH: a secret that was pasted too late must not reach the shell. */
static void restore_echo(struct terminal *terminal)
{
    if (terminal->quiet && is_foreground(terminal)) {
        tcsetattr(terminal->fd, TCSAFLUSH, &terminal->saved);
    }
    terminal->quiet = false;
}

static void open_input(struct terminal *terminal)
{
    terminal->fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (is_foreground(terminal)) {
        disable_echo(terminal);
    } else if (terminal->fd >= 0) {
        close(terminal->fd);
        terminal->fd = -1;
    }
}

void terminal_watch(struct terminal *terminal)
{
    struct sigaction action = {.sa_handler = note_signal};
    *terminal = (struct terminal){.fd = -1};
    buf_init(&terminal->line, TERMINAL_LINE_MAX);
    terminal->out = isatty(STDERR_FILENO) == 1 ? STDERR_FILENO : -1;
    caught = 0;
    stop_wanted = 0;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++) {
        sigaction(caught_signals[i], &action, &terminal->handlers[i]);
        if (terminal->handlers[i].sa_handler == SIG_IGN) { /* nohup, or `&` in a script */
            sigaction(caught_signals[i], &terminal->handlers[i], NULL);
        }
    }
}

void terminal_open(struct terminal *terminal)
{
    terminal_watch(terminal);
    open_input(terminal);
}

void terminal_close(struct terminal *terminal)
{
    terminal_show(terminal, "");
    restore_echo(terminal);
    if (terminal->fd >= 0) {
        close(terminal->fd);
        terminal->fd = -1;
    }
    for (int i = 0; i < CAUGHT; i++) {
        sigaction(caught_signals[i], &terminal->handlers[i], NULL);
    }
    buf_done(&terminal->line);
}

/* Ctrl-Z: stops as by default, after restoring the terminal for the shell. */
static void stop(struct terminal *terminal)
{
    struct sigaction ours;
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    stop_wanted = 0;
    terminal_show(terminal, "");
    restore_echo(terminal);
    sigaction(SIGTSTP, &standard, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
}

int terminal_input(struct terminal *terminal)
{
    if (stop_wanted != 0) {
        stop(terminal);
    }
    if (!is_foreground(terminal)) {
        terminal->quiet = false; /* the foreground process now owns the settings */
        return -1;
    }
    disable_echo(terminal);
    return terminal->fd;
}

bool terminal_insist(struct terminal *terminal)
{
    terminal->out = terminal->out < 0 ? terminal->fd : terminal->out;
    return terminal->out >= 0 && terminal->out == terminal->fd;
}

void terminal_show(const struct terminal *terminal, const char *text)
{
    char line[200];
    struct winsize size = {0};
    if (terminal->out < 0) {
        return;
    }
    /* A line that wraps cannot be replaced. */
    bool known = ioctl(terminal->out, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    int width = known && size.ws_col < sizeof(line) ? size.ws_col - 1 : (int)sizeof(line);
    /* Carriage return, and erase the line. */
    int len = snprintf(line, sizeof(line), "\r\033[K%.*s", width, text);
    if (len > 0 && write(terminal->out, line, strlen(line)) < 0) {
        return; /* the terminal is gone */
    }
}

/* One byte of input. True at the end of a line that is not empty. */
static bool take_byte(struct buf *line, char byte)
{
    static const char erase = 0x7f;
    static const char kill_line = 0x15;
    if (byte == '\n' || byte == '\r') {
        return line->len > 0;
    }
    if (byte == erase && line->len > 0) {
        line->data[--line->len] = '\0';
    } else if (byte != erase && byte != kill_line) {
        buf_add_char(line, byte);
    }
    if (byte == kill_line || buf_failed(line)) {
        buf_clear(line);
    }
    return false;
}

bool terminal_read(struct terminal *terminal)
{
    char byte;
    while (terminal->fd >= 0 && read(terminal->fd, &byte, 1) == 1) {
        if (take_byte(&terminal->line, byte)) {
            return true;
        }
    }
    return false;
}
