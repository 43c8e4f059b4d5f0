/* SPDX-License-Identifier: MIT */
/*
 * Lines for people on standard error: warnings, notes, and with --debug every step. On a terminal,
 * warnings and errors are in color.
 * Secrets are never logged. Errors are not logged but returned (base/err.h).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* The switches are off at the start and are never switched off again. */

/* Prints the lines of log_debug, each with the milliseconds since this call. */
void log_enable_debug(void);
bool log_debug_enabled(void);

/* From now on log_warn prints nothing. */
void log_mute_warnings(void);

/* LOG_COLOR_AUTO, as at the start: if standard error is a terminal that is not dumb, and NO_COLOR
 * is not set or empty. */
enum log_color { LOG_COLOR_AUTO, LOG_COLOR_ALWAYS, LOG_COLOR_NEVER };
void log_set_color(enum log_color color);

/* A code that starts or ends a color on a terminal, or "" if lines are not in color. */
#define LOG_RED "\033[1;31m"
#define LOG_YELLOW "\033[1;33m"
#define LOG_PLAIN "\033[0m"
const char *log_paint(const char *code);

/* From now on a line is dropped if standard error cannot take it at once, as with a full pipe: a
 * server must not wait for the program that collects its log. */
void log_never_wait(void);

/* Each prints one line of at most 1,023 bytes, "duplojit: " first, made safe for a terminal by
 * text_clean. log_warn adds "warning: ". */
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* log_warn, at most once in a process for each line of code that has it. */
#define log_warn_once(...)                                                                         \
    do {                                                                                           \
        static bool printed;                                                                       \
        if (!printed) {                                                                            \
            printed = true;                                                                        \
            log_warn(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a line, which ends with a newline, as it is. False if it was dropped. */
bool log_record(const char *line);

#endif
