/* SPDX-License-Identifier: MIT */
#include "serve/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/process.h"
#include "net/address.h"
#include "serve/endpoint.h"

extern char **environ;

enum { VARIABLE_SIZE = AUTH_TOKEN_SIZE + 64 };

/* The program, as the callbacks of the endpoint see it. */
struct supervised {
    pid_t pid;
    int status; /* as waitpid says it */
};

/* All that can be passed on; not those that tell of a fault of this process itself. */
static void fill_signals(sigset_t *signals)
{
    static const int own[] = {SIGFPE,  SIGILL, SIGSEGV, SIGBUS, SIGABRT,
                              SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU};
    sigfillset(signals);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        sigdelset(signals, own[i]);
    }
}

static bool on_signal(void *context, int number)
{
    const struct supervised *supervised = context;
    kill(supervised->pid, number);
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

/* A process group of its own, in the foreground of the terminal where this one was: what is typed
 * there then reaches the program once, not a second time through this process. */
static void lead_group(void)
{
    sigset_t background;
    sigset_t before;
    bool foreground = tcgetpgrp(STDIN_FILENO) == getpgrp();
    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    setpgid(0, 0);
    sigprocmask(SIG_BLOCK, &background, &before);
    if (foreground) {
        tcsetpgrp(STDIN_FILENO, getpgrp());
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* What the server added or changed for itself is not the program's. */
struct inherited {
    sigset_t mask;
    struct rlimit descriptors;
    pid_t parent;
};

static void run_child(const struct inherited *inherited, char *const *argv, char **env, int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != inherited->parent) {
        _exit(1);
    }
    lead_group();
    process_soften();
    setrlimit(RLIMIT_NOFILE, &inherited->descriptors);
    sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
    environ = env; /* execvp looks for PATH there */
    execvp(argv[0], argv);
    int failed = errno;
    ssize_t told = write(fd, &failed, sizeof(failed));
    _exit(told == (ssize_t)sizeof(failed) ? SUPERVISOR_CANNOT_RUN : 1);
}

/* The environment with two variables more. */
static char **extend(const char *const *env, char *address, char *token)
{
    size_t count = 0;
    while (env[count] != NULL) {
        count++;
    }
    char **longer = calloc(count + 3, sizeof(*longer));
    if (longer != NULL) {
        memcpy(longer, env, count * sizeof(*longer));
        longer[count] = address;
        longer[count + 1] = token;
    }
    return longer;
}

/* Whether the program runs is known when its end of the pipe closes: execve does that. */
static int confirm(int fd, const char *name, int *status, struct err *err)
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
    *status = failed == ENOENT || failed == ENOTDIR ? SUPERVISOR_NOT_FOUND : SUPERVISOR_CANNOT_RUN;
    return err_set_errno(err, ERR_USAGE, "cannot run %s", name);
}

static int start(const struct inherited *inherited, char *const *argv, char **env, pid_t *pid,
                 int *status, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot make a pipe");
    }
    *pid = fork();
    if (*pid == 0) {
        run_child(inherited, argv, env, ends[1]);
    }
    close(ends[1]);
    int result = *pid < 0 ? err_set_errno(err, ERR_INTERNAL, "cannot start a process")
                          : confirm(ends[0], argv[0], status, err);
    close(ends[0]);
    return result;
}

static int run(struct endpoint_config *config, const struct inherited *inherited, char *const *argv,
               const char *const *env, int *status, struct err *err)
{
    struct supervised *supervised = config->context;
    char where[ADDRESS_TEXT_SIZE];
    char address[VARIABLE_SIZE];
    char token[VARIABLE_SIZE];
    struct endpoint *endpoint = endpoint_new(config, err);
    if (endpoint == NULL) {
        return -1;
    }
    address_format(&config->addresses[0], where);
    snprintf(address, sizeof(address), "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://%s/", where);
    snprintf(token, sizeof(token), "AWS_CONTAINER_AUTHORIZATION_TOKEN=%s", config->auth.token);
    char **longer = extend(env, address, token);
    int result = longer == NULL ? err_set(err, ERR_INTERNAL, "out of memory")
                                : start(inherited, argv, longer, &supervised->pid, status, err);
    free(longer);
    explicit_bzero(token, sizeof(token));
    if (result == 0) {
        result = endpoint_run(endpoint, err);
    }
    endpoint_free(endpoint);
    return result;
}

int supervisor_run(struct endpoint_config *config, char *const *argv, const char *const *env,
                   int *status, struct err *err)
{
    struct supervised supervised = {0};
    struct inherited inherited = {.parent = getpid()};
    sigprocmask(SIG_BLOCK, NULL, &inherited.mask);
    getrlimit(RLIMIT_NOFILE, &inherited.descriptors);
    struct endpoint_config own = *config;
    fill_signals(&own.signals);
    own.on_signal = on_signal;
    own.on_child = on_child;
    own.context = &supervised;
    *status = SUPERVISOR_CANNOT_RUN;
    if (auth_make(&own.auth, err) != 0 || run(&own, &inherited, argv, env, status, err) != 0) {
        return -1;
    }
    *status = WIFSIGNALED(supervised.status) ? SUPERVISOR_SIGNAL_BASE + WTERMSIG(supervised.status)
                                             : WEXITSTATUS(supervised.status);
    return 0;
}
