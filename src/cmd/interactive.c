/* SPDX-License-Identifier: MIT */
#include "cmd/interactive.h"

#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "cmd/visit.h"
#include "net/url.h"
#include "portal/login.h"

struct asking {
    struct visit visit;
    struct login_page page;
    struct login_grant *grant;
    bool cancelled;
};

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_answer *answer)
{
    struct asking *asking = context;
    if (asking->visit.done) {
        login_show_page(answer, 410, "Too late", "duplojit has its answer already.");
        answer->close = true;
        return SERVER_ANSWER;
    }
    enum login_verdict verdict = login_judge(&asking->page, request, answer, asking->grant);
    /* The path is the sender's; a query, which may hold a token, is no part of it. */
    log_debug("login: %s %s: status %d", request->method, request->path, answer->status);
    asking->cancelled = verdict == LOGIN_CANCELLED;
    asking->visit.done = verdict == LOGIN_CANCELLED || verdict == LOGIN_GRANTED;
    answer->close = asking->visit.done;
    return SERVER_ANSWER;
}

static void paste(void *context, const char *line)
{
    struct asking *asking = context;
    if (!login_read_pasted(line, asking->grant)) {
        visit_tell(&asking->visit,
                   "that is not the address that the browser ended on (http://localhost:%d/?t=...)",
                   asking->visit.port);
        return;
    }
    asking->grant->pasted = true;
    asking->cancelled = asking->grant->token.len == 0;
    asking->visit.done = true;
}

static int ask(struct asking *asking, struct err *err)
{
    char url[LOGIN_URL_SIZE];
    if (visit_open(&asking->visit, err) != 0) {
        return -1;
    }
    asking->page.port = asking->visit.port;
    if (login_page_url(&asking->page, false, url, err) != 0 ||
        visit_run(&asking->visit, url, err) != 0) {
        return -1;
    }
    return asking->cancelled
               ? err_set(err, ERR_CANCELLED, "the login to %s was cancelled in the browser",
                         asking->page.portal->host)
               : 0;
}

int interactive_ask(const struct args *args, const struct url_origin *portal, bool admin,
                    struct login_grant *grant, struct err *err)
{
    char purpose[VISIT_PURPOSE_SIZE];
    struct asking asking = {
        .visit = {.args = args,
                  .purpose = purpose,
                  .handle = handle,
                  .paste = paste,
                  .body_max = LOGIN_BODY_MAX},
        .page = {.portal = portal, .admin = admin},
        .grant = grant,
    };
    asking.visit.context = &asking;
    snprintf(purpose, sizeof(purpose), "to log in to %s", portal->origin);
    int result = ask(&asking, err);
    visit_close(&asking.visit);
    return result != 0 ? err_wrap(err, "login") : 0;
}
