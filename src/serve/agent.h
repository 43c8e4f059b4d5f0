/* SPDX-License-Identifier: MIT */
/*
 * The access rule of an agent: the token of a request says which service account a pod has
 * (serve/verdicts.h), the policy says which scope that account may use (serve/policy.h), and the
 * profile set has the scope's credentials. Decisions are logged, each as one line of JSON.
 */
#ifndef SERVE_AGENT_H
#define SERVE_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "serve/review_pool.h"
#include "serve/verdicts.h"

struct agent;
struct buf;
struct profile_set;
struct server_request;

struct agent_config {
    const char *policy;   /* the path of the file */
    const char *audience; /* of the tokens */
    struct review_work work;
};

/* Reads the policy. config and the set are borrowed; the set must be on demand. The caller frees it
 * with agent_free. NULL with ERR_FILE or ERR_INTERNAL. */
struct agent *agent_new(const struct agent_config *config, struct profile_set *set,
                        struct err *err);

/* Kills the children. Accepts NULL. */
void agent_free(struct agent *agent);

/* The children that review tokens, for the loop. */
struct review_pool *agent_reviews(struct agent *agent);

/* Reads the policy again if its file has changed; looks every AGENT_POLICY_CHECK_MS. If the file is
 * not valid, the last valid policy stays in force. */
enum { AGENT_POLICY_CHECK_MS = 5000 };
void agent_check_policy_file(struct agent *agent, int64_t now_ms);

/* Milliseconds until agent_check_policy_file has something to do. */
int agent_timeout_ms(const struct agent *agent, int64_t now_ms);

struct agent_request {
    const struct server_request *request;
    int64_t now_ms; /* of the clock of the profile set */
    int64_t now_s;  /* since 1970 */
    bool may_wait;
};

struct agent_grant {
    int profile;      /* index in the profile set, if AGENT_GRANTED */
    int status;       /* the rest: of the response, if AGENT_REFUSED */
    const char *code; /* a literal */
    char message[ERR_TEXT_SIZE + 32];
};

enum agent_decision {
    AGENT_GRANTED,
    AGENT_WAIT, /* a review is under way, and the request may wait for it */
    AGENT_REFUSED,
};

enum agent_decision agent_decide(struct agent *agent, const struct agent_request *request,
                                 struct agent_grant *grant);

/* A request for credentials has been answered this long after it was complete. */
void agent_note_duration(struct agent *agent, int64_t duration_ms);

/* Appends a line for each reason why the agent is not ready, such as an invalid policy. */
void agent_add_problems(const struct agent *agent, struct buf *out);

/* Appends the agent's metrics (serve/metrics.h). */
void agent_add_metrics(const struct agent *agent, struct buf *out, int64_t now_ms);

#endif
