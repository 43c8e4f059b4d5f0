/* SPDX-License-Identifier: MIT */
/* duplojit web: opens the AWS console in the browser, or prints its sign-in link. */
#include <string.h>

#include "aws/console_link.h"
#include "aws/credentials.h"
#include "base/err.h"
#include "cli/output.h"
#include "cli/output_value.h"
#include "cli/scope_options.h"
#include "cmd/commands.h"
#include "login/link_page.h"
#include "session/session.h"

enum { LINK_MAX = 5 * CONSOLE_LINK_MAX, DESTINATION_MAX = 2000 };

struct request {
    struct output_value message;
    bool print_url;
    bool logout_first;
};

static int show(struct session *session, const char *link, struct err *err)
{
    struct browser_options browser;
    if (session_browser(session->args, &browser, err) != 0) {
        return -1;
    }
    browser.settled = network_confine;
    browser.settled_context = &session->network;
    session->network.late = true;
    return link_page_open(&browser, "to open the AWS console",
                          "or use --print-url, which prints a sign-in link for any machine", link,
                          err);
}

/* Appends the link with the changes that the options ask for. */
static int build_link(const struct args *args, const char *link,
                      const struct console_request *request, struct buf *out, struct err *err)
{
    return console_link_build(link, request, out, err) == 0 ? 0
           : err->kind == ERR_USAGE ? args_blame(args, OPTION_DESTINATION, err)
                                    : -1;
}

/* Prints or opens the portal's link. */
static int deliver(struct session *session, const struct request *how, const char *link,
                   const char *region, struct err *err)
{
    const struct args *args = session->args;
    struct buf out;
    const char *wanted = args_text(args, OPTION_REGION);
    const struct console_request request = {
        .destination = args_text(args, OPTION_DESTINATION),
        .region = wanted != NULL ? wanted : region,
        .logout_first = how->logout_first,
    };
    buf_init(&out, LINK_MAX);
    int result = build_link(args, link, &request, &out, err);
    if (result == 0 && how->print_url) {
        const char *const secrets[] = {buf_str(&out), NULL};
        result = output_mask(args, secrets, err);
        buf_add_char(&out, '\n');
        result = result == 0 ? output_write(&out, err) : -1;
    } else if (result == 0) {
        result = show(session, buf_str(&out), err);
        if (result == 0 && how->message.own < 0) {
            result = output_message_write(&how->message, "the browser opens the AWS console", err);
        }
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
        result = deliver(session, how, buf_str(&link), region, err);
    }
    buf_done(&link);
    return result;
}

/* A destination that is not a URL is the same in every AWS partition: it is checked before the
 * portal is asked. */
static int check_destination(const struct args *args, struct err *err)
{
    const char *destination = args_text(args, OPTION_DESTINATION);
    const struct console_request request = {.destination = destination};
    struct buf ignored;
    if (destination == NULL) {
        return 0;
    }
    if (destination[0] == '\0' || strlen(destination) > DESTINATION_MAX) {
        err_set(err, ERR_USAGE, "empty, or longer than %d bytes", DESTINATION_MAX);
        return args_blame(args, OPTION_DESTINATION, err);
    }
    if (strstr(destination, "://") != NULL) {
        return 0;
    }
    buf_init(&ignored, LINK_MAX);
    int result =
        build_link(args, "https://signin.aws.amazon.com/federation?a=b", &request, &ignored, err);
    buf_done(&ignored);
    return result;
}

static int read_options(const struct args *args, struct request *how, struct err *err)
{
    return output_message_read(args, &how->message, err) != 0 ||
                   args_switch(args, OPTION_PRINT_URL, &how->print_url, err) != 0 ||
                   args_switch(args, OPTION_LOGOUT_FIRST, &how->logout_first, err) != 0 ||
                   session_check_region(args, err) != 0
               ? -1
               : check_destination(args, err);
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
    session.network.unconfined |= !how.print_url; /* the browser would inherit the sandbox */
    session.network.late &= how.print_url;
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

static const struct command_notes notes = {
    .exit_codes = "  7  interrupted, or not opened within --login-timeout\n",
    .security =
        "The sign-in link signs in anyone who has it, for about 15 minutes. The browser gets it\n"
        "from a page on loopback that it can load once.\n",
};

const struct command command_web = {
    .name = "web",
    .operands = "",
    .summary = "Open the AWS console in the browser",
    .examples = "web -I --admin --destination s3\n"
                "web --tenant dev01 --print-url\n",
    .details = "The sign-in link is opened only if it leads to AWS. Alias: console\n",
    .notes = &notes,
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
