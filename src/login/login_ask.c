/* SPDX-License-Identifier: MIT */
#include "login/login_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/terminal.h"
#include "login/browser_wait.h"
#include "login/callback.h"
#include "login/page.h"
#include "net/url.h"
#include "portal/jwt.h"

struct asking {
    const struct login_question *question;
    struct browser_wait waiting;
    struct login_page page;
    struct login_grant *grant;
    bool cancelled;
    bool rejected; /* by the portal; why says the reason */
    struct err why;
};

/* Whether the portal accepts the token. On a terminal the user sees whose it is. */
static bool try_grant(struct asking *asking)
{
    const struct login_question *question = asking->question;
    struct jwt_claims claims;
    browser_wait_pause(&asking->waiting);
    asking->rejected = question->try(question->context, asking->grant, &asking->why) != 0;
    browser_wait_resume(&asking->waiting);
    if (!asking->rejected && jwt_read(buf_str(&asking->grant->token), &claims) &&
        claims.user[0] != '\0' && asking->waiting.terminal->out >= 0) {
        browser_wait_tell(&asking->waiting, "logged in as %s", claims.user);
    }
    return !asking->rejected;
}

/* The page of a login that has failed replaces the response that reports a success. The portal's
 * page may read the response to POST, but a redirect must not follow. */
static void respond_rejected(const struct server_request *request, struct server_response *response)
{
    if (strcmp(request->method, "GET") == 0) {
        response->header_count = 0;
    }
    buf_clear(&response->body);
    page_show(response, 403, "Login failed",
              "The portal does not accept the token that it sent. duplojit shows the reason.");
}

/* Any web page can make a browser load a URL with a token that the portal rejects: the wait
 * continues. POST comes from the portal's page, and a program does not send Sec-Fetch-Mode. */
static enum login_verdict judge_rejected(struct asking *asking,
                                         const struct server_request *request)
{
    if (strcmp(request->method, "GET") != 0 || server_header(request, "Sec-Fetch-Mode") == NULL) {
        return LOGIN_GRANTED;
    }
    browser_wait_tell(&asking->waiting, "login: %s; still waiting for the browser",
                      asking->why.text);
    asking->rejected = false;
    return LOGIN_REFUSED;
}

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
    if (verdict == LOGIN_GRANTED && !try_grant(asking)) {
        respond_rejected(request, response);
        verdict = judge_rejected(asking, request);
    }
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
    if (!asking->cancelled) {
        try_grant(asking);
    }
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
    if (asking->rejected) {
        *err = asking->why;
        return -1;
    }
    return asking->cancelled
               ? err_set(err, ERR_CANCELLED, "the login to %s was cancelled in the browser",
                         asking->page.portal->host)
               : 0;
}

int login_ask_person(const struct login_question *question, struct login_grant *grant,
                     struct err *err)
{
    char purpose[BROWSER_WAIT_PURPOSE_SIZE];
    struct asking asking = {
        .question = question,
        .waiting = {.options = question->browser,
                    .purpose = purpose,
                    .handle = handle,
                    .paste = paste,
                    .body_max = LOGIN_BODY_MAX},
        .page = {.portal = question->portal, .admin = question->admin},
        .grant = grant,
    };
    asking.waiting.context = &asking;
    snprintf(purpose, sizeof(purpose), "to log in to %s", question->portal->origin);
    int result = ask(&asking, err);
    browser_wait_close(&asking.waiting);
    return result != 0 ? err_wrap(err, "login") : 0;
}
