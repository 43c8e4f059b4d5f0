/* SPDX-License-Identifier: MIT */
/*
 * The protocol of the login: the URL of the portal's page, and what requests to our listener mean.
 * No waiting, no files, no terminal.
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
    LOGIN_URL_SIZE = 480, /* fits into a response header */
    LOGIN_TOKEN_MAX = 16 << 10,
    LOGIN_OTP_SIZE = 64,
    LOGIN_BODY_MAX = LOGIN_TOKEN_MAX + 1024,
};

struct login_page {
    const struct url_origin *portal;
    int port;   /* of our listener */
    bool admin; /* for an administrator's access */
};

/* The result of a login. Release with login_grant_done. */
struct login_grant {
    struct buf token;
    char otp[LOGIN_OTP_SIZE]; /* "" without one */
    bool pasted;              /* by the person, into the terminal */
};

void login_grant_init(struct login_grant *grant);
void login_grant_done(struct login_grant *grant);

/* The URL of the page that asks the user, or, for success, of the one that reports success. */
int login_page_url(const struct login_page *page, bool success, char out[LOGIN_URL_SIZE],
                   struct err *err) __attribute__((warn_unused_result));

enum login_verdict {
    LOGIN_NOTHING,   /* not a result; the wait goes on */
    LOGIN_REFUSED,   /* not from the portal's page, or no token; the wait goes on */
    LOGIN_CANCELLED, /* the user has cancelled */
    LOGIN_GRANTED,   /* grant is filled */
};

/*
 * Interprets a request and fills the response. Depending on the portal's version, a token comes as
 * GET /?t=TOKEN, as the body of POST /, or with an MFA code in the JSON of POST
 * /v2/callbackWithOtp. Host must be a loopback name, and Origin, which a POST must have, the
 * portal's. A GET must load a page in a window, from another site than this machine, if the browser
 * says where it comes from. The client must not be another user of this machine (net/peer.h).
 * There is no nonce: the portal's redirect carries the token and the port, and nothing else of the
 * URL that it was opened with.
 */
enum login_verdict login_judge(const struct login_page *page, const struct server_request *request,
                               struct server_response *response, struct login_grant *grant);

/* Reads what a person pasted: the URL that the browser ended on, or the token alone. False if it is
 * neither. An empty t= in the URL leaves the token empty, which means a cancel. */
bool login_read_pasted(const char *text, struct login_grant *grant);

#endif
