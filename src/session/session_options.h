/* SPDX-License-Identifier: MIT */
/* Options that several commands read: the portal, the token, the login, the cache, the region. */
#ifndef SESSION_SESSION_OPTIONS_H
#define SESSION_SESSION_OPTIONS_H

#include <limits.h>
#include <stdbool.h>

#include "broker/identity.h"

struct args;
struct browser_options;
struct err;
struct url_origin;

/* The options of every command that may open a browser, for its option list. */
#define BROWSER_WAIT_OPTIONS OPTION_BROWSER, OPTION_PORT, OPTION_LOGIN_TIMEOUT

/* The portal. */
int session_parse_host(const char *text, struct url_origin *host, struct err *err)
    __attribute__((warn_unused_result));
int session_host(const struct args *args, struct url_origin *host, struct err *err)
    __attribute__((warn_unused_result));

/* The portal's API; the portal itself unless the options say otherwise. */
int session_api(const struct args *args, const struct url_origin *host, struct url_origin *api,
                struct err *err) __attribute__((warn_unused_result));

/* Whether the options name a token. */
bool session_has_token(const struct args *args);

/* The token, checked, if it is the value of a variable or in a context; else NULL. */
int session_variable_token(const struct args *args, const char **token, struct err *err)
    __attribute__((warn_unused_result));

/* Loads the token that the options name; none is ERR_USAGE. Release with identity_done if ops is
 * set. */
int session_load_token(const struct args *args, struct given_token *given, struct err *err)
    __attribute__((warn_unused_result));

/* Checks a token on the command line. */
int session_check_token(const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

/* Puts the name of the option or variable that names the token in front of err. Yields -1. */
int session_blame_token(const struct args *args, struct err *err);

/* The MFA code, "" without one. With a value of "-" it is a line of standard input; has_stdin is
 * whether that is still unread. */
int session_read_otp(const struct args *args, bool has_stdin, char otp[IDENTITY_OTP_SIZE],
                     struct err *err) __attribute__((warn_unused_result));

/* Checks the MFA code, unless it is to be read from standard input. */
int session_check_otp(const struct args *args, struct err *err) __attribute__((warn_unused_result));

/* Which browser, port and time limit. Borrows from args. */
int session_browser(const struct args *args, struct browser_options *browser, struct err *err)
    __attribute__((warn_unused_result));

/* The cache directory. ERR_FILE, with the reason, without one. */
int session_cache_dir(const struct args *args, char out[PATH_MAX], struct err *err)
    __attribute__((warn_unused_result));

/* Checks the region. */
int session_check_region(const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

/* The CA file of --ca-file, else of a variable that other tools read, or NULL. *name is what named
 * it, for messages. */
const char *session_ca_file(const struct args *args, const char **name);

#endif
