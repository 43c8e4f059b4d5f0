/* SPDX-License-Identifier: MIT */
#include "login/login_ask.h"

#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "login/browser_wait.h"
#include "login/callback.h"
#include "login/page.h"
#include "net/url.h"

struct asking {
    struct browser_wait waiting;
    struct login_page page;
    struct login_grant *grant;
    bool cancelled;
};

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct asking *asking = context;
    if (asking->waiting.done) {
        page_show(response, 410, "Too late", "duplojit already has an answer to this login.");
        response->close = true;
        return SERVER_RESPOND;
    }
    enum login_verdict verdict = login_judge(&asking->page, request, response, asking->grant);
    /* The path has no query, which may hold a token. */
    log_debug("login: %s %s: status %d", request->method, request->path, response->status);
    asking->cancelled = verdict == LOGIN_CANCELLED;
    asking->waiting.done = verdict == LOGIN_CANCELLED || verdict == LOGIN_GRANTED;
    response->close = asking->waiting.done;
    return SERVER_RESPOND;
}

static void paste(void *context, const char *line)
{
    struct asking *asking = context;
    if (!login_read_pasted(line, asking->grant)) {
        browser_wait_tell(
            &asking->waiting,
            "this is not the URL that the browser ends on (http://localhost:%d/?t=...)",
            asking->waiting.port);
        return;
    }
    asking->grant->pasted = true;
    asking->cancelled = asking->grant->token.len == 0;
    asking->waiting.done = true;
}

static int ask(struct asking *asking, struct err *err)
{
    char url[LOGIN_URL_SIZE];
    if (browser_wait_open(&asking->waiting, err) != 0) {
        return -1;
    }
    asking->page.port = asking->waiting.port;
    if (login_page_url(&asking->page, false, url, err) != 0 ||
        browser_wait_run(&asking->waiting, url, err) != 0) {
        return -1;
    }
    return asking->cancelled
               ? err_set(err, ERR_CANCELLED, "the login to %s was cancelled in the browser",
                         asking->page.portal->host)
               : 0;
}

int login_ask_person(const struct browser_options *options, const struct url_origin *portal,
                     bool admin, struct login_grant *grant, struct err *err)
{
    char purpose[BROWSER_WAIT_PURPOSE_SIZE];
    struct asking asking = {
        .waiting = {.options = options,
                    .purpose = purpose,
                    .handle = handle,
                    .paste = paste,
                    .body_max = LOGIN_BODY_MAX},
        .page = {.portal = portal, .admin = admin},
        .grant = grant,
    };
    asking.waiting.context = &asking;
    snprintf(purpose, sizeof(purpose), "to log in to %s", portal->origin);
    int result = ask(&asking, err);
    browser_wait_close(&asking.waiting);
    return result != 0 ? err_wrap(err, "login") : 0;
}
