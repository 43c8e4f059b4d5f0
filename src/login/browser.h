/* SPDX-License-Identifier: MIT */
/*
 * Which program opens a page here, and starting it: without a shell, and with none of its output in
 * ours. The URL must hold no secret: every user of the machine can read a program's arguments.
 */
#ifndef LOGIN_BROWSER_H
#define LOGIN_BROWSER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct err;

enum { BROWSER_WORDS_MAX = 32, BROWSER_TEXT_SIZE = 1024, BROWSER_WHY_SIZE = 400 };

/* NULL is "not set". */
struct browser_request {
    const char *command;  /* the user's choice: one command, or "none" */
    const char *variable; /* BROWSER: commands separated by colons, tried in this order */
    const char *path;     /* PATH */
    bool remote;          /* SSH: a program of this machine shows its pages elsewhere */
    bool display;         /* X, Wayland or WSL */
};

struct browser {
    char program[PATH_MAX];       /* "" if there is no browser */
    char text[BROWSER_TEXT_SIZE]; /* the memory of words */
    const char *words[BROWSER_WORDS_MAX + 1];
    char why[BROWSER_WHY_SIZE]; /* why programs were not used; "" if the user wants none */
    struct browser_request request;
    const char *rest; /* of the variable: commands that have not been tried */
    size_t defaults;  /* how many default programs have been tried */
    bool background;
};

/*
 * Chooses the first program. A missing browser is not an error; a command of the user that is not
 * well-formed, or whose program does not exist, is ERR_USAGE. The request's strings must live as
 * long as the browser.
 *
 * Commands are read as Python's webbrowser does: split into words as shlex.split does; each %s
 * after the first word is replaced by the URL; "&" as the last word runs the program in the
 * background, so that its later failure does not start the next one. In addition, a command without
 * %s is split if it is not itself a program, and the URL follows it.
 */
int browser_choose(struct browser *browser, const struct browser_request *request, struct err *err)
    __attribute__((warn_unused_result));

/* Chooses the next program after one that failed; failure says how, after its name. False, with no
 * program, if there are no more. */
bool browser_next(struct browser *browser, const char *failure);

/* Writes the words with the URL to argv, with room as the memory of changed words. -1 with
 * ERR_USAGE if they do not fit. */
int browser_command_line(const struct browser *browser, const char *url,
                         char room[BROWSER_TEXT_SIZE], const char *argv[BROWSER_WORDS_MAX + 2],
                         struct err *err) __attribute__((warn_unused_result));

/* Starts it with this environment, in a session of its own and without our descriptors. Returns its
 * process, which the caller waits for, or -1. */
pid_t browser_start(const struct browser *browser, const char *url, const char *const *environment,
                    struct err *err);

#endif
