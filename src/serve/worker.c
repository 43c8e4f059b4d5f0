/* SPDX-License-Identifier: MIT */
#include "serve/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/process.h"

void worker_init(struct worker *worker)
{
    *worker = (struct worker){.fd = -1};
}

void worker_stop(struct worker *worker, int number)
{
    if (worker->pid > 0) {
        kill(worker->pid, number);
    }
    if (worker->fd >= 0) {
        close(worker->fd);
        worker->fd = -1;
    }
}

void worker_end(struct worker *worker)
{
    pid_t pid = worker->pid;
    worker_stop(worker, SIGKILL);
    worker->pid = 0;
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

bool worker_reap(struct worker *worker, pid_t pid)
{
    bool own = worker->pid == pid;
    worker->pid = own ? 0 : worker->pid;
    return own;
}

bool worker_is_running(const struct worker *worker)
{
    return worker->pid > 0 || worker->fd >= 0;
}

/* The child is killed when its parent ends, has no signal blocked, and keeps none of the parent's
 * descriptors: a connection that the server closes must not stay open here. In the background it
 * ignores Ctrl-C and Ctrl-\ before it unblocks what the parent has blocked. */
static void become_child(pid_t parent, int fd, bool background)
{
    sigset_t none;
    sigemptyset(&none);
    if (background) {
        signal(SIGINT, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) {
        _exit(1);
    }
    process_close_except(fd);
}

int worker_start(struct worker *worker, void (*run)(const void *context, int fd),
                 const void *context, bool background, int64_t limit_ms, struct err *err)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot create a pipe");
    }
    worker->pid = fork();
    if (worker->pid == 0) {
        become_child(parent, ends[1], background);
        run(context, ends[1]);
        _exit(0);
    }
    if (worker->pid < 0) {
        err_set_errno(err, ERR_INTERNAL, "cannot start a process");
        worker->pid = 0;
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    worker->fd = ends[0];
    worker->got = 0;
    worker_extend(worker, limit_ms);
    return 0;
}

void worker_extend(struct worker *worker, int64_t limit_ms)
{
    worker->deadline_ms = clock_mono_ms() + limit_ms;
}

void worker_send(int fd, const void *report, size_t size)
{
    struct err ignored;
    if (fs_write_fd(fd, "the pipe", report, size, &ignored) != 0) {
        _exit(1);
    }
}

enum worker_event worker_read(struct worker *worker, void *report, size_t size)
{
    while (worker->got < size) {
        ssize_t got = read(worker->fd, (char *)report + worker->got, size - worker->got);
        if (got > 0) {
            worker->got += (size_t)got;
        } else if (got == 0) {
            return WORKER_EXITED;
        } else if (errno != EINTR) {
            return clock_left_ms(worker->deadline_ms) > 0 ? WORKER_NOTHING : WORKER_LATE;
        }
    }
    worker->got = 0;
    return WORKER_REPORT;
}
