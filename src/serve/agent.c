/* SPDX-License-Identifier: MIT */
#include "serve/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "net/address.h"
#include "net/peer.h"
#include "net/server.h"
#include "serve/agent_counters.h"
#include "serve/audit.h"
#include "serve/metrics.h"
#include "serve/policy.h"
#include "serve/profile_set.h"

struct agent {
    const struct agent_config *config;
    struct profile_set *set;
    struct policy policy;
    struct err policy_err; /* ERR_NONE: the file is the policy in force */
    int64_t check_ms;      /* when to look at the file next */
    struct verdicts verdicts;
    struct review_pool reviews;
    struct agent_counters counters;
    struct audit audit;
};

struct agent *agent_new(const struct agent_config *config, struct profile_set *set, struct err *err)
{
    struct agent *agent = calloc(1, sizeof(*agent));
    if (agent == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    agent->config = config;
    agent->set = set;
    if (policy_read(&agent->policy, config->policy, err) != 0 ||
        verdicts_init(&agent->verdicts, config->audience, VERDICTS_DEFAULT, err) != 0) {
        agent_free(agent);
        return NULL;
    }
    review_pool_init(&agent->reviews, &agent->verdicts, &config->work);
    return agent;
}

void agent_free(struct agent *agent)
{
    if (agent != NULL) {
        review_pool_done(&agent->reviews);
        verdicts_done(&agent->verdicts);
        policy_done(&agent->policy);
        free(agent);
    }
}

struct review_pool *agent_reviews(struct agent *agent)
{
    return &agent->reviews;
}

void agent_check_policy_file(struct agent *agent, int64_t now_ms)
{
    struct err err = {.kind = ERR_NONE};
    const char *path = agent->config->policy;
    if (now_ms < agent->check_ms) {
        return;
    }
    agent->check_ms = now_ms + AGENT_POLICY_CHECK_MS;
    if (!policy_is_stale(&agent->policy, path)) {
        agent->policy_err.kind = ERR_NONE;
        return;
    }
    if (policy_read(&agent->policy, path, &err) == 0) {
        log_note("the policy %s is in force", path);
        verdicts_renew(&agent->verdicts);
    } else if (agent->policy_err.kind == ERR_NONE ||
               strcmp(agent->policy_err.text, err.text) != 0) {
        log_warn("%s; the last valid policy stays in force", err.text);
    }
    agent->policy_err = err;
}

int agent_timeout_ms(const struct agent *agent, int64_t now_ms)
{
    int64_t left_ms = agent->check_ms - now_ms;
    return left_ms < 0 ? 0 : (int)left_ms;
}

/* SDKs repeat a request after 5xx, and not after 4xx. */
static int refusal_status(int refusal, const char **code)
{
    switch (refusal) {
    case VERDICT_WAIT:
    case VERDICT_UNAVAILABLE:
    case AGENT_TOO_MANY_SCOPES:
        *code = "ServiceUnavailable";
        return 503;
    case VERDICT_TOO_MANY:
        *code = "TooManyRequests";
        return 503;
    case VERDICT_NO_TOKEN:
        *code = "Unauthorized";
        return 401;
    default:
        *code = "AccessDenied";
        return 403;
    }
}

static enum agent_decision refuse(struct agent_grant *grant, struct audit_line *line, int refusal,
                                  const char *why)
{
    line->refusal = refusal;
    grant->status = refusal_status(refusal, &grant->code);
    snprintf(grant->message, sizeof(grant->message), "no credentials for this pod: %s", why);
    return AGENT_REFUSED;
}

/* The profile of a scope, which may be new. */
static int find_profile(struct agent *agent, const struct scope *scope, struct err *err)
{
    char key[SCOPE_KEY_SIZE];
    scope_key(scope, key);
    int profile = profile_set_find(agent->set, key);
    return profile >= 0 ? profile : profile_set_add(agent->set, key, scope, err);
}

/* What the policy says about an account that the API server has named. */
static enum agent_decision apply_policy(struct agent *agent, const struct service_account *account,
                                        struct audit_line *line, struct agent_grant *grant)
{
    struct scope scope;
    struct err err = {.kind = ERR_NONE};
    line->account = account;
    if (!policy_decide(&agent->policy, account->namespace, account->name, &scope, &line->rule)) {
        char why[ERR_TEXT_SIZE];
        snprintf(why, sizeof(why), "the policy denies %s/%s (%s)", account->namespace,
                 account->name, line->rule);
        return refuse(grant, line, AGENT_DENIED, why);
    }
    scope_key(&scope, line->scope);
    grant->profile = find_profile(agent, &scope, &err);
    return grant->profile >= 0 ? AGENT_GRANTED
                               : refuse(grant, line, AGENT_TOO_MANY_SCOPES, err.text);
}

static void note_decision(struct agent *agent, const struct audit_line *line, bool is_new,
                          const struct agent_request *request)
{
    struct agent_counters *counters = &agent->counters;
    if (line->refusal >= 0) {
        counters->refusals[line->refusal]++;
    }
    if (is_new) {
        counters->unlogged += audit_write(&agent->audit, line, request->now_ms) ? 0 : 1;
    } else if (request->request->complete_ms == request->now_ms) { /* it has not waited */
        counters->hits++;
    }
}

enum agent_decision agent_decide(struct agent *agent, const struct agent_request *request,
                                 struct agent_grant *grant)
{
    struct address client = {.at.any.sa_family = AF_INET};
    struct verdict_answer answer;
    struct audit_line line = {.time_s = request->now_s, .refusal = -1};
    if (peer_find_address(request->request->fd, &client)) {
        line.client = &client;
    }
    const struct verdict_request ask = {
        .token = server_header(request->request, "Authorization"),
        .client = &client,
        .now_ms = request->now_ms,
        .now_s = request->now_s,
    };
    enum verdict verdict = verdicts_ask(&agent->verdicts, &ask, &answer);
    if (verdict == VERDICT_WAIT && request->may_wait) {
        return AGENT_WAIT;
    }
    enum agent_decision decision = verdict == VERDICT_ACCEPTED
                                       ? apply_policy(agent, &answer.account, &line, grant)
                                       : refuse(grant, &line, (int)verdict, verdict_text(verdict));
    note_decision(agent, &line, answer.is_new, request);
    return decision;
}

void agent_note_duration(struct agent *agent, int64_t duration_ms)
{
    agent_counters_add_duration(&agent->counters, duration_ms);
}

void agent_add_problems(const struct agent *agent, struct buf *out)
{
    if (agent->policy_err.kind != ERR_NONE) {
        buf_add_fmt(out, "not ready: %s\n", agent->policy_err.text);
    }
}

void agent_add_metrics(const struct agent *agent, struct buf *out, int64_t now_ms)
{
    static const char reviews[] = "duplojit_agent_reviews_total";
    const struct verdicts *verdicts = &agent->verdicts;
    metrics_add_head(out, reviews, "counter", "Tokens that the API server has reviewed.");
    buf_add_fmt(out, "%s{result=\"accepted\"} %llu\n", reviews,
                (unsigned long long)verdicts->accepted);
    buf_add_fmt(out, "%s{result=\"rejected\"} %llu\n", reviews,
                (unsigned long long)(verdicts->answered - verdicts->accepted));
    buf_add_fmt(out, "%s{result=\"unavailable\"} %llu\n", reviews,
                (unsigned long long)verdicts->failed);
    metrics_add_number(out, "duplojit_agent_pods", "gauge", "Tokens with a verdict that accepts.",
                       (uint64_t)verdicts_count_accepted(verdicts, now_ms));
    metrics_add_number(out, "duplojit_agent_policy_valid", "gauge",
                       "1 while the policy's file is valid.",
                       agent->policy_err.kind == ERR_NONE ? 1 : 0);
    agent_counters_add_metrics(&agent->counters, out);
}
