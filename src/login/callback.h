/* SPDX-License-Identifier: MIT */
/*
 * The interactive login's protocol: the page that asks the user, and what a request means that
 * reaches our listener. Pure but for the memory of an answer; net/server.h carries the requests,
 * login/login_ask.c waits for them. It knows nothing of browsers, terminals and caches.
 */
#ifndef LOGIN_CALLBACK_H
#define LOGIN_CALLBACK_H

#include <stdbool.h>

#include "base/buf.h"

struct err;
struct server_response;
struct server_request;
struct url_origin;

enum {
    LOGIN_URL_SIZE = 480, /* fits into an answer's header */
    LOGIN_TOKEN_MAX = 16 << 10,
    LOGIN_OTP_SIZE = 64,
    LOGIN_BODY_MAX = LOGIN_TOKEN_MAX + 1024,
};

struct login_page {
    const struct url_origin *portal;
    int port;   /* of our listener */
    bool admin; /* an administrator's access is wanted */
};

/* What the user let us have. Release with login_grant_done. */
struct login_grant {
    struct buf token;
    char otp[LOGIN_OTP_SIZE]; /* "" where there is none */
    bool pasted;              /* by the person, not sent by the browser */
};

void login_grant_init(struct login_grant *grant);
void login_grant_done(struct login_grant *grant);

/* The address of the page that asks, or (success) of the one that says it is done. */
int login_page_url(const struct login_page *page, bool success, char out[LOGIN_URL_SIZE],
                   struct err *err) __attribute__((warn_unused_result));

enum login_verdict {
    LOGIN_NOTHING,   /* answered; the wait goes on */
    LOGIN_REFUSED,   /* not from the portal's page, or no token: answered, and the wait goes on */
    LOGIN_CANCELLED, /* the user said no */
    LOGIN_GRANTED,   /* grant is filled */
};

/*
 * Judges a request and fills the answer. A token comes as GET /?t=TOKEN, as the body of POST /, or
 * with an MFA code in the JSON of POST /v2/callbackWithOtp, by the portal's age. Host must be
 * loopback (a rebound name is not), Origin the portal's: a POST must carry it.
 */
enum login_verdict login_judge(const struct login_page *page, const struct server_request *request,
                               struct server_response *response, struct login_grant *grant);

/* What a person pasted: the address that the browser ended on, or the token alone. False where it
 * is neither. An empty t= in the address leaves the token empty: that is a cancel. */
bool login_read_pasted(const char *text, struct login_grant *grant);

/* Fills the answer with a small page for people. title and text are ours, without markup. */
void login_show_page(struct server_response *response, int status, const char *title,
                     const char *text);

/* The headers of a page of ours: nothing but its own style is loaded, nobody frames or keeps it,
 * and its address goes nowhere. Status 500 where they do not fit. */
void login_guard_page(struct server_response *response);

/* Whether a Host header names this machine: localhost, 127.0.0.0/8 or [::1], with any port. */
bool login_host_is_loopback(const char *host);

#endif
