/* SPDX-License-Identifier: MIT */
/*
 * Which program opens a page here, and starting it: without a shell, and with none of its output in
 * ours. The URL must hold no secret: every user of the machine can read a program's arguments.
 */
#ifndef LOGIN_BROWSER_H
#define LOGIN_BROWSER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct err;

enum { BROWSER_WORDS_MAX = 16, BROWSER_TEXT_SIZE = 1024 };

/* NULL is "not set". */
struct browser_request {
    const char *command;  /* the user's choice: a command, or "none" */
    const char *variable; /* BROWSER: commands separated by colons; the first that exists counts */
    const char *path;     /* PATH */
    bool remote;          /* SSH: a program of this machine shows its pages elsewhere */
    bool display;         /* X, Wayland or WSL */
};

struct browser {
    char program[PATH_MAX];       /* "" if there is no browser */
    char text[BROWSER_TEXT_SIZE]; /* the memory of words */
    const char *words[BROWSER_WORDS_MAX + 2];
    const char *why_none; /* "no display"; NULL with a browser, and if the user wants none */
};

/* A missing browser is not an error; a command whose program does not exist is ERR_USAGE. A command
 * is split at blanks; the URL replaces %s in it, or follows it. */
int browser_choose(struct browser *browser, const struct browser_request *request, struct err *err)
    __attribute__((warn_unused_result));

/* Starts it with this environment, in a session of its own and without our descriptors. Returns its
 * process, which the caller waits for, or -1. */
pid_t browser_start(const struct browser *browser, const char *url, const char *const *environment,
                    struct err *err);

#endif
