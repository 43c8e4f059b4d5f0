/* SPDX-License-Identifier: MIT */
/* Checks that change the process for good run in a child. */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

/* The exit code of a child that returns from checks, or -1 if a signal ended it. Fails the test if
 * there is no child. */
int run_in_child(int (*checks)(void));

#endif
