/* SPDX-License-Identifier: MIT */
#include "login/browser_wait.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/terminal.h"
#include "base/text.h"
#include "login/browser.h"
#include "login/browser_environment.h"
#include "net/address.h"

enum {
    HEADER_MAX = 40 << 10, /* a token in the URL, twice: raw and decoded */
    CONNECTIONS_MAX = 32,
    CONNECTION_TIMEOUT_MS = 10000,
    PORT_TRIES = 20,
    LAST_RESPONSE_MS = 2000,
    TELL_SIZE = 1200,
};

static int listen_on(struct browser_wait *waiting, const char *host, int port, struct err *err)
{
    char text[32];
    struct address address;
    snprintf(text, sizeof(text), "%s:%d", host, port);
    if (address_parse(&address, text, err) != 0 ||
        server_listen(waiting->server, &address, err) != 0) {
        return -1;
    }
    waiting->port = address_port(&address);
    return 0;
}

static int start_server(struct browser_wait *waiting, struct err *err)
{
    const struct server_options limits = {
        .connections_max = CONNECTIONS_MAX,
        .header_max = HEADER_MAX,
        .body_max = waiting->body_max,
        .timeout_ms = CONNECTION_TIMEOUT_MS,
        .context = waiting->context,
        .handle = waiting->handle,
    };
    waiting->server = server_new(&limits, err);
    return waiting->server != NULL ? 0 : -1;
}

/* Whether the machine has ::1 at all. */
static bool has_ipv6(void)
{
    struct address address;
    struct err ignored;
    if (address_parse(&address, "[::1]:0", &ignored) != 0) {
        return false;
    }
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, &address.at.any, address.len) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return good;
}

/* A browser may connect to "localhost" at either address: the port must be ours on both. */
int browser_wait_open(struct browser_wait *waiting, struct err *err)
{
    int port = waiting->options->port;
    bool both = has_ipv6();
    for (int i = 0; i < PORT_TRIES; i++) {
        if (start_server(waiting, err) != 0 || listen_on(waiting, "127.0.0.1", port, err) != 0) {
            return -1;
        }
        if (!both || listen_on(waiting, "[::1]", waiting->port, err) == 0) {
            return 0;
        }
        if (port != 0) {
            return -1;
        }
        browser_wait_close(waiting);
    }
    return err_wrap(err, "no port is free on both 127.0.0.1 and ::1");
}

void browser_wait_close(struct browser_wait *waiting)
{
    server_free(waiting->server);
    waiting->server = NULL;
}

static int choose_browser(const struct browser_options *options, struct browser *browser,
                          struct err *err)
{
    struct browser_request request = {.command = options->command};
    browser_environment_read(options->environment, &request);
    return browser_choose(browser, &request, err) == 0
               ? 0
               : err_wrap(err, "%s", options->command_source);
}

/* A browser runs for long, and passes its environment on: it does not get the secrets. */
static pid_t start_browser(const struct browser_wait *waiting, const struct browser *browser,
                           const char *url, struct err *err)
{
    const char *const *all = waiting->options->environment;
    size_t count = 0;
    while (all[count] != NULL) {
        count++;
    }
    const char **kept = calloc(count + 1, sizeof(*kept));
    if (kept == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory for the environment");
    }
    count = 0;
    for (; *all != NULL; all++) {
        if (!waiting->options->is_secret(*all)) {
            kept[count++] = *all;
        }
    }
    pid_t pid = browser_start(browser, url, kept, err);
    free(kept);
    return pid;
}

void browser_wait_tell(const struct browser_wait *waiting, const char *format, ...)
{
    char text[TELL_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    terminal_show(waiting->terminal, "");
    log_note("%s", text);
    if (waiting->insists) {
        text_clean(text);
        dprintf(waiting->terminal->out, "duplojit: %s\n", text);
    }
}

static void settle(struct browser_wait *waiting)
{
    if (!waiting->settled && waiting->options->settled != NULL) {
        waiting->options->settled(waiting->options->settled_context);
        waiting->settled = true;
    }
}

/* The portal is asked now, because the browser has opened the page. */
void browser_wait_pause(struct browser_wait *waiting)
{
    settle(waiting);
    terminal_close(waiting->terminal);
    if (terminal_signal() != 0) {
        raise(terminal_signal());
    }
}

void browser_wait_resume(struct browser_wait *waiting)
{
    terminal_open(waiting->terminal);
    if (waiting->insists) {
        terminal_insist(waiting->terminal);
    }
}

/* No browser was opened (why "": the user wants none). Programs such as the AWS CLI keep what is
 * on standard error, so it goes to the terminal as well. */
static void tell_url(struct browser_wait *waiting, const char *why, const char *url)
{
    char advice[BROWSER_ADVICE_SIZE];
    browser_environment_advise(waiting->options->environment, waiting->port, advice);
    waiting->insists = terminal_insist(waiting->terminal);
    browser_wait_tell(waiting, "%s%s%s%s, open this URL in a browser:",
                      why[0] != '\0' ? "cannot open a browser here (" : "", why,
                      why[0] != '\0' ? "); " : "", waiting->purpose);
    browser_wait_tell(waiting, "  %s", url);
    browser_wait_tell(waiting, "%s", advice);
    if (waiting->paste != NULL && waiting->terminal->fd >= 0) {
        browser_wait_tell(waiting,
                          "or paste here the URL that the browser ends on (it is not shown) and "
                          "press Enter");
    }
    if (waiting->instead != NULL) {
        browser_wait_tell(waiting, "%s", waiting->instead);
    }
}

/* Starts the chosen browser, or the first of the others that starts. Returns its process, or -1 if
 * there is none. */
static pid_t start_any(const struct browser_wait *waiting, struct browser *browser, const char *url)
{
    struct err why;
    for (bool more = browser->program[0] != '\0'; more; more = browser_next(browser, why.text)) {
        pid_t pid = start_browser(waiting, browser, url, &why);
        log_debug("browser: %s%s", browser->program, pid > 0 ? "" : ": failed");
        if (pid > 0) {
            return pid;
        }
    }
    return -1;
}

/* A browser command that has failed has opened no page: starts the next one. */
static void check_browser(struct browser_wait *waiting, pid_t *pid, struct browser *browser,
                          const char *url)
{
    int status = 0;
    if (*pid <= 0 || waitpid(*pid, &status, WNOHANG) != *pid) {
        return;
    }
    *pid = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        *pid = !waiting->settled && browser_next(browser, "failed")
                   ? start_any(waiting, browser, url)
                   : -1;
        if (*pid < 0) {
            tell_url(waiting, browser->why, url);
        }
    }
}

/* Waits for a request, a pasted line, or the next second of the countdown. */
static void wait_once(struct browser_wait *waiting, int64_t left_ms)
{
    struct terminal *terminal = waiting->terminal;
    int input = terminal_input(terminal);
    struct pollfd files[] = {
        {.fd = server_fd(waiting->server), .events = POLLIN},
        {.fd = waiting->paste != NULL ? input : -1, .events = POLLIN},
    };
    int server_ms = server_timeout_ms(waiting->server);
    int64_t wait_ms = left_ms % 1000 + 1;
    wait_ms = server_ms >= 0 && server_ms < wait_ms ? server_ms : wait_ms;
    poll(files, 2, (int)wait_ms);
    server_run(waiting->server);
    if (waiting->paste != NULL && files[1].revents != 0) {
        if (terminal_read(terminal)) {
            waiting->paste(waiting->context, buf_str(&terminal->line));
            buf_clear(&terminal->line);
        } else if ((files[1].revents & POLLIN) == 0) {
            waiting->paste = NULL; /* the terminal is gone */
        }
    }
}

static int wait_for_person(struct browser_wait *waiting, pid_t *pid, struct browser *browser,
                           const char *url, struct err *err)
{
    int64_t deadline_ms = clock_mono_ms() + waiting->options->timeout_ms;
    char line[160];
    while (!waiting->done) {
        int64_t left_ms = clock_left_ms(deadline_ms);
        int64_t left_s = (left_ms + 999) / 1000;
        if (terminal_signal() != 0) {
            return err_set(err, ERR_CANCELLED, "interrupted");
        }
        if (left_ms == 0) {
            return err_set(err, ERR_CANCELLED, "no answer from the browser within %lld s; %s",
                           (long long)((waiting->options->timeout_ms + 999) / 1000),
                           waiting->options->timeout_hint);
        }
        snprintf(line, sizeof(line), "waiting for the browser: %lld:%02lld left (Ctrl-C cancels)",
                 (long long)(left_s / 60), (long long)(left_s % 60));
        terminal_show(waiting->terminal, line);
        if (*pid <= 0) {
            settle(waiting);
        }
        wait_once(waiting, left_ms);
        check_browser(waiting, pid, browser, url);
    }
    return 0;
}

/* Lets the browser receive the last response. */
static void send_last_response(struct browser_wait *waiting)
{
    int64_t deadline_ms = clock_mono_ms() + LAST_RESPONSE_MS;
    while (!server_drain(waiting->server) && clock_left_ms(deadline_ms) > 0) {
        struct pollfd file = {.fd = server_fd(waiting->server), .events = POLLIN};
        int server_ms = server_timeout_ms(waiting->server);
        poll(&file, 1, server_ms >= 0 && server_ms < 50 ? server_ms : 50);
        server_run(waiting->server);
    }
}

int browser_wait_run(struct browser_wait *waiting, const char *url, struct err *err)
{
    struct browser browser;
    struct terminal terminal;
    if (choose_browser(waiting->options, &browser, err) != 0) {
        return -1;
    }
    terminal_open(&terminal);
    waiting->terminal = &terminal;
    pid_t pid = start_any(waiting, &browser, url);
    if (pid <= 0) {
        tell_url(waiting, browser.why, url);
    } else if (terminal.out >= 0) { /* else a program may read standard error: no message */
        browser_wait_tell(waiting, "opening the browser %s; if no page appears, open this URL:",
                          waiting->purpose);
        browser_wait_tell(waiting, "  %s", url);
    }
    int result = wait_for_person(waiting, &pid, &browser, url, err);
    terminal_close(&terminal);
    waiting->terminal = NULL;
    if (result == 0) {
        send_last_response(waiting);
    }
    return result;
}
