/* SPDX-License-Identifier: MIT */
#include "session/agent_session.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/args.h"
#include "net/address.h"
#include "net/link_address.h"
#include "session/endpoint_session.h"

enum {
    REVIEW_TIMEOUT_MS = 5000,
    REVIEW_CHILD_MS = 2 * REVIEW_TIMEOUT_MS, /* for one token of its batch */
    SCOPES_DEFAULT = 1000,
    AUDIENCE_MAX = 253,
};

static int read_scopes_max(const struct args *args, struct profile_list *profiles, struct err *err)
{
    const char *text = args_text(args, OPTION_SCOPES_MAX);
    int64_t max = SCOPES_DEFAULT;
    if (text != NULL && !text_parse_int(text, 1, PROFILE_LIST_MAX, &max)) {
        return err_set(err, ERR_USAGE, "--scopes-max \"%.20s\" is not a number from 1 to %d", text,
                       PROFILE_LIST_MAX);
    }
    profiles->on_demand = true;
    profiles->max = (int)max;
    return 0;
}

static int read_options(struct agent_session *session, const struct args *args, struct err *err)
{
    struct token_reviews *reviews = &session->reviews;
    const char *audience = args_text(args, OPTION_AUDIENCE);
    const char *dir = args_text(args, OPTION_SERVICE_ACCOUNT_DIR);
    audience = audience != NULL ? audience : "duplojit";
    size_t len = strlen(audience);
    if (len == 0 || len > AUDIENCE_MAX || text_word_len(audience, len) != len) {
        return err_set(err, ERR_USAGE, "--audience must be 1 to %d characters without blanks",
                       AUDIENCE_MAX);
    }
    reviews->audience = audience;
    reviews->dir = dir != NULL ? dir : TOKEN_REVIEWS_DIR;
    reviews->timeout_ms = REVIEW_TIMEOUT_MS;
    session->config = (struct agent_config){
        .policy = args_text(args, OPTION_POLICY),
        .audience = reviews->audience,
        .work = {.context = reviews, .review = token_reviews_send, .limit_ms = REVIEW_CHILD_MS},
    };
    if (session->config.policy == NULL) {
        return err_set(err, ERR_USAGE,
                       "missing --policy FILE: which pods get which credentials; see "
                       "`duplojit agent check-policy`");
    }
    return token_reviews_set_server(reviews, args_environment(args, "KUBERNETES_SERVICE_HOST"),
                                    args_environment(args, "KUBERNETES_SERVICE_PORT"), err);
}

/* The addresses that SDKs accept are on no interface until a program adds them. */
static int add_addresses(const struct endpoint_config *config, struct err *err)
{
    for (int i = 0; i < config->address_count; i++) {
        if (address_is_agent(&config->addresses[i]) &&
            link_address_add(&config->addresses[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int agent_session_open(struct agent_session *session, const struct args *args, struct err *err)
{
    const char *const defaults[] = {"169.254.170.23:9911",
                                    link_address_has_ipv6() ? "[fd00:ec2::23]:9911" : NULL, NULL};
    session->endpoint = endpoint_session_new(args, defaults, err);
    if (session->endpoint == NULL ||
        read_scopes_max(args, &session->endpoint->profiles, err) != 0 ||
        read_options(session, args, err) != 0) {
        return -1;
    }
    session->endpoint->config.agent = &session->config;
    return add_addresses(&session->endpoint->config, err);
}

void agent_session_close(struct agent_session *session)
{
    endpoint_session_free(session->endpoint);
    token_reviews_done(&session->reviews);
}
