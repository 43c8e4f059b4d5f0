/* SPDX-License-Identifier: MIT */
/* What the environment says about browsers: which one, and how one on another machine gets here. */
#ifndef LOGIN_BROWSER_ENVIRONMENT_H
#define LOGIN_BROWSER_ENVIRONMENT_H

struct browser_request;

enum { BROWSER_ADVICE_SIZE = 480 };

/* Fills the request, except for the user's own choice. */
void browser_environment_read(const char *const *environment, struct browser_request *request);

/* What to do so that a browser on another machine reaches port on this machine's loopback: the
 * command to run there (over SSH, or for a pod), or what a container needs. */
void browser_environment_advise(const char *const *environment, int port,
                                char advice[BROWSER_ADVICE_SIZE]);

#endif
