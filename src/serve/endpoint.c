/* SPDX-License-Identifier: MIT */
#include "serve/endpoint.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/random.h"
#include "net/address.h"
#include "net/peer.h"
#include "net/server.h"
#include "serve/agent.h"
#include "serve/children.h"
#include "serve/imds.h"
#include "serve/profile_list.h"
#include "serve/profile_set.h"
#include "serve/routes.h"

enum {
    CONNECTIONS_MAX = 512,
    HEADER_MAX = 4 << 10, /* SDKs send less than 1 KiB, and the response's headers are short */
    AGENT_CONNECTIONS_MAX = 900,
    AGENT_HEADER_MAX = 8 << 10, /* with the token of a service account (TOKEN_LEN_MAX) */
    BODY_MAX = 4 << 10,         /* no route reads a body */
    CLIENT_TIMEOUT_MS = 10000,
    DRAIN_MS = 700,
    KILL_MS = 100,
    DRAIN_STEP_MS = 20,
    EXIT_CHECK_MS = 300, /* how often to look for the file or process to end with */
    FD_SERVER = 0,
    FD_SIGNALS,
    FD_EXIT_WITH,
    FD_CHILDREN, /* CHILDREN_FDS from here on */
    FD_COUNT = FD_CHILDREN + CHILDREN_FDS,
};

struct endpoint {
    const struct endpoint_config *config;
    struct server *server;
    struct profile_set profile_set;
    struct renewal_pool renewals;
    struct agent *agent; /* or NULL */
    struct children children;
    struct imds imds;
    struct routes routes;
    struct pollfd fds[FD_COUNT];
    int signal_fd;
    int exit_fd;    /* pidfd of the process to end with, or -1 */
    int64_t now_ms; /* read once each time the loop continues: requests need no more */
    bool ending;
};

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct endpoint *endpoint = context;
    bool quit = false;
    endpoint->routes.stopping = endpoint->ending;
    endpoint->routes.counters = server_count(endpoint->server);
    enum server_verdict verdict =
        routes_respond(&endpoint->routes, request, endpoint->now_ms, response, &quit);
    endpoint->ending |= quit;
    return verdict;
}

/* clock_boot_ms: a request's time is compared with the lifetime of credentials. */
static int64_t read_now(const void *context)
{
    const struct endpoint *endpoint = context;
    return endpoint->now_ms;
}

static int open_server(struct endpoint *endpoint, struct err *err)
{
    const struct endpoint_config *config = endpoint->config;
    const struct server_options options = {
        .connections_max = config->agent != NULL ? AGENT_CONNECTIONS_MAX : CONNECTIONS_MAX,
        .header_max = config->agent != NULL ? AGENT_HEADER_MAX : HEADER_MAX,
        .body_max = BODY_MAX,
        .timeout_ms = CLIENT_TIMEOUT_MS,
        .context = endpoint,
        .now_ms = read_now,
        .handle = handle,
    };
    endpoint->server = server_new(&options, err);
    if (endpoint->server == NULL) {
        return -1;
    }
    for (int i = 0; i < config->address_count; i++) {
        if (server_listen(endpoint->server, &config->addresses[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The protocol has no secret: every program that reaches the metadata service gets a token. */
static bool is_own_user(const struct server_request *request)
{
    uid_t user = 0;
    return peer_find_user(request->fd, &user) && (user == 0 || user == geteuid());
}

static int open_agent(struct endpoint *endpoint, struct err *err)
{
    const struct agent_config *config = endpoint->config->agent;
    endpoint->children.renewals = &endpoint->renewals;
    if (config == NULL) {
        return 0;
    }
    endpoint->agent = agent_new(config, &endpoint->profile_set, err);
    if (endpoint->agent == NULL) {
        return -1;
    }
    endpoint->children.reviews = agent_reviews(endpoint->agent);
    return 0;
}

static int open_profiles(struct endpoint *endpoint, struct err *err)
{
    const struct endpoint_config *config = endpoint->config;
    struct profile_set *profile_set = &endpoint->profile_set;
    if (profile_set_init(profile_set, config->profiles, random_number, err) != 0) {
        return -1;
    }
    renewal_pool_init(&endpoint->renewals, profile_set, &config->work);
    for (int i = 0; i < config->profiles->count; i++) {
        profile_set->profiles[i].file_wanted = config->work.write != NULL;
    }
    if (config->first != NULL) {
        profile_set_succeed(profile_set, 0, &config->first->creds, config->first->left_s,
                            clock_boot_ms(), clock_wall_s());
    }
    return 0;
}

/* Blocks the signals and reads them from a descriptor. Renewals unblock them in their children. */
static int open_signals(struct endpoint *endpoint, struct err *err)
{
    sigset_t signals = endpoint->config->signals;
    sigaddset(&signals, SIGCHLD);
    endpoint->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (endpoint->signal_fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot handle signals");
    }
    return 0;
}

struct endpoint *endpoint_new(const struct endpoint_config *config, struct err *err)
{
    struct endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    endpoint->config = config;
    endpoint->signal_fd = -1;
    endpoint->exit_fd = -1;
    endpoint->now_ms = clock_boot_ms();
    if (open_server(endpoint, err) != 0 || open_profiles(endpoint, err) != 0 ||
        open_agent(endpoint, err) != 0 || (config->imds && imds_init(&endpoint->imds, err) != 0) ||
        open_signals(endpoint, err) != 0) {
        endpoint_free(endpoint);
        return NULL;
    }
    if (config->exit_with_pid > 0) {
        endpoint->exit_fd = (int)syscall(SYS_pidfd_open, config->exit_with_pid, 0);
    }
    endpoint->routes = (struct routes){
        .profile_set = &endpoint->profile_set,
        .default_profile = profile_list_default(config->profiles),
        .auth_token = config->auth.token,
        .addresses = config->addresses,
        .address_count = config->address_count,
        .imds = config->imds ? &endpoint->imds : NULL,
        .imds_accepts = config->imds_open ? NULL : is_own_user,
        .agent = endpoint->agent,
        .may_quit = config->on_child == NULL,
    };
    return endpoint;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void endpoint_free(struct endpoint *endpoint)
{
    if (endpoint == NULL) {
        return;
    }
    renewal_pool_done(&endpoint->renewals);
    agent_free(endpoint->agent);
    server_free(endpoint->server);
    profile_set_done(&endpoint->profile_set);
    close_if_open(endpoint->signal_fd);
    close_if_open(endpoint->exit_fd);
    explicit_bzero(endpoint, sizeof(*endpoint));
    free(endpoint);
}

static void step_children(struct endpoint *endpoint)
{
    if (children_step(&endpoint->children)) {
        server_wake(endpoint->server);
    }
}

/* A child that has ended; 0 or -1 if there is none. */
static pid_t next_ended(int *status)
{
    pid_t pid = 0;
    do {
        pid = waitpid(-1, status, WNOHANG);
    } while (pid < 0 && errno == EINTR);
    return pid;
}

static void reap_children(struct endpoint *endpoint)
{
    const struct endpoint_config *config = endpoint->config;
    int status = 0;
    for (pid_t pid = next_ended(&status); pid > 0; pid = next_ended(&status)) {
        if (!children_reap(&endpoint->children, pid) && config->on_child != NULL) {
            endpoint->ending |= config->on_child(config->context, pid, status);
        }
    }
}

static void handle_signals(struct endpoint *endpoint)
{
    const struct endpoint_config *config = endpoint->config;
    struct signalfd_siginfo info;
    while (read(endpoint->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        int number = (int)info.ssi_signo;
        if (number == SIGCHLD) {
            reap_children(endpoint);
        } else if (config->on_signal != NULL) {
            bool typed = info.ssi_code == SI_KERNEL;
            endpoint->ending |= config->on_signal(config->context, number, typed);
        } else if (number == SIGHUP) {
            profile_set_ask(&endpoint->profile_set);
        } else {
            endpoint->ending = true;
        }
    }
}

/* Without pidfd_open(2), which Linux has since 5.3, the process must be looked at regularly, and so
 * must a file. */
static bool needs_exit_checks(const struct endpoint *endpoint)
{
    const struct endpoint_config *config = endpoint->config;
    return config->exit_with_file != NULL || (config->exit_with_pid > 0 && endpoint->exit_fd < 0);
}

/* Whether the process to end with has ended, or the file exists. */
static bool must_exit(const struct endpoint *endpoint)
{
    const struct endpoint_config *config = endpoint->config;
    struct stat info;
    if (endpoint->exit_fd >= 0) {
        return endpoint->fds[FD_EXIT_WITH].revents != 0;
    }
    if (config->exit_with_pid > 0) {
        return kill(config->exit_with_pid, 0) != 0 && errno == ESRCH;
    }
    return config->exit_with_file != NULL && stat(config->exit_with_file, &info) == 0;
}

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

static int timeout_ms(const struct endpoint *endpoint)
{
    int wait_ms = children_timeout_ms(&endpoint->children, endpoint->now_ms);
    int server_ms = server_timeout_ms(endpoint->server);
    wait_ms = server_ms >= 0 ? lesser(wait_ms, server_ms) : wait_ms;
    if (endpoint->agent != NULL) {
        wait_ms = lesser(wait_ms, agent_timeout_ms(endpoint->agent, endpoint->now_ms));
    }
    return needs_exit_checks(endpoint) ? lesser(wait_ms, EXIT_CHECK_MS) : wait_ms;
}

/* Credentials are served on while the system has no memory for poll; the pause prevents a busy
 * loop.
 */
static int pause_without_memory(void)
{
    enum { PAUSE_MS = 100 };
    (void)!clock_sleep_ms(PAUSE_MS, INT64_MAX);
    return 0;
}

static int wait_for_events(struct endpoint *endpoint, struct err *err)
{
    struct pollfd *fds = endpoint->fds;
    fds[FD_SERVER] = (struct pollfd){.fd = server_fd(endpoint->server), .events = POLLIN};
    fds[FD_SIGNALS] = (struct pollfd){.fd = endpoint->signal_fd, .events = POLLIN};
    fds[FD_EXIT_WITH] = (struct pollfd){.fd = endpoint->exit_fd, .events = POLLIN};
    children_poll(&endpoint->children, fds + FD_CHILDREN);
    int ready = poll(fds, FD_COUNT, timeout_ms(endpoint));
    int failure = ready < 0 ? errno : 0;
    endpoint->now_ms = clock_boot_ms();
    errno = failure;
    return failure == 0 || failure == EINTR ? 0
           : failure == ENOMEM              ? pause_without_memory()
                                            : err_set_errno(err, ERR_INTERNAL, "poll");
}

/* Until all responses are sent and all renewals have ended, or the time is over. */
static void run_down(struct endpoint *endpoint, int64_t limit_ms)
{
    int64_t deadline_ms = clock_mono_ms() + limit_ms;
    while ((!server_drain(endpoint->server) || children_are_running(&endpoint->children)) &&
           clock_left_ms(deadline_ms) > 0) {
        struct pollfd fds[] = {{.fd = server_fd(endpoint->server), .events = POLLIN},
                               {.fd = endpoint->signal_fd, .events = POLLIN}};
        poll(fds, 2, lesser((int)clock_left_ms(deadline_ms), DRAIN_STEP_MS));
        endpoint->now_ms = clock_boot_ms();
        handle_signals(endpoint);
        server_run(endpoint->server);
        step_children(endpoint);
    }
}

/* Sends the responses that are under way; requests that wait for credentials are answered without
 * them. Stops the renewals, but lets one that is writing a file complete it. */
static void drain(struct endpoint *endpoint)
{
    children_stop(&endpoint->children, SIGTERM);
    server_run(endpoint->server);
    server_wake(endpoint->server);
    run_down(endpoint, DRAIN_MS);
    children_stop(&endpoint->children, SIGKILL);
    run_down(endpoint, KILL_MS);
}

int endpoint_run(struct endpoint *endpoint, struct err *err)
{
    const struct endpoint_config *config = endpoint->config;
    if (config->confine != NULL) {
        config->confine(config->work.context);
    }
    while (!endpoint->ending) {
        children_start(&endpoint->children, endpoint->now_ms);
        if (wait_for_events(endpoint, err) != 0) {
            return -1;
        }
        handle_signals(endpoint);
        step_children(endpoint);
        if (endpoint->agent != NULL) {
            agent_check_policy_file(endpoint->agent, endpoint->now_ms);
        }
        server_run(endpoint->server);
        endpoint->ending |= must_exit(endpoint);
    }
    drain(endpoint);
    return 0;
}
