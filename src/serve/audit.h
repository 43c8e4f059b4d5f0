/* SPDX-License-Identifier: MIT */
/* The audit log of an agent: one line of JSON on standard error for each decision, without secrets.
 * A verdict that is used again from memory is not a new decision. */
#ifndef SERVE_AUDIT_H
#define SERVE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "portal/scope.h"

struct address;
struct service_account;

struct audit_line {
    int64_t time_s;
    const struct address *client;          /* of the connection; NULL: not known */
    const struct service_account *account; /* NULL: not known */
    char scope[SCOPE_KEY_SIZE];            /* "": none */
    const char *rule;                      /* of the policy; NULL: none was asked */
    int refusal;                           /* see agent_refusal_text; -1: granted */
};

/* Zeroed at the start. */
struct audit {
    int64_t second; /* of the clock of audit_write, in seconds */
    int lines;      /* in this second, of clients that are not known */
};

/*
 * Writes the line. Any client can cause refusals without an account, so of those only
 * AUDIT_UNKNOWN_PER_S are written in one second. Lines with an account are as many as reviews.
 * False if the line was not written.
 */
enum { AUDIT_UNKNOWN_PER_S = 10 };
bool audit_write(struct audit *audit, const struct audit_line *line, int64_t now_ms);

#endif
