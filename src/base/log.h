/* SPDX-License-Identifier: MIT */
/*
 * Lines for people on stderr: warnings, and with --debug every step.
 * Any floor may log; nobody logs a secret, and errors are not logged but returned (base/err.h).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* Off at start. How to log is the one mutable global of the program. */
void log_enable_debug(void);
bool log_debug_enabled(void);

/* From now on a line is dropped when nobody reads standard error and its pipe is full: a process
 * that serves must not wait for whoever collects its log. */
void log_never_wait(void);

/* Each prints one line, "duplojit: " before it, with control characters made harmless. */
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
