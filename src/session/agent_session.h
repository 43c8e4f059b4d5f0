/* SPDX-License-Identifier: MIT */
/* The session of an agent: an endpoint whose clients are pods, which the API server knows. */
#ifndef SESSION_AGENT_SESSION_H
#define SESSION_AGENT_SESSION_H

#include "serve/agent.h"
#include "session/token_reviews.h"

struct args;
struct endpoint_session;
struct err;

struct agent_session {
    struct endpoint_session *endpoint;
    struct agent_config config;
    struct token_reviews reviews;
};

/* Reads the options of the endpoint and of the agent, and adds the agent's addresses to this node.
 * session is zeroed before; release it with agent_session_close in any case. */
int agent_session_open(struct agent_session *session, const struct args *args, struct err *err)
    __attribute__((warn_unused_result));

void agent_session_close(struct agent_session *session);

#endif
