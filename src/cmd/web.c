/* SPDX-License-Identifier: MIT */
/*
 * duplojit web: the AWS console in the browser. The link signs in whoever has it, and a program's
 * arguments can be read by all: the browser gets the address of a page of ours, which it can load
 * once and which sends it on.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws/console_link.h"
#include "aws/credentials.h"
#include "base/err.h"
#include "base/random.h"
#include "cli/output.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "login/callback.h"
#include "session/session.h"

enum {
    SECRET_LEN = 16,
    PATH_SIZE = 2 + 2 * SECRET_LEN,
    PAGE_MAX = 5 * CONSOLE_LINK_MAX,
    PLACE_MAX = 2000,
};

struct request {
    bool print_url;
    bool logout_first;
};

/* The page that the browser loads. */
struct handover {
    struct browser_wait waiting;
    const char *link;
    char path[PATH_SIZE];
};

static void add_page(struct buf *out, const char *link)
{
    struct buf escaped;
    buf_init(&escaped, PAGE_MAX);
    for (; *link != '\0'; link++) { /* quotes and brackets are never in it */
        if (*link == '&') {
            buf_add_str(&escaped, "&amp;");
        } else {
            buf_add_char(&escaped, *link);
        }
    }
    buf_add_fmt(out,
                "<!doctype html><meta charset=\"utf-8\"><title>duplojit</title>"
                "<meta http-equiv=\"refresh\" content=\"0;url=%s\">"
                "<style>:root{color-scheme:light dark}</style>"
                "<p><a href=\"%s\">AWS console</a></p>",
                buf_str(&escaped), buf_str(&escaped));
    buf_done(&escaped);
}

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct handover *handover = context;
    const char *host = server_header(request, "Host");
    bool wanted = !handover->waiting.done && host != NULL && login_host_is_loopback(host) &&
                  strcmp(request->method, "GET") == 0 && strcmp(request->path, handover->path) == 0;
    response->close = true;
    if (!wanted) {
        login_show_page(response, 404, "Nothing here", "duplojit waits here for its own browser.");
        return SERVER_RESPOND;
    }
    add_page(&response->body, handover->link);
    if (!buf_failed(&response->body)) {
        response->status = 200;
        response->content_type = "text/html; charset=utf-8";
        login_guard_page(response);
        handover->waiting.done = true;
    }
    return SERVER_RESPOND;
}

static int hand_over(struct handover *handover, struct err *err)
{
    char url[64 + PATH_SIZE];
    handover->path[0] = '/';
    if (random_hex(handover->path + 1, SECRET_LEN, err) != 0 ||
        browser_wait_open(&handover->waiting, err) != 0) {
        return -1;
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", handover->waiting.port, handover->path);
    return browser_wait_run(&handover->waiting, url, err);
}

static int show(const struct args *args, const char *link, struct err *err)
{
    struct browser_options browser;
    if (session_browser(args, &browser, err) != 0) {
        return -1;
    }
    struct handover handover = {
        .waiting = {.options = &browser,
                    .purpose = "to open the AWS console",
                    .instead = "or --print-url prints the sign-in link, which works anywhere",
                    .handle = handle},
        .link = link,
    };
    handover.waiting.context = &handover;
    int result = hand_over(&handover, err);
    browser_wait_close(&handover.waiting);
    return result;
}

/* Appends the link with the changes that the options ask for. */
static int build_link(const char *link, const struct console_request *request, struct buf *out,
                      struct err *err)
{
    return console_link_build(link, request, out, err) == 0 ? 0
           : err->kind == ERR_USAGE                         ? err_wrap(err, "--destination")
                                                            : -1;
}

/* The portal's link, as the options want it. */
static int deliver(const struct args *args, const struct request *how, const char *link,
                   const char *region, struct err *err)
{
    struct buf out;
    const char *wanted = args_text(args, OPTION_REGION);
    const struct console_request request = {
        .destination = args_text(args, OPTION_DESTINATION),
        .region = wanted != NULL ? wanted : region,
        .logout_first = how->logout_first,
    };
    buf_init(&out, PAGE_MAX);
    int result = build_link(link, &request, &out, err);
    if (result == 0 && how->print_url) {
        buf_add_char(&out, '\n');
        result = output_write(&out, err);
    } else if (result == 0) {
        result = show(args, buf_str(&out), err);
    }
    buf_done(&out);
    return result;
}

static int ask_portal(struct session *session, const struct scope *scope, struct buf *link,
                      char region[AWS_REGION_SIZE], struct err *err)
{
    char id[PORTAL_ID_SIZE];
    const struct portal *portal = session_portal(session, err);
    return portal == NULL || portal_resolve_tenant(portal, scope, id, err) != 0
               ? -1
               : portal_get_console_link(portal, scope->kind, id, link, region, err);
}

static int open_console(struct session *session, const struct scope *scope,
                        const struct request *how, struct err *err)
{
    char region[AWS_REGION_SIZE] = "";
    struct buf link;
    buf_init(&link, CONSOLE_LINK_MAX);
    int result = ask_portal(session, scope, &link, region, err);
    if (result != 0 && session_renew(session, err)) {
        result = ask_portal(session, scope, &link, region, err);
    }
    if (result == 0) {
        result = console_link_check(buf_str(&link), err);
    }
    if (result == 0) {
        result = deliver(session->args, how, buf_str(&link), region, err);
    }
    buf_done(&link);
    return result;
}

static int read_options(const struct args *args, struct request *how, struct err *err)
{
    const char *region = args_text(args, OPTION_REGION);
    const char *destination = args_text(args, OPTION_DESTINATION);
    struct buf out;
    buf_init(&out, PAGE_MAX);
    const struct console_request request = {.destination = destination};
    int result = args_switch(args, OPTION_PRINT_URL, &how->print_url, err);
    if (result == 0) {
        result = args_switch(args, OPTION_LOGOUT_FIRST, &how->logout_first, err);
    }
    if (result == 0 && region != NULL && aws_region_check(region, err) != 0) {
        result = err_wrap(err, "--region");
    }
    bool is_address = destination != NULL && strstr(destination, "://") != NULL;
    size_t len = destination != NULL ? strlen(destination) : 1;
    if (result == 0 && (len == 0 || len > PLACE_MAX)) {
        result =
            err_set(err, ERR_USAGE, "--destination is empty, or longer than %d bytes", PLACE_MAX);
    } else if (result == 0 && !is_address) {
        /* Before anybody is asked for anything: a place is one in every partition. */
        result = build_link("https://signin.aws.amazon.com/federation?a=b", &request, &out, err);
    }
    buf_done(&out);
    return result;
}

static int run(const struct args *args, struct err *err)
{
    struct session session;
    struct scope scope;
    struct request how;
    if (read_options(args, &how, err) != 0 || scope_options_read(args, &scope, err) != 0) {
        return -1;
    }
    int result = session_open(&session, args, SESSION_NORMAL, err);
    if (result == 0) {
        result = open_console(&session, &scope, &how, err);
    }
    session_close(&session);
    return result;
}

static const enum option_id option_list[] = {
    SCOPE_OPTIONS, OPTION_PRINT_URL, OPTION_DESTINATION, OPTION_LOGOUT_FIRST,
    OPTION_REGION, SESSION_OPTIONS,  CACHE_OPTIONS,
};

const struct command command_web = {
    .name = "web",
    .operands = "",
    .summary = "Open the AWS console in the browser",
    .examples = "  duplojit web --tenant dev01\n"
                "  duplojit web -I --admin --destination s3\n"
                "  duplojit web --tenant dev01 --print-url\n",
    .details =
        "The portal makes the sign-in link. It is opened only if it leads to AWS, and is not\n"
        "stored. Alias: console\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
