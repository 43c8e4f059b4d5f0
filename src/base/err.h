/* SPDX-License-Identifier: MIT */
/*
 * Errors: set at the place of the failure, wrapped with context on the way up, printed once. Knows
 * nothing of files, networks or commands.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The kind of an error is the exit code of the process. */
enum err_kind {
    ERR_NONE = 0,
    ERR_INTERNAL = 1,           /* a bug, or memory, processes or file descriptors ran out */
    ERR_USAGE = 2,              /* the command line, or a variable that sets an option */
    ERR_REFUSED = 3,            /* 401, 403, MFA needed */
    ERR_REJECTED = 4,           /* not found, or rejected: a tenant, a setting, a value */
    ERR_UNAVAILABLE = 5,        /* network or portal, after retries */
    ERR_FILE = 6,               /* a local file or directory */
    ERR_CANCELLED = 7,          /* cancelled by a person, or timed out waiting for one */
    ERR_COMMAND_UNUSABLE = 126, /* exec: the program cannot be started */
    ERR_COMMAND_MISSING = 127   /* exec: the program was not found; both as in shells */
};

enum { ERR_TEXT_SIZE = 768 };

/* Of fixed size, so that it can report that memory ran out. */
struct err {
    enum err_kind kind;
    int pause_s; /* after which the other side allows the next attempt; 0: it did not say */
    char text[ERR_TEXT_SIZE];
};

/*
 * err_set(err, kind, format, ...) sets kind and text, and pause_s to 0. Control characters in the
 * finished text become '?', and text that does not fit is cut at the end of a character, so text
 * from the network can be passed unchanged.
 *
 * err_set_errno(err, kind, format, ...) also appends ": " and the description of errno. The kind is
 * ERR_INTERNAL if memory ran out.
 *
 * err_wrap(err, format, ...) puts "CONTEXT: " before the present text and keeps the rest.
 *
 * All three yield -1, as `return err_set(...)` needs it. They are macros so that compilers and
 * analysers see that constant.
 */
#define err_set(...) (err_fill(__VA_ARGS__), err_failure())
#define err_set_errno(...) (err_fill_errno(__VA_ARGS__), err_failure())
#define err_wrap(...) (err_prepend(__VA_ARGS__), err_failure())

/* Called only by the macros. */
void err_fill(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void err_fill_errno(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void err_prepend(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A function, because a constant would warn about an unused value when a call is a statement. */
static inline int err_failure(void)
{
    return -1;
}

#endif
