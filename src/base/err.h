/* SPDX-License-Identifier: MIT */
/*
 * What went wrong, carried from where it happened to the one place that prints it.
 * Every floor sets and wraps errors; only main.c (and a server, per request) prints them.
 * It knows nothing of files, networks or commands.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The kind of an error is the process's exit code (README, "Exit codes"). */
enum err_kind {
    ERR_NONE = 0,
    ERR_INTERNAL = 1,    /* a bug, or memory ran out */
    ERR_USAGE = 2,       /* the command line, or an environment variable in an option's place */
    ERR_REFUSED = 3,     /* 401, 403, MFA needed */
    ERR_NOT_FOUND = 4,   /* no such tenant or setting, or not for this user */
    ERR_UNAVAILABLE = 5, /* network or portal, after retries */
    ERR_FILE = 6,        /* a local file or directory */
    ERR_CANCELLED = 7,   /* a person cancelled, or did not answer in time */
    ERR_COMMAND_UNUSABLE = 126, /* exec: the program is there and cannot be started */
    ERR_COMMAND_MISSING = 127   /* exec: there is no such program; both as shells do */
};

enum { ERR_TEXT_SIZE = 768 };

/* Fixed size and no allocation, so that it can report that memory ran out. */
struct err {
    enum err_kind kind;
    char text[ERR_TEXT_SIZE];
};

/*
 * Sets kind and text. Control characters in the finished text become '?' and what does not fit is
 * cut at a character's border: text from the network can be passed as it came. Returns -1, always,
 * so that a caller writes `return err_set(...)`.
 */
int err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and the words for errno behind it. */
int err_set_errno(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "CONTEXT: " before the text that is there and keeps the kind. Returns -1. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
