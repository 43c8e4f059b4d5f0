/* SPDX-License-Identifier: MIT */
/*
 * A pseudo-terminal with a small shell on it: the test is the person at the other end, the shell
 * starts one job in the foreground (or not), and the job uses the terminal and reports what it saw
 * through a pipe.
 */
#include "rows.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/terminal.h"

enum { WAIT_MS = 20000, SEEN_SIZE = 64 << 10 };

struct setting {
    void (*job)(void);
    bool background;  /* the terminal is the shell's */
    bool redirected;  /* standard error is not the terminal */
    bool no_terminal; /* no controlling terminal at all */
};

static int master; /* the person's end */
static pid_t shell;
static int reports[2];       /* from the job and the shell */
static int orders[2];        /* to the shell: continue the stopped job */
static char seen[SEEN_SIZE]; /* all that the terminal has shown */
static size_t seen_len;

/* In the job and the shell. */

static void report(const char *text)
{
    if (write(reports[1], text, strlen(text)) < 0 || write(reports[1], "\n", 1) < 0) {
        _exit(99);
    }
}

static void run_job(const struct setting *setting, int slave)
{
    setpgid(0, 0);
    if (!setting->background && !setting->no_terminal) {
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(slave, getpid());
        signal(SIGTTOU, SIG_DFL);
    }
    int null = open("/dev/null", O_RDWR);
    dup2(setting->redirected ? null : slave, STDERR_FILENO);
    setting->job();
    _exit(0);
}

static void run_shell(const struct setting *setting, int slave)
{
    int status = 0;
    char order;
    setsid();
    if (!setting->no_terminal) {
        ioctl(slave, TIOCSCTTY, 0);
    }
    pid_t job = fork();
    if (job == 0) {
        run_job(setting, slave);
    }
    while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
        report("stopped");
        if (read(orders[0], &order, 1) != 1) {
            kill(job, SIGKILL);
        }
        kill(job, SIGCONT);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

/* In the test. */

static void start(const struct setting *setting)
{
    const struct winsize size = {.ws_row = 24, .ws_col = 20};
    seen_len = 0;
    seen[0] = '\0';
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    assert_int_equal(pipe(reports), 0);
    assert_int_equal(pipe(orders), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    shell = fork();
    if (shell == 0) {
        close(orders[1]);
        run_shell(setting, slave);
    }
    assert_true(shell > 0);
    close(slave);
    close(reports[1]);
    close(orders[0]);
}

static void look_at_terminal(void)
{
    if (seen_len + 1 < sizeof(seen)) {
        ssize_t got = read(master, seen + seen_len, sizeof(seen) - 1 - seen_len);
        seen_len += got > 0 ? (size_t)got : 0;
        seen[seen_len] = '\0';
    }
}

/* Waits for the next line of the reports. What the terminal shows meanwhile goes into seen. */
static void await(const char *want)
{
    char line[1000];
    size_t len = 0;
    struct pollfd fds[] = {{.fd = reports[0], .events = POLLIN}, {.fd = master, .events = POLLIN}};
    while (len + 1 < sizeof(line)) {
        if (poll(fds, 2, WAIT_MS) <= 0) {
            fail_msg("waited in vain for the report \"%s\"", want);
        }
        if ((fds[1].revents & POLLIN) != 0) {
            look_at_terminal();
        } else if ((fds[1].revents & POLLHUP) != 0) {
            fds[1].fd = -1;
        }
        if (fds[0].revents != 0 && read(reports[0], line + len, 1) != 1) {
            fail_msg("no report \"%s\": the job has ended", want);
        }
        len += fds[0].revents != 0 ? 1 : 0;
        if (len > 0 && line[len - 1] == '\n') {
            break;
        }
    }
    line[len > 0 ? len - 1 : 0] = '\0';
    assert_string_equal(line, want);
}

static void type(const char *text)
{
    size_t len = strlen(text);
    assert_int_equal(write(master, text, len), len);
}

static bool has_echo(void)
{
    struct termios now;
    assert_int_equal(tcgetattr(master, &now), 0);
    return (now.c_lflag & (tcflag_t)ECHO) != 0;
}

static void finish(void)
{
    int status = -1;
    await("end");
    assert_int_equal(waitpid(shell, &status, 0), shell);
    assert_int_equal(status, 0);
    struct pollfd fd = {.fd = master, .events = POLLIN};
    while (poll(&fd, 1, 0) == 1 && (fd.revents & POLLIN) != 0) {
        look_at_terminal();
    }
    close(master);
    close(reports[0]);
    close(orders[1]);
}

/* The jobs and their tests. */

/* Reports each line that is read, until "quit" or a signal. */
static void job_read(void)
{
    struct terminal terminal;
    terminal_open(&terminal);
    report("open");
    bool quit = false;
    while (!quit && terminal_signal() == 0) {
        struct pollfd fd = {.fd = terminal_input(&terminal), .events = POLLIN};
        poll(&fd, 1, 100);
        while (!quit && terminal_read(&terminal)) {
            quit = strcmp(buf_str(&terminal.line), "quit") == 0;
            report(buf_str(&terminal.line));
            buf_clear(&terminal.line);
        }
    }
    terminal_close(&terminal);
    report(terminal_signal() == 0 ? "end" : "signal");
    if (terminal_signal() != 0) {
        report("end");
    }
}

static void test_reads_without_echo(void **state)
{
    const struct setting setting = {.job = job_read};
    (void)state;
    start(&setting);
    await("open");
    assert_false(has_echo());
    type("a pasted secret\n");
    await("a pasted secret");
    assert_false(has_echo());
    type("quit\r");
    await("quit");
    finish();
    assert_null(strstr(seen, "secret"));
}

static void test_restores_the_echo(void **state)
{
    const struct setting setting = {.job = job_read};
    (void)state;
    start(&setting);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY); /* keeps the settings of the terminal */
    await("open");
    assert_false(has_echo());
    type("quit\n");
    await("quit");
    await("end");
    assert_true(has_echo());
    close(slave);
    waitpid(shell, NULL, 0);
    close(master);
}

static void test_line_editing(void **state)
{
    static const struct {
        const char *typed;
        const char *line;
    } rows[] = {
        {"plain\n", "plain"},
        {"carriage return\r", "carriage return"},
        {"\n\r\nafter empty lines\n", "after empty lines"},
        {"axx\x7f\x7f"
         "b\n",
         "ab"},
        {"\x7f\x7f"
         "a\n",
         "a"},
        {"gone\x15kept\n", "kept"},
        {"\x15\x15"
         "b\n",
         "b"},
        {"\xc3\xa4 \xe2\x82\xac\n", "\xc3\xa4 \xe2\x82\xac"},
    };
    const struct setting setting = {.job = job_read};
    (void)state;
    start(&setting);
    await("open");
    for (size_t i = 0; i < ROWS(rows); i++) {
        type(rows[i].typed);
        await(rows[i].line);
    }
    type("quit\n");
    await("quit");
    finish();
}

/* The part that is read after the limit is a line of its own. */
static void test_a_line_that_is_too_long(void **state)
{
    enum { PIECE = 1000 };
    char piece[PIECE + 1];
    const struct setting setting = {.job = job_read};
    (void)state;
    memset(piece, 'x', PIECE);
    piece[PIECE] = '\0';
    start(&setting);
    await("open");
    for (int i = 0; i <= TERMINAL_LINE_MAX / PIECE; i++) {
        type(piece);
    }
    memset(piece, 'x', PIECE);
    piece[(TERMINAL_LINE_MAX / PIECE + 1) * PIECE - TERMINAL_LINE_MAX - 1] = '\0';
    type("\n");
    await(piece);
    type("quit\n");
    await("quit");
    finish();
}

static void test_ctrl_c(void **state)
{
    const struct setting setting = {.job = job_read};
    (void)state;
    start(&setting);
    await("open");
    type("half a line\x03");
    await("signal");
    finish();
}

/* While the job is stopped, the shell gets its echo; after fg the job turns it off again. */
static void test_ctrl_z(void **state)
{
    const struct setting setting = {.job = job_read};
    (void)state;
    start(&setting);
    await("open");
    type("\x1a");
    await("stopped");
    assert_true(has_echo());
    assert_int_equal(write(orders[1], "c", 1), 1);
    type("after fg\n");
    await("after fg");
    assert_false(has_echo());
    type("quit\n");
    await("quit");
    finish();
}

/* Reports which descriptors the terminal has, and shows a line. */
static void job_show(void)
{
    struct terminal terminal;
    terminal_open(&terminal);
    report(terminal.fd >= 0 ? "reads" : "does not read");
    report(terminal_input(&terminal) >= 0 ? "input" : "no input");
    terminal_show(&terminal, "first");
    report(terminal_insist(&terminal) ? "insists" : "does not insist");
    terminal_show(&terminal, "0123456789abcdefghijkl");
    terminal_close(&terminal);
    report("end");
}

static void test_where_lines_are_shown(void **state)
{
    static const struct {
        const char *name;
        struct setting setting;
        const char *reports[3];
        const char *shown; /* 20 columns: the last one stays free */
    } rows[] = {
        {"terminal",
         {.job = job_show},
         {"reads", "input", "does not insist"},
         "\r\033[Kfirst\r\033[K0123456789abcdefghi\r\033[K"},
        {"redirected",
         {.job = job_show, .redirected = true},
         {"reads", "input", "insists"},
         "\r\033[K0123456789abcdefghi\r\033[K"},
        {"background",
         {.job = job_show, .background = true},
         {"does not read", "no input", "does not insist"},
         "\r\033[Kfirst\r\033[K0123456789abcdefghi\r\033[K"},
        {"no terminal",
         {.job = job_show, .redirected = true, .no_terminal = true},
         {"does not read", "no input", "does not insist"},
         ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        start(&rows[i].setting);
        for (size_t j = 0; j < ROWS(rows[i].reports); j++) {
            await(rows[i].reports[j]);
        }
        finish();
        row_text(rows[i].name, seen, rows[i].shown);
    }
}

static bool has_handler(int number, void (*handler)(int))
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == handler;
}

static void note(int number)
{
    (void)number;
}

static void job_signals(void)
{
    struct terminal terminal;
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, note);
    terminal_watch(&terminal);
    report(terminal.fd < 0 ? "does not read" : "reads");
    raise(SIGHUP);
    report(terminal_signal() == 0 ? "ignored" : "caught");
    raise(SIGTERM);
    report(terminal_signal() == SIGTERM ? "caught" : "ignored");
    terminal_close(&terminal);
    report(has_handler(SIGTERM, note) && has_handler(SIGHUP, SIG_IGN) &&
                   has_handler(SIGINT, SIG_DFL) && has_handler(SIGTSTP, SIG_DFL)
               ? "restored"
               : "changed");
    report("end");
}

static void test_signals(void **state)
{
    const struct setting setting = {.job = job_signals};
    (void)state;
    start(&setting);
    await("does not read");
    await("ignored");
    await("caught");
    await("restored");
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_without_echo),
        cmocka_unit_test(test_restores_the_echo),
        cmocka_unit_test(test_line_editing),
        cmocka_unit_test(test_a_line_that_is_too_long),
        cmocka_unit_test(test_ctrl_c),
        cmocka_unit_test(test_ctrl_z),
        cmocka_unit_test(test_where_lines_are_shown),
        cmocka_unit_test(test_signals),
    };
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
