/* SPDX-License-Identifier: MIT */
/* The pages that a browser shows from our listener, and who may ask for them. */
#ifndef LOGIN_PAGE_H
#define LOGIN_PAGE_H

#include <stdbool.h>

struct server_request;
struct server_response;

/* Fills the response with a small page. title and text are literals without markup. */
void page_show(struct server_response *response, int status, const char *title, const char *text);

/* Adds a header. Status 500 if it does not fit. */
void page_add_header(struct server_response *response, const char *name, const char *value);

/* Adds the headers that protect a page: it loads nothing but its own style, cannot be framed or
 * stored, and sends its URL to no other site. */
void page_protect(struct server_response *response);

/* Whether a Host header names this machine: localhost, 127.0.0.0/8 or [::1], with any port. A page
 * under another name that leads here (DNS rebinding) does not. */
bool page_host_is_loopback(const char *host);

/* Whether the request loads the page into a window, as far as the browser says so (Sec-Fetch-Mode
 * and -Dest): pictures, scripts and frames of any web page can make a browser send requests here.
 */
bool page_is_navigation(const struct server_request *request);

/* Whether a header has one of two values, or is missing: older browsers do not send it. */
bool page_has_or_lacks(const struct server_request *request, const char *header, const char *wanted,
                       const char *other);

#endif
