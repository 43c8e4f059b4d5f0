/* SPDX-License-Identifier: MIT */
/*
 * A real, empty directory for each test that touches files, and the few things that tests do to
 * files without the code that they test. Helpers fail the test when the system refuses.
 */
#ifndef UNIT_SANDBOX_H
#define UNIT_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

/* For cmocka_unit_test_setup_teardown: makes the directory, removes it with all that is in it. */
int sandbox_setup(void **state);
int sandbox_teardown(void **state);

/* DIRECTORY/NAME; the directory alone for "". Eight of them live at a time. */
const char *sandbox_path(const char *name);

/* Makes or truncates a file. */
void sandbox_write(const char *path, const void *data, size_t len, mode_t mode);
void sandbox_write_text(const char *path, const char *text);

/* The whole file with a NUL behind it, for the caller to free. */
char *sandbox_read(const char *path, size_t *len);

/* The permission bits. */
mode_t sandbox_mode(const char *path);

/* How many files a directory holds. */
int sandbox_count(const char *path);

#endif
