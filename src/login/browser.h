/* SPDX-License-Identifier: MIT */
/*
 * Which program shows a page to the user here, and starting it. The commands that need a person
 * use it. No shell is involved, nothing of the browser's output reaches ours, and its address must
 * hold no secret: every user of the machine can read a program's arguments.
 */
#ifndef LOGIN_BROWSER_H
#define LOGIN_BROWSER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct err;

enum { BROWSER_WORDS_MAX = 16, BROWSER_TEXT_SIZE = 1024 };

/* What the user and the surroundings say; NULL is "not set". */
struct browser_wishes {
    const char *named;    /* --browser, DUPLO_BROWSER: a command, or "none" */
    const char *variable; /* BROWSER: commands separated by colons, the first that exists */
    const char *path;     /* PATH */
    bool remote;          /* SSH: a program of this machine shows its pages elsewhere */
    bool display;         /* X, Wayland or WSL */
};

struct browser {
    char program[PATH_MAX];       /* "" for none */
    char text[BROWSER_TEXT_SIZE]; /* where words lie */
    const char *words[BROWSER_WORDS_MAX + 2];
    const char *why_none; /* in words, where there is none */
};

/* No browser is no error; one that was named and does not exist is ERR_USAGE. A command is split
 * at blanks; the address stands for %s in it, or behind it. */
int browser_choose(struct browser *browser, const struct browser_wishes *wishes, struct err *err)
    __attribute__((warn_unused_result));

/* Starts it with this environment, and apart from our descriptors and the terminal's signals. Its
 * process, to be waited for, or -1. */
pid_t browser_start(const struct browser *browser, const char *url, const char *const *environment,
                    struct err *err);

#endif
