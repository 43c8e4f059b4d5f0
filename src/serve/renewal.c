/* SPDX-License-Identifier: MIT */
#include "serve/renewal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/process.h"

void renewal_init(struct renewal *renewal)
{
    *renewal = (struct renewal){.fd = -1};
}

void renewal_stop(struct renewal *renewal, int number)
{
    if (renewal->pid > 0) {
        kill(renewal->pid, number);
    }
    if (renewal->fd >= 0) {
        close(renewal->fd);
        renewal->fd = -1;
    }
    aws_credentials_wipe(&renewal->report.creds);
}

void renewal_done(struct renewal *renewal)
{
    renewal_stop(renewal, SIGKILL);
}

void renewal_end(struct renewal *renewal)
{
    pid_t pid = renewal->pid;
    renewal_done(renewal);
    renewal->pid = 0;
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

static void send_report(int fd, const struct renewal_report *report)
{
    struct err ignored;
    if (fs_write_fd(fd, "the pipe", report, sizeof(*report), &ignored) != 0) {
        _exit(1);
    }
}

/* The child's work, to its end. */
static void work_in_child(const struct renewal_work *work, int profile, int64_t want_left_s, int fd)
{
    struct renewal_report report = {.event = RENEWAL_FETCHED};
    if (work->fetch(work->context, profile, want_left_s, &report.creds, &report.left_s,
                    &report.err) != 0) {
        report.event = RENEWAL_FAILED;
    }
    send_report(fd, &report);
    if (report.event == RENEWAL_FETCHED && work->write != NULL) {
        int failed = work->write(work->context, profile, &report.creds, &report.err);
        report.event = failed ? RENEWAL_FILE_FAILED : RENEWAL_FILE_WRITTEN;
        send_report(fd, &report);
    }
    aws_credentials_wipe(&report.creds);
    _exit(0);
}

/* The child is killed when its parent ends, has no signal blocked, and keeps none of the parent's
 * descriptors: a connection that the server closes must not stay open here. */
static void become_child(pid_t parent, int fd)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) {
        _exit(1);
    }
    process_close_except(fd);
}

int renewal_start(struct renewal *renewal, const struct renewal_work *work, int profile,
                  int64_t want_left_s, struct err *err)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot create a pipe");
    }
    renewal->pid = fork();
    if (renewal->pid == 0) {
        become_child(parent, ends[1]);
        work_in_child(work, profile, want_left_s, ends[1]);
    }
    if (renewal->pid < 0) {
        err_set_errno(err, ERR_INTERNAL, "cannot start a process");
        renewal->pid = 0;
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    renewal->fd = ends[0];
    renewal->deadline_ms = clock_mono_ms() + work->limit_ms;
    renewal->due = RENEWAL_FAILED;
    renewal->has_file = work->write != NULL;
    renewal->got = 0;
    return 0;
}

bool renewal_is_writing(const struct renewal *renewal)
{
    return renewal->fd >= 0 && renewal->due == RENEWAL_FILE_FAILED;
}

/* The child has ended or is out of time: first the failure that is due, if any, then ENDED. */
static enum renewal_event finish(struct renewal *renewal, const char *why)
{
    enum renewal_event event = renewal->due;
    if (event == RENEWAL_ENDED) {
        renewal_done(renewal);
    } else {
        renewal->due = RENEWAL_ENDED;
        err_set(&renewal->report.err, ERR_UNAVAILABLE, "the renewal %s", why);
    }
    return event;
}

enum renewal_event renewal_step(struct renewal *renewal)
{
    struct renewal_report *report = &renewal->report;
    while (renewal->got < sizeof(*report)) {
        ssize_t got =
            read(renewal->fd, (char *)report + renewal->got, sizeof(*report) - renewal->got);
        if (got > 0) {
            renewal->got += (size_t)got;
        } else if (got == 0) {
            return finish(renewal, "ended unexpectedly");
        } else if (errno != EINTR) {
            return clock_left_ms(renewal->deadline_ms) > 0
                       ? RENEWAL_NOTHING
                       : finish(renewal, "took too long and was stopped");
        }
    }
    renewal->got = 0;
    bool more = report->event == RENEWAL_FETCHED && renewal->has_file;
    renewal->due = more ? RENEWAL_FILE_FAILED : RENEWAL_ENDED;
    return report->event;
}
