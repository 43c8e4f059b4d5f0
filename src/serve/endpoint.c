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
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "net/address.h"
#include "net/server.h"
#include "serve/imds.h"
#include "serve/profile_set.h"
#include "serve/routes.h"

enum {
    CONNECTIONS_MAX = 512,
    HEADER_MAX = 4 << 10, /* SDKs send under 1 KB, and the answer's headers are short */
    BODY_MAX = 4 << 10,   /* nobody sends one; POST /quit may */
    CLIENT_PATIENCE_MS = 10000,
    DRAIN_MS = 800,
    LOOK_MS = 300, /* at the file or process to end with, where only looking helps */
    FD_SERVER = 0,
    FD_SIGNALS,
    FD_EXIT_WITH,
    FD_RENEWALS, /* one per profile from here on */
};

struct endpoint {
    const struct endpoint_config *config;
    struct server *server;
    struct profile_set profile_set;
    struct imds imds;
    struct routes routes;
    struct renewal *renewals;
    struct pollfd *fds;
    int signal_fd;
    int exit_fd; /* a pidfd, or -1 */
    bool ending;
};

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct endpoint *endpoint = context;
    const struct routes_now now = {.boot_ms = clock_boot_ms(), .mono_ms = clock_mono_ms()};
    bool quit = false;
    endpoint->routes.stopping = endpoint->ending;
    endpoint->routes.counters = server_count(endpoint->server);
    enum server_verdict verdict = routes_respond(&endpoint->routes, request, &now, response, &quit);
    endpoint->ending |= quit;
    return verdict;
}

static int open_server(struct endpoint *endpoint, struct err *err)
{
    const struct endpoint_config *config = endpoint->config;
    const struct server_options options = {
        .connections_max = CONNECTIONS_MAX,
        .header_max = HEADER_MAX,
        .body_max = BODY_MAX,
        .timeout_ms = CLIENT_PATIENCE_MS,
        .context = endpoint,
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

static int open_profiles(struct endpoint *endpoint, struct err *err)
{
    const struct endpoint_config *config = endpoint->config;
    size_t count = (size_t)config->profile_count;
    if (profile_set_init(&endpoint->profile_set, config->profile_count, random_number, err) != 0) {
        return -1;
    }
    endpoint->renewals = calloc(count, sizeof(*endpoint->renewals));
    endpoint->fds = calloc(count + FD_RENEWALS, sizeof(*endpoint->fds));
    if (endpoint->renewals == NULL || endpoint->fds == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    for (int i = 0; i < config->profile_count; i++) {
        struct profile_state *profile = &endpoint->profile_set.profiles[i];
        renewal_init(&endpoint->renewals[i]);
        profile->file_wanted = config->work.write != NULL;
        if (!text_copy(profile->name, sizeof(profile->name), config->profiles[i])) {
            return err_set(err, ERR_USAGE, "the profile's name is too long: %.40s...",
                           config->profiles[i]);
        }
    }
    if (config->first != NULL) {
        profile_set_succeed(&endpoint->profile_set, 0, &config->first->creds, config->first->left_s,
                            clock_boot_ms(), clock_wall_s());
    }
    return 0;
}

/* The fetching children must see these signals as any process does; they take the mask back. */
static int open_signals(struct endpoint *endpoint, struct err *err)
{
    sigset_t signals = endpoint->config->signals;
    sigaddset(&signals, SIGCHLD);
    endpoint->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (endpoint->signal_fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) != 0) {
        return err_set_errno(err, ERR_INTERNAL, "cannot take signals");
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
    if (open_server(endpoint, err) != 0 || open_profiles(endpoint, err) != 0 ||
        (config->imds && imds_init(&endpoint->imds, err) != 0) ||
        open_signals(endpoint, err) != 0) {
        endpoint_free(endpoint);
        return NULL;
    }
    if (config->exit_with_pid > 0) {
        endpoint->exit_fd = (int)syscall(SYS_pidfd_open, config->exit_with_pid, 0);
    }
    endpoint->routes = (struct routes){
        .profile_set = &endpoint->profile_set,
        .default_profile = config->default_profile,
        .auth_token = config->auth.token,
        .addresses = config->addresses,
        .address_count = config->address_count,
        .imds = config->imds ? &endpoint->imds : NULL,
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
    for (int i = 0; endpoint->renewals != NULL && i < endpoint->profile_set.count; i++) {
        renewal_done(&endpoint->renewals[i]);
    }
    server_free(endpoint->server);
    profile_set_done(&endpoint->profile_set);
    close_if_open(endpoint->signal_fd);
    close_if_open(endpoint->exit_fd);
    free(endpoint->renewals);
    free(endpoint->fds);
    explicit_bzero(endpoint, sizeof(*endpoint));
    free(endpoint);
}

/* Says a failure once, not at every attempt: an outage may be long. */
static void note_failure(const struct profile_state *profile, const struct err *why)
{
    if (strcmp(profile->last.text, why->text) != 0) {
        log_warn("profile %s: %s", profile->name, why->text);
    } else {
        log_debug("profile %s: %s", profile->name, why->text);
    }
}

static void start_renewals(struct endpoint *endpoint)
{
    int64_t want_left_s = 0;
    int64_t now_ms = clock_boot_ms();
    int at = profile_set_start(&endpoint->profile_set, now_ms, &want_left_s);
    while (at >= 0) {
        struct err err;
        if (renewal_start(&endpoint->renewals[at], &endpoint->config->work, at, want_left_s,
                          &err) != 0) {
            note_failure(&endpoint->profile_set.profiles[at], &err);
            profile_set_fail(&endpoint->profile_set, at, &err, now_ms);
            profile_set_end(&endpoint->profile_set, at);
        }
        at = profile_set_start(&endpoint->profile_set, now_ms, &want_left_s);
    }
}

static void take_credentials(struct endpoint *endpoint, int at)
{
    struct profile_set *profile_set = &endpoint->profile_set;
    struct profile_state *profile = &profile_set->profiles[at];
    struct renewal_report *report = &endpoint->renewals[at].report;
    struct err before = profile->last;
    if (!profile_set_succeed(profile_set, at, &report->creds, report->left_s, clock_boot_ms(),
                             clock_wall_s())) {
        struct profile_state known = {.last = before};
        text_copy(known.name, sizeof(known.name), profile->name);
        note_failure(&known, &profile->last);
    } else if (profile->renewals == 1 || before.kind != ERR_NONE) {
        log_note("profile %s: credentials for %lld s", profile->name, (long long)report->left_s);
    }
    aws_credentials_wipe(&report->creds);
    server_wake(endpoint->server);
}

/* What a renewal has come to. */
static void follow_renewal(struct endpoint *endpoint, int at)
{
    struct renewal *renewal = &endpoint->renewals[at];
    struct profile_set *profile_set = &endpoint->profile_set;
    for (;;) {
        switch (renewal_step(renewal)) {
        case RENEWAL_NOTHING:
            return;
        case RENEWAL_FETCHED:
            take_credentials(endpoint, at);
            break;
        case RENEWAL_FAILED:
            note_failure(&profile_set->profiles[at], &renewal->report.err);
            profile_set_fail(profile_set, at, &renewal->report.err, clock_boot_ms());
            server_wake(endpoint->server);
            break;
        case RENEWAL_FILE_WRITTEN:
            profile_set_note_file(profile_set, at, true, clock_boot_ms());
            break;
        case RENEWAL_FILE_FAILED:
            log_warn("profile %s: --also-write: %s", profile_set->profiles[at].name,
                     renewal->report.err.text);
            profile_set_note_file(profile_set, at, false, clock_boot_ms());
            break;
        case RENEWAL_ENDED:
            profile_set_end(profile_set, at);
            return;
        }
    }
}

static void follow_renewals(struct endpoint *endpoint)
{
    for (int i = 0; i < endpoint->profile_set.count; i++) {
        if (endpoint->renewals[i].fd >= 0) {
            follow_renewal(endpoint, i);
        }
    }
}

static void reap(struct endpoint *endpoint)
{
    int status = 0;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    for (; pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        bool ours = false;
        for (int i = 0; i < endpoint->profile_set.count; i++) {
            if (endpoint->renewals[i].pid == pid) {
                endpoint->renewals[i].pid = 0;
                ours = true;
            }
        }
        if (!ours && endpoint->config->on_child != NULL) {
            endpoint->ending |= endpoint->config->on_child(endpoint->config->context, pid, status);
        }
    }
}

static void take_signals(struct endpoint *endpoint)
{
    const struct endpoint_config *config = endpoint->config;
    struct signalfd_siginfo info;
    while (read(endpoint->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        int number = (int)info.ssi_signo;
        if (number == SIGCHLD) {
            reap(endpoint);
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

/* A process that is gone, or a file that is there. Without pidfd_open(2) (Linux 5.3) the process is
 * looked at now and then. */
static bool is_over(const struct endpoint *endpoint)
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

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int timeout_ms(const struct endpoint *endpoint)
{
    const struct endpoint_config *config = endpoint->config;
    int64_t next_ms = profile_set_next_ms(&endpoint->profile_set);
    int64_t wait_ms = INT32_MAX;
    int server_ms = server_timeout_ms(endpoint->server);
    if (next_ms != INT64_MAX) {
        int64_t left_ms = next_ms - clock_boot_ms();
        wait_ms = sooner(wait_ms, left_ms > 0 ? left_ms : 0);
    }
    for (int i = 0; i < endpoint->profile_set.count; i++) {
        if (endpoint->renewals[i].fd >= 0) {
            wait_ms = sooner(wait_ms, clock_left_ms(endpoint->renewals[i].deadline_ms));
        }
    }
    if (server_ms >= 0) {
        wait_ms = sooner(wait_ms, server_ms);
    }
    if (config->exit_with_file != NULL || (config->exit_with_pid > 0 && endpoint->exit_fd < 0)) {
        wait_ms = sooner(wait_ms, LOOK_MS);
    }
    return (int)wait_ms;
}

static int wait_for_events(struct endpoint *endpoint, struct err *err)
{
    int count = endpoint->profile_set.count;
    struct pollfd *fds = endpoint->fds;
    fds[FD_SERVER] = (struct pollfd){.fd = server_fd(endpoint->server), .events = POLLIN};
    fds[FD_SIGNALS] = (struct pollfd){.fd = endpoint->signal_fd, .events = POLLIN};
    fds[FD_EXIT_WITH] = (struct pollfd){.fd = endpoint->exit_fd, .events = POLLIN};
    for (int i = 0; i < count; i++) {
        fds[FD_RENEWALS + i] = (struct pollfd){.fd = endpoint->renewals[i].fd, .events = POLLIN};
    }
    int ready = poll(fds, (nfds_t)(count + FD_RENEWALS), timeout_ms(endpoint));
    return ready < 0 && errno != EINTR ? err_set_errno(err, ERR_INTERNAL, "cannot wait") : 0;
}

static bool is_writing(const struct endpoint *endpoint)
{
    for (int i = 0; i < endpoint->profile_set.count; i++) {
        if (renewal_is_writing(&endpoint->renewals[i])) {
            return true;
        }
    }
    return false;
}

/* Answers that are under way reach their clients, and a file that is being written is completed;
 * nobody is kept waiting for it. */
static void drain(struct endpoint *endpoint)
{
    int64_t deadline_ms = clock_mono_ms() + DRAIN_MS;
    server_run(endpoint->server);
    server_wake(endpoint->server);
    while ((!server_drain(endpoint->server) || is_writing(endpoint)) &&
           clock_left_ms(deadline_ms) > 0) {
        struct pollfd fd = {.fd = server_fd(endpoint->server), .events = POLLIN};
        poll(&fd, 1, (int)sooner(clock_left_ms(deadline_ms), 20));
        server_run(endpoint->server);
        follow_renewals(endpoint);
    }
}

int endpoint_run(struct endpoint *endpoint, struct err *err)
{
    while (!endpoint->ending) {
        start_renewals(endpoint);
        if (wait_for_events(endpoint, err) != 0) {
            return -1;
        }
        take_signals(endpoint);
        follow_renewals(endpoint);
        server_run(endpoint->server);
        endpoint->ending |= is_over(endpoint);
    }
    drain(endpoint);
    return 0;
}
