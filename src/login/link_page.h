/* SPDX-License-Identifier: MIT */
/*
 * Opens a secret link in the browser. Every user of the machine can read a program's arguments, so
 * the browser gets the URL of a page on loopback, which it can load once and which forwards it.
 */
#ifndef LOGIN_LINK_PAGE_H
#define LOGIN_LINK_PAGE_H

struct browser_options;
struct err;

/* purpose and instead: see login/browser_wait.h. link must not contain quotes, < or >. Returns when
 * the browser has loaded the page. ERR_CANCELLED after the timeout or a signal. */
int link_page_open(const struct browser_options *options, const char *purpose, const char *instead,
                   const char *link, struct err *err) __attribute__((warn_unused_result));

#endif
