/* SPDX-License-Identifier: MIT */
/* A person with a browser, for tests of what waits for them: a child process that sends a request
 * to a listener on loopback. */
#ifndef UNIT_PERSON_H
#define UNIT_PERSON_H

#include <sys/types.h>

/* A port on loopback that nothing listens on. */
int person_find_port(void);

/* Starts a child that sends the text as soon as something listens on the port, and reads the
 * response. It gives up after 10 s. */
pid_t person_start(int port, const char *request);

/* Waits for the child, which must have got a response. */
void person_end(pid_t person);

/* Ends the child, which must have found no listener. */
void person_cancel(pid_t person);

#endif
