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
#include "net/address.h"

enum {
    TIMEOUT_DEFAULT_MS = 180000,
    HEADER_MAX = 40 << 10, /* a token in the address, twice: raw and decoded */
    CONNECTIONS_MAX = 32,
    TIMEOUT_MS = 10000,
    PORT_TRIES = 20,
    FAREWELL_MS = 2000, /* for the last answer to get out */
    TELL_SIZE = 1200,
};

static const char type_first[] = "with the browser on another machine, type there first:";

int browser_wait_timeout_ms(const struct args *args, int64_t *timeout_ms, struct err *err)
{
    return args_duration_ms(args, OPTION_LOGIN_TIMEOUT, TIMEOUT_DEFAULT_MS, timeout_ms, err);
}

static int wanted_port(const struct args *args, int64_t *port, struct err *err)
{
    const char *text = args_text(args, OPTION_PORT);
    *port = 0;
    return text == NULL || text_parse_int(text, 1, 65535, port)
               ? 0
               : err_set(err, ERR_USAGE, "--port \"%.40s\" is not a port: write 1 to 65535", text);
}

int browser_wait_check(const struct args *args, struct err *err)
{
    int64_t number = 0;
    const char *browser = args_text(args, OPTION_BROWSER);
    if (browser != NULL && (browser[0] == '\0' || strlen(browser) >= BROWSER_TEXT_SIZE)) {
        return err_set(err, ERR_USAGE, "--browser is empty, or too long");
    }
    return wanted_port(args, &number, err) != 0 ? -1 : browser_wait_timeout_ms(args, &number, err);
}

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
        .timeout_ms = TIMEOUT_MS,
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

/* A browser may take "localhost" for either address: the port must be ours on both. */
int browser_wait_open(struct browser_wait *waiting, struct err *err)
{
    int64_t port = 0;
    bool both = has_ipv6();
    if (wanted_port(waiting->args, &port, err) != 0 ||
        browser_wait_timeout_ms(waiting->args, &waiting->timeout_ms, err) != 0) {
        return -1;
    }
    for (int i = 0; i < PORT_TRIES; i++) {
        if (start_server(waiting, err) != 0 ||
            listen_on(waiting, "127.0.0.1", (int)port, err) != 0) {
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

static bool is_set(const struct args *args, const char *name)
{
    return args_environment(args, name) != NULL;
}

static int choose_browser(const struct args *args, struct browser *browser, struct err *err)
{
    const struct browser_wishes wishes = {
        .named = args_text(args, OPTION_BROWSER),
        .variable = args_environment(args, "BROWSER"),
        .path = args_environment(args, "PATH"),
        .remote = is_set(args, "SSH_CONNECTION") || is_set(args, "SSH_TTY"),
        .display = is_set(args, "DISPLAY") || is_set(args, "WAYLAND_DISPLAY") ||
                   is_set(args, "WSL_DISTRO_NAME"),
    };
    return browser_choose(browser, &wishes, err);
}

static bool holds_secret(const char *word)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const char *const names[] = {options[i].variable, options[i].alt_variable};
        for (int k = 0; options[i].secret && k < 2; k++) {
            if (names[k] != NULL && text_is_variable(word, names[k])) {
                return true;
            }
        }
    }
    return false;
}

/* A browser lives long, and what it starts inherits: it does not get the token. */
static pid_t start_browser(const struct browser_wait *waiting, const struct browser *browser,
                           const char *url, struct err *err)
{
    const char *const *all = waiting->args->environment;
    size_t count = 0;
    while (all[count] != NULL) {
        count++;
    }
    const char **rest = calloc(count + 1, sizeof(*rest));
    if (rest == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory for the environment");
    }
    count = 0;
    for (; *all != NULL; all++) {
        if (!holds_secret(*all)) {
            rest[count++] = *all;
        }
    }
    pid_t pid = browser_start(browser, url, rest, err);
    free(rest);
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

/* One of the words of "CLIENT PORT SERVER PORT", which sshd sets; "" where there are fewer. */
static void take_word(const char *ssh, int number, char out[64])
{
    for (int i = 0; i < number; i++) {
        ssh += strcspn(ssh, " ");
        ssh += strspn(ssh, " ");
    }
    snprintf(out, 64, "%.*s", (int)strcspn(ssh, " "), ssh);
}

/* The third word is how the user's machine knows this one. */
static void tell_ssh(const struct browser_wait *waiting, const char *ssh)
{
    char server[64];
    char port[64];
    take_word(ssh, 2, server);
    take_word(ssh, 3, port);
    bool usual = port[0] == '\0' || strcmp(port, "22") == 0;
    browser_wait_tell(waiting, "%s ssh %s%s%s-L %d:127.0.0.1:%d %s", type_first, usual ? "" : "-p ",
                      usual ? "" : port, usual ? "" : " ", waiting->port, waiting->port,
                      server[0] != '\0' ? server : "THIS-MACHINE");
}

/* Docker's mark, and what Podman and systemd-nspawn set. */
static bool is_container(const struct args *args)
{
    return is_set(args, "container") || access("/.dockerenv", F_OK) == 0;
}

/* Which line brings the browser's answer from another machine to our listener. */
static void tell_forward(const struct browser_wait *waiting)
{
    const struct args *args = waiting->args;
    const char *pod = args_environment(args, "HOSTNAME");
    const char *ssh = args_environment(args, "SSH_CONNECTION");
    if (is_set(args, "KUBERNETES_SERVICE_HOST")) {
        browser_wait_tell(waiting, "%s kubectl port-forward pod/%s %d:%d", type_first,
                          pod != NULL ? pod : "POD", waiting->port, waiting->port);
    } else if (ssh == NULL && is_container(args)) {
        browser_wait_tell(waiting, "a browser outside of this container reaches this program only "
                                   "where the container was started with --network host");
    } else {
        tell_ssh(waiting, ssh != NULL ? ssh : "");
    }
}

/* There is no browser here, or it failed: the AWS CLI, for one, keeps what is on standard error. */
static void tell_way(struct browser_wait *waiting, const char *why, const char *url)
{
    waiting->insists = terminal_insist(waiting->terminal);
    browser_wait_tell(waiting, "%s; %s, open this in a browser:", why, waiting->purpose);
    browser_wait_tell(waiting, "  %s", url);
    tell_forward(waiting);
    if (waiting->paste != NULL && waiting->terminal->fd >= 0) {
        browser_wait_tell(waiting,
                          "or paste here the address that the browser ends on (it is not shown), "
                          "and press Enter");
    }
    if (waiting->instead != NULL) {
        browser_wait_tell(waiting, "%s", waiting->instead);
    }
}

/* A browser's launcher that fails at once has opened nothing. */
static void look_after(struct browser_wait *waiting, pid_t *pid, const struct browser *browser,
                       const char *url)
{
    int status = 0;
    char why[BROWSER_TEXT_SIZE];
    if (*pid > 0 && waitpid(*pid, &status, WNOHANG) == *pid) {
        *pid = -1;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            snprintf(why, sizeof(why), "%s failed", browser->words[0]);
            tell_way(waiting, why, url);
        }
    }
}

/* Waits for what comes first: a request, a pasted line, a second. */
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

static int wait_for_person(struct browser_wait *waiting, pid_t *pid, const struct browser *browser,
                           const char *url, struct err *err)
{
    int64_t deadline_ms = clock_mono_ms() + waiting->timeout_ms;
    char line[160];
    while (!waiting->done) {
        int64_t left_ms = clock_left_ms(deadline_ms);
        int64_t left_s = (left_ms + 999) / 1000;
        if (terminal_signal() != 0) {
            return err_set(err, ERR_CANCELLED, "interrupted");
        }
        if (left_ms == 0) {
            return err_set(err, ERR_CANCELLED,
                           "nobody answered in the browser within %lld s (--login-timeout)",
                           (long long)((waiting->timeout_ms + 999) / 1000));
        }
        snprintf(line, sizeof(line), "waiting for the browser: %lld:%02lld left (Ctrl-C ends it)",
                 (long long)(left_s / 60), (long long)(left_s % 60));
        terminal_show(waiting->terminal, line);
        wait_once(waiting, left_ms);
        look_after(waiting, pid, browser, url);
    }
    return 0;
}

/* The browser has its answer when its connection is through with it. */
static void say_farewell(struct browser_wait *waiting)
{
    int64_t deadline_ms = clock_mono_ms() + FAREWELL_MS;
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
    struct err why;
    pid_t pid = -1;
    if (choose_browser(waiting->args, &browser, err) != 0) {
        return -1;
    }
    terminal_open(&terminal);
    waiting->terminal = &terminal;
    if (browser.program[0] != '\0') {
        pid = start_browser(waiting, &browser, url, &why);
        browser.why_none = why.text;
        log_debug("browser: %s%s", browser.program, pid > 0 ? "" : ": failed");
    }
    if (pid <= 0) {
        tell_way(waiting, browser.why_none, url);
    } else if (terminal.out >= 0) { /* else there is nothing to say: stderr may be a program's */
        browser_wait_tell(waiting, "opening the browser %s; if no page appears, open",
                          waiting->purpose);
        browser_wait_tell(waiting, "  %s", url);
    }
    int result = wait_for_person(waiting, &pid, &browser, url, err);
    terminal_close(&terminal);
    waiting->terminal = NULL;
    if (result == 0) {
        say_farewell(waiting);
    }
    return result;
}
