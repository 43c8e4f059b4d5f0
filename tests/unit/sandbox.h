/* SPDX-License-Identifier: MIT */
/*
 * An empty directory for each test that uses files, and file operations independent of the code
 * under test. A failing operation fails the test.
 */
#ifndef UNIT_SANDBOX_H
#define UNIT_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

/* For cmocka_unit_test_setup_teardown: creates the directory; removes it with its content. */
int sandbox_setup(void **state);
int sandbox_teardown(void **state);

/* DIRECTORY/NAME, or the directory for "". The eight last results are valid. */
const char *sandbox_path(const char *name);

/* Creates or truncates a file. */
void sandbox_write(const char *path, const void *data, size_t len, mode_t mode);
void sandbox_write_text(const char *path, const char *text);

/* The content and a NUL, in memory that the caller frees. */
char *sandbox_read(const char *path, size_t *len);

/* The permission bits. */
mode_t sandbox_mode(const char *path);

/* The number of files in a directory. */
int sandbox_count(const char *path);

/* Makes standard input a pipe that holds text and ends; sandbox_restore_stdin undoes it with what
 * this returns. */
int sandbox_feed_stdin(const char *text);
void sandbox_restore_stdin(int before);

#endif
