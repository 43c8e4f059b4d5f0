/* SPDX-License-Identifier: MIT */
#include "serve/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/environment.h"
#include "base/err.h"
#include "base/process.h"
#include "net/address.h"
#include "serve/endpoint.h"

enum { URL_SIZE = ADDRESS_TEXT_SIZE + 16, SIGNAL_BASE = 128 };

/* The context of the endpoint's callbacks. */
struct supervised {
    pid_t pid;
    int status; /* from waitpid */
};

/* All signals but those that report a fault of this process itself, and those that the terminal
 * sends to a background process, because the program gets its own. */
static void fill_signals(sigset_t *signals)
{
    static const int own[] = {SIGFPE,  SIGILL, SIGSEGV, SIGBUS, SIGABRT,
                              SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU};
    sigfillset(signals);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        sigdelset(signals, own[i]);
    }
}

/* The program is in this process's group, so the terminal has sent it Ctrl-C, too. It must not get
 * the signal twice: many programs abort at the second one. */
static bool on_signal(void *context, int number, bool typed)
{
    const struct supervised *supervised = context;
    bool delivered = typed && (number == SIGINT || number == SIGQUIT || number == SIGTSTP);
    if (!delivered) {
        kill(supervised->pid, number);
    }
    if (number == SIGTSTP) {
        raise(SIGSTOP); /* the shell waits until its own child stops; SIGCONT reaches both */
    }
    return false;
}

static bool on_child(void *context, pid_t pid, int status)
{
    struct supervised *supervised = context;
    if (pid != supervised->pid) {
        return false; /* an orphan */
    }
    supervised->status = status;
    return true;
}

/* The state of this process before the endpoint changed it, for the program. */
struct inherited {
    sigset_t mask;
    struct rlimit descriptors;
    bool knows_descriptors;
    pid_t parent;
};

static void run_child(const struct inherited *inherited, char *const *argv, char *const *env,
                      int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != inherited->parent) {
        _exit(1);
    }
    process_restore_defaults();
    if (inherited->knows_descriptors) {
        setrlimit(RLIMIT_NOFILE, &inherited->descriptors);
    }
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
    execvpe(argv[0], argv, env);
    int failed = errno;
    ssize_t written = write(fd, &failed, sizeof(failed));
    _exit(written == (ssize_t)sizeof(failed) ? 0 : 1);
}

/* Waits until the child has called execve. If that succeeds, it closes the pipe; if not, the child
 * has written errno to it. */
static int confirm(int fd, const char *name, struct err *err)
{
    int failed = 0;
    ssize_t got = 0;
    do {
        got = read(fd, &failed, sizeof(failed));
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(failed)) {
        return 0;
    }
    errno = failed;
    return process_not_started(name, err);
}

static int start(const struct inherited *inherited, char *const *argv, char *const *env, pid_t *pid,
                 struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot create a pipe");
    }
    *pid = fork();
    if (*pid == 0) {
        run_child(inherited, argv, env, ends[1]);
    }
    close(ends[1]);
    int result = *pid < 0 ? err_set_errno(err, ERR_INTERNAL, "cannot start a process")
                          : confirm(ends[0], argv[0], err);
    close(ends[0]);
    return result;
}

static int start_program(const struct endpoint_config *config, const struct inherited *inherited,
                         const struct supervised_program *program, struct err *err)
{
    struct supervised *supervised = config->context;
    char address[ADDRESS_TEXT_SIZE];
    char url[URL_SIZE];
    address_format(&config->addresses[0], address);
    snprintf(url, sizeof(url), "http://%s/", address);
    const struct aws_variable added[] = {
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI", url},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN", config->auth.token},
        {"AWS_REGION", program->region},
        {"AWS_DEFAULT_REGION", program->region},
        {NULL, NULL},
    };
    char **env = aws_environment_new(program->environment, added, program->is_secret, err);
    int result = env == NULL ? -1 : start(inherited, program->argv, env, &supervised->pid, err);
    aws_environment_free(env);
    return result;
}

int supervisor_run(const struct endpoint_config *config, const struct supervised_program *program,
                   struct err *err)
{
    struct supervised supervised = {0};
    struct inherited inherited = {.parent = getpid()};
    sigprocmask(SIG_BLOCK, NULL, &inherited.mask);
    inherited.knows_descriptors = getrlimit(RLIMIT_NOFILE, &inherited.descriptors) == 0;
    struct endpoint_config own = *config;
    fill_signals(&own.signals);
    own.on_signal = on_signal;
    own.on_child = on_child;
    own.context = &supervised;
    struct endpoint *endpoint = auth_make(&own.auth, err) == 0 ? endpoint_new(&own, err) : NULL;
    int result = endpoint == NULL ? -1 : start_program(&own, &inherited, program, err);
    if (result == 0) {
        result = endpoint_run(endpoint, err);
    }
    endpoint_free(endpoint);
    auth_wipe(&own.auth);
    if (result != 0) {
        return -1;
    }
    return WIFSIGNALED(supervised.status) ? SIGNAL_BASE + WTERMSIG(supervised.status)
                                          : WEXITSTATUS(supervised.status);
}
