/* SPDX-License-Identifier: MIT */
/* Renewals in child processes, with work that succeeds, fails, hangs or crashes. */
#include "rows.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "serve/renewal.h"
#include "serve/renewal_run.h"

enum { LIMIT_MS = 20000, SHORT_MS = 100, PROFILE = 3, WANT_LEFT_S = 70, LEFT_S = 3000 };

/* What the fake work does. */
enum fake { SUCCEED, FAIL, HANG, CRASH };

struct fake_work {
    enum fake fetch;
    enum fake write;
};

/* -1, or 0 for SUCCEED; the others do not return. */
static int act(enum fake fake, const char *what, struct err *err)
{
    switch (fake) {
    case SUCCEED:
        return 0;
    case FAIL:
        return err_set(err, ERR_REFUSED, "%s failed", what);
    case HANG:
        for (;;) {
            pause();
        }
    default:
        _exit(9);
    }
}

static int fetch(void *context, int profile, int64_t want_left_s, struct aws_credentials *creds,
                 int64_t *left_s, struct err *err)
{
    const struct fake_work *fake = context;
    snprintf(creds->access_key_id, sizeof(creds->access_key_id), "ASIA-%d-%d", profile,
             (int)want_left_s);
    *left_s = LEFT_S;
    return act(fake->fetch, "fetch", err);
}

static int write_file(void *context, int profile, const struct aws_credentials *creds,
                      struct err *err)
{
    const struct fake_work *fake = context;
    bool same = profile == PROFILE && strcmp(creds->access_key_id, "ASIA-3-70") == 0;
    return same ? act(fake->write, "write", err) : err_set(err, ERR_INTERNAL, "other credentials");
}

static void start(struct renewal *renewal, const struct renewal_work *work)
{
    struct err err;
    renewal_init(renewal);
    assert_int_equal(renewal_start(renewal, work, PROFILE, WANT_LEFT_S, &err), 0);
}

/* The next event but NOTHING, as an endpoint's loop waits for it. */
static enum renewal_event next(struct renewal *renewal)
{
    enum renewal_event event = RENEWAL_NOTHING;
    while ((event = renewal_step(renewal)) == RENEWAL_NOTHING) {
        struct pollfd pipe = {.fd = renewal->worker.fd, .events = POLLIN};
        poll(&pipe, 1, (int)clock_left_ms(renewal->worker.deadline_ms));
    }
    return event;
}

static const struct {
    const char *name;
    struct fake_work fake;
    bool has_file;
    enum renewal_event first;
    enum renewal_event second;
    enum err_kind kind; /* of the failure */
    const char *message;
} rows[] = {
    {"fetched", {SUCCEED, CRASH}, false, RENEWAL_FETCHED, RENEWAL_ENDED, ERR_NONE, ""},
    {"file written", {SUCCEED, SUCCEED}, true, RENEWAL_FETCHED, RENEWAL_FILE_WRITTEN, ERR_NONE, ""},
    {"file failed",
     {SUCCEED, FAIL},
     true,
     RENEWAL_FETCHED,
     RENEWAL_FILE_FAILED,
     ERR_REFUSED,
     "write failed"},
    {"file: no report",
     {SUCCEED, CRASH},
     true,
     RENEWAL_FETCHED,
     RENEWAL_FILE_FAILED,
     ERR_UNAVAILABLE,
     "the renewal ended unexpectedly"},
    {"failed", {FAIL, SUCCEED}, true, RENEWAL_FAILED, RENEWAL_ENDED, ERR_REFUSED, "fetch failed"},
    {"no report",
     {CRASH, SUCCEED},
     true,
     RENEWAL_FAILED,
     RENEWAL_ENDED,
     ERR_UNAVAILABLE,
     "the renewal ended unexpectedly"},
};

static void reports_what_happened(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct fake_work fake = rows[i].fake;
        const struct renewal_work work = {.context = &fake,
                                          .fetch = fetch,
                                          .write = rows[i].has_file ? write_file : NULL,
                                          .limit_ms = LIMIT_MS};
        struct renewal renewal;
        start(&renewal, &work);
        row_int(rows[i].name, next(&renewal), rows[i].first);
        if (rows[i].first == RENEWAL_FETCHED) {
            row_text(rows[i].name, renewal.report.creds.access_key_id, "ASIA-3-70");
            row_true(rows[i].name, renewal.report.left_s > LEFT_S / 2); /* less on a busy machine */
            row_int(rows[i].name, renewal_is_writing(&renewal), rows[i].has_file);
        } else {
            row_int(rows[i].name, renewal.report.err.kind, rows[i].kind);
            row_text(rows[i].name, renewal.report.err.text, rows[i].message);
        }
        row_int(rows[i].name, next(&renewal), rows[i].second);
        if (rows[i].second != RENEWAL_ENDED) {
            row_int(rows[i].name, renewal.report.err.kind, rows[i].kind);
            row_text(rows[i].name, renewal.report.err.text, rows[i].message);
            row_true(rows[i].name, !renewal_is_writing(&renewal));
            row_int(rows[i].name, next(&renewal), RENEWAL_ENDED);
        }
        row_int(rows[i].name, renewal.worker.fd, -1);
        row_text(rows[i].name, renewal.report.creds.access_key_id, "");
        renewal_end(&renewal);
    }
}

static bool is_running(pid_t pid)
{
    return kill(pid, 0) == 0 || errno != ESRCH;
}

/* A child that is out of time is reported as a failure, then killed. */
static void stops_after_the_limit(void **state)
{
    struct fake_work fetches = {HANG, SUCCEED};
    struct fake_work writes = {SUCCEED, HANG};
    struct renewal renewal;
    (void)state;
    start(&renewal, &(struct renewal_work){&fetches, fetch, write_file, .limit_ms = SHORT_MS});
    pid_t pid = renewal.worker.pid;
    assert_int_equal(next(&renewal), RENEWAL_FAILED);
    assert_int_equal(renewal.report.err.kind, ERR_UNAVAILABLE);
    assert_string_equal(renewal.report.err.text, "the renewal took too long and was stopped");
    assert_int_equal(next(&renewal), RENEWAL_ENDED);
    renewal_end(&renewal);
    assert_false(is_running(pid));

    start(&renewal, &(struct renewal_work){&writes, fetch, write_file, .limit_ms = SHORT_MS});
    assert_int_equal(next(&renewal), RENEWAL_FETCHED);
    assert_true(renewal_is_writing(&renewal));
    assert_int_equal(next(&renewal), RENEWAL_FILE_FAILED);
    assert_int_equal(next(&renewal), RENEWAL_ENDED);
    renewal_end(&renewal);
}

static void does_not_block(void **state)
{
    struct fake_work fake = {HANG, SUCCEED};
    const struct renewal_work work = {&fake, fetch, NULL, .limit_ms = LIMIT_MS};
    struct renewal renewal;
    (void)state;
    start(&renewal, &work);
    pid_t pid = renewal.worker.pid;
    int64_t begin_ms = clock_mono_ms();
    assert_int_equal(renewal_step(&renewal), RENEWAL_NOTHING);
    assert_true(clock_mono_ms() - begin_ms < LIMIT_MS / 2);
    assert_true(is_running(pid));
    renewal_end(&renewal);
    assert_false(is_running(pid));
    assert_int_equal(renewal.worker.fd, -1);
    renewal_end(&renewal); /* has no effect */
}

/* As a process that was stopped for a while. */
static void counts_the_time_until_it_reads(void **state)
{
    struct fake_work fake = {SUCCEED, SUCCEED};
    const struct renewal_work work = {&fake, fetch, NULL, .limit_ms = LIMIT_MS};
    struct renewal renewal;
    (void)state;
    start(&renewal, &work);
    struct pollfd pipe = {.fd = renewal.worker.fd, .events = POLLIN};
    assert_int_equal(poll(&pipe, 1, LIMIT_MS), 1);
    clock_sleep_ms(1100, INT64_MAX);
    assert_int_equal(next(&renewal), RENEWAL_FETCHED);
    assert_true(renewal.report.left_s < LEFT_S);
    renewal_end(&renewal);
}

/* The child must not keep connections of the server open, nor its blocked signals. */
static int check_child(void *context, int profile, int64_t want_left_s,
                       struct aws_credentials *creds, int64_t *left_s, struct err *err)
{
    sigset_t mask;
    (void)profile;
    (void)want_left_s;
    (void)creds;
    (void)left_s;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    bool closed = write(*(const int *)context, "x", 1) < 0 && errno == EBADF;
    return closed && !sigismember(&mask, SIGTERM)
               ? 0
               : err_set(err, ERR_INTERNAL, "descriptor closed: %d", closed);
}

static void gives_the_child_nothing_of_the_server(void **state)
{
    struct renewal_report report;
    struct err err;
    sigset_t blocked;
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    const struct renewal_work work = {&ends[1], check_child, NULL, .limit_ms = LIMIT_MS};
    int result = renewal_run(&work, 0, &report, &err);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    assert_string_equal(result == 0 ? "" : err.text, "");
    close(ends[0]);
    close(ends[1]);
}

static bool ignores(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static int check_keys(void *context, int profile, int64_t want_left_s,
                      struct aws_credentials *creds, int64_t *left_s, struct err *err)
{
    bool background = *(const bool *)context;
    (void)profile;
    (void)want_left_s;
    (void)creds;
    (void)left_s;
    return ignores(SIGINT) == background && ignores(SIGQUIT) == background && !ignores(SIGTERM)
               ? 0
               : err_set(err, ERR_INTERNAL, "Ctrl-C ignored: %d", ignores(SIGINT));
}

/* Before its work begins: a renewal of a program at a terminal was killed between its start and its
 * work. A login waits for the user, who may end it. */
static void ctrl_c_is_for_the_parent_in_the_background(void **state)
{
    struct renewal_report report;
    struct err err;
    (void)state;
    signal(SIGINT, SIG_DFL); /* a shell's background jobs ignore them */
    signal(SIGQUIT, SIG_DFL);
    for (int i = 0; i < 2; i++) {
        bool background = i == 1;
        const struct renewal_work work = {&background, check_keys, NULL, .limit_ms = LIMIT_MS,
                                          .background = background};
        int result = renewal_run(&work, 0, &report, &err);
        assert_string_equal(result == 0 ? "" : err.text, "");
    }
}

static void runs_one_to_its_end(void **state)
{
    struct fake_work fake = {SUCCEED, FAIL};
    struct renewal_work work = {&fake, fetch, write_file, .limit_ms = LIMIT_MS};
    struct renewal_report report;
    struct err err;
    (void)state;
    assert_int_equal(renewal_run(&work, PROFILE, &report, &err), 0);
    assert_string_equal(report.creds.access_key_id, "ASIA-3-0");
    fake.fetch = FAIL;
    assert_int_equal(renewal_run(&work, PROFILE, &report, &err), -1);
    assert_string_equal(err.text, "fetch failed");
    fake.fetch = HANG;
    work.limit_ms = SHORT_MS;
    assert_int_equal(renewal_run(&work, PROFILE, &report, &err), -1);
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    assert_int_equal(errno, ECHILD);
}

/* SIGTERM for this process ends the child first. */
static void passes_signals_to_a_login(void **state)
{
    struct fake_work fake = {HANG, SUCCEED};
    struct renewal_work work = {&fake, fetch, NULL, .limit_ms = LIMIT_MS};
    struct err err;
    sigset_t before;
    sigset_t after;
    (void)state;
    sigprocmask(SIG_BLOCK, NULL, &before);
    pid_t sender = fork();
    if (sender == 0) {
        usleep(200000);
        kill(getppid(), SIGTERM);
        _exit(0);
    }
    int64_t begin_ms = clock_mono_ms();
    assert_int_equal(renewal_run_in_terminal(&work, &err), -1);
    assert_true(clock_mono_ms() - begin_ms < LIMIT_MS / 2);
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_string_equal(err.text, "interrupted by a signal");
    assert_int_equal(waitpid(sender, NULL, 0), sender);
    sigprocmask(SIG_BLOCK, NULL, &after);
    for (int number = 1; number < NSIG; number++) {
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
    }
    fake.fetch = FAIL;
    assert_int_equal(renewal_run_in_terminal(&work, &err), -1);
    assert_string_equal(err.text, "fetch failed");
    fake.fetch = SUCCEED;
    assert_int_equal(renewal_run_in_terminal(&work, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_what_happened),
        cmocka_unit_test(stops_after_the_limit),
        cmocka_unit_test(does_not_block),
        cmocka_unit_test(counts_the_time_until_it_reads),
        cmocka_unit_test(gives_the_child_nothing_of_the_server),
        cmocka_unit_test(ctrl_c_is_for_the_parent_in_the_background),
        cmocka_unit_test(runs_one_to_its_end),
        cmocka_unit_test(passes_signals_to_a_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
