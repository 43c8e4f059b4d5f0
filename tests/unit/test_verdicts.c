/* SPDX-License-Identifier: MIT */
/* What is known about tokens: for how long, who is asked how often, and how much is kept. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/address.h"
#include "pod_token.h"
#include "serve/verdicts.h"

enum { START_MS = 5000, START_S = 1800000000, MINUTE_MS = 60000, LATER_S = 3600 };

struct fixture {
    struct verdicts verdicts;
    int64_t now_ms; /* since the start, of both clocks */
    struct verdict_answer answer;
};

static void open_fixture(struct fixture *fixture, int capacity)
{
    struct err err;
    *fixture = (struct fixture){.now_ms = 0};
    assert_int_equal(verdicts_init(&fixture->verdicts, "duplojit", capacity, &err), 0);
}

static enum verdict ask_token(struct fixture *fixture, const char *token, int client)
{
    struct address address = {
        .at.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000000U + (unsigned)client)}};
    const struct verdict_request request = {.token = token,
                                            .client = &address,
                                            .now_ms = START_MS + fixture->now_ms,
                                            .now_s = START_S + fixture->now_ms / 1000};
    return verdicts_ask(&fixture->verdicts, &request, &fixture->answer);
}

/* Asks about token n, which expires long after the start. */
static enum verdict ask(struct fixture *fixture, int n, int client)
{
    char token[POD_TOKEN_SIZE];
    pod_token_make(n, START_S + LATER_S, token);
    return ask_token(fixture, token, client);
}

static void enter(struct fixture *fixture, int at, const struct token_review *review)
{
    verdicts_enter(&fixture->verdicts, at, review, START_MS + fixture->now_ms);
}

static const struct token_review accepts = {
    .accepted = true, .account = {.namespace = "team", .name = "app", .pod = "p1"}};
static const struct token_review rejects = {.accepted = false};

/* Ends all reviews that are due; returns how many. NULL: they fail. */
static int review_all(struct fixture *fixture, const struct token_review *review)
{
    uint16_t batch[VERDICTS_PENDING_MAX];
    int count = verdicts_take(&fixture->verdicts, batch, VERDICTS_PENDING_MAX);
    for (int i = 0; i < count; i++) {
        enter(fixture, batch[i], review);
    }
    return count;
}

static void refuses_without_a_review(void **state)
{
    static const struct {
        const char *name;
        const char *payload;
        enum verdict verdict;
    } rows[] = {
        {"malformed", "{}", VERDICT_MALFORMED},
        {"expired",
         "{\"aud\":\"duplojit\",\"exp\":1800000000,\"kubernetes.io\":{\"namespace\":\"a\","
         "\"serviceaccount\":{\"name\":\"b\"}}}",
         VERDICT_EXPIRED},
        {"audience",
         "{\"aud\":\"other\",\"exp\":1800000001,\"kubernetes.io\":{\"namespace\":\"a\","
         "\"serviceaccount\":{\"name\":\"b\"}}}",
         VERDICT_OTHER_AUDIENCE},
    };
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture, 16);
    assert_int_equal(ask_token(&fixture, NULL, 1), VERDICT_NO_TOKEN);
    assert_int_equal(ask_token(&fixture, "", 1), VERDICT_NO_TOKEN);
    for (size_t i = 0; i < ROWS(rows); i++) {
        char token[POD_TOKEN_SIZE];
        pod_token_encode(rows[i].payload, token);
        row_int(rows[i].name, ask_token(&fixture, token, 1), rows[i].verdict);
    }
    assert_int_equal(fixture.verdicts.pending, 0);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        assert_non_null(verdict_text((enum verdict)i));
    }
    verdicts_done(&fixture.verdicts);
}

static void keeps_verdicts_for_a_minute(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture, 16);
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT);
    assert_int_equal(ask(&fixture, 1, 2), VERDICT_WAIT); /* one review for both */
    assert_int_equal(review_all(&fixture, &accepts), 1);
    assert_int_equal(ask(&fixture, 2, 1), VERDICT_WAIT);
    assert_int_equal(review_all(&fixture, &rejects), 1);
    fixture.now_ms = MINUTE_MS - 1;
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_ACCEPTED);
    assert_string_equal(fixture.answer.account.namespace, "team");
    assert_string_equal(fixture.answer.account.name, "app");
    assert_string_equal(fixture.answer.account.pod, "p1");
    assert_int_equal(ask(&fixture, 2, 1), VERDICT_REJECTED);
    assert_int_equal(review_all(&fixture, &accepts), 0);
    fixture.now_ms = MINUTE_MS;
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT);
    assert_int_equal(ask(&fixture, 2, 1), VERDICT_WAIT);
    assert_int_equal(review_all(&fixture, &rejects), 2);
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_REJECTED);
    assert_int_equal(fixture.verdicts.answered, 4);
    verdicts_done(&fixture.verdicts);
}

/* The wall clock may be set: the expiration counts by it, the minute by the other. */
static void ends_with_the_token(void **state)
{
    struct fixture fixture;
    char token[POD_TOKEN_SIZE];
    (void)state;
    open_fixture(&fixture, 16);
    pod_token_make(1, START_S + 10, token);
    assert_int_equal(ask_token(&fixture, token, 1), VERDICT_WAIT);
    review_all(&fixture, &accepts);
    fixture.now_ms = 9999;
    assert_int_equal(ask_token(&fixture, token, 1), VERDICT_ACCEPTED);
    fixture.now_ms = 10000;
    assert_int_equal(ask_token(&fixture, token, 1), VERDICT_EXPIRED);
    assert_int_equal(review_all(&fixture, &accepts), 0);
    verdicts_done(&fixture.verdicts);
}

static void pauses_after_failures(void **state)
{
    static const int pauses_ms[] = {1000, 2000, 4000, 8000, 10000, 10000, 10000};
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture, 64);
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT);
    review_all(&fixture, &accepts);
    for (size_t i = 0; i < ROWS(pauses_ms); i++) {
        assert_int_equal(ask(&fixture, 2, 1), VERDICT_WAIT);
        assert_int_equal(ask(&fixture, 3, 1), VERDICT_WAIT); /* two of one outage */
        assert_int_equal(review_all(&fixture, NULL), 2);
        fixture.now_ms += pauses_ms[i] - 1;
        assert_int_equal(ask(&fixture, 2, 1), VERDICT_UNAVAILABLE);
        assert_int_equal(ask(&fixture, 4, 1), VERDICT_UNAVAILABLE);
        assert_int_equal(ask(&fixture, 1, 1), VERDICT_ACCEPTED); /* still counts */
        assert_int_equal(review_all(&fixture, NULL), 0);
        fixture.now_ms++;
    }
    assert_int_equal(fixture.verdicts.failed, 2 * ROWS(pauses_ms));
    assert_int_equal(ask(&fixture, 2, 1), VERDICT_WAIT);
    review_all(&fixture, &accepts);
    assert_int_equal(ask(&fixture, 3, 1), VERDICT_WAIT);
    review_all(&fixture, NULL);
    fixture.now_ms += 1000; /* after a success the pauses are short again */
    assert_int_equal(ask(&fixture, 3, 1), VERDICT_WAIT);
    assert_int_equal(ask(&fixture, 4, 1), VERDICT_WAIT);
    uint16_t batch[2];
    assert_int_equal(verdicts_take(&fixture.verdicts, batch, 2), 2);
    enter(&fixture, batch[0], NULL);
    assert_int_equal(ask(&fixture, 5, 1), VERDICT_UNAVAILABLE);
    enter(&fixture, batch[1], &rejects); /* the API server answers: no pause */
    assert_int_equal(ask(&fixture, 5, 1), VERDICT_WAIT);
    verdicts_done(&fixture.verdicts);
}

/* One client with new tokens that are rejected, as fast as it can, for some minutes: its reviews
 * are limited, and it drops no verdict of others, who get reviews, too. */
static void limits_a_flood(void **state)
{
    enum { PODS = 100, FLOOD_S = 200, PER_S = 80 };
    struct fixture fixture;
    int reviewed = 0;
    (void)state;
    open_fixture(&fixture, VERDICTS_DEFAULT);
    for (int i = 0; i < PODS; i++) {
        assert_int_equal(ask(&fixture, i, i), VERDICT_WAIT);
        review_all(&fixture, &accepts);
    }
    for (int s = 0; s < FLOOD_S; s++) {
        for (int i = 0; i < PER_S; i++) {
            enum verdict flood = ask(&fixture, 100000 + s * PER_S + i, 9999);
            assert_true(flood == VERDICT_WAIT || flood == VERDICT_TOO_MANY);
        }
        reviewed += review_all(&fixture, &rejects);
        int pod = s % PODS;
        enum verdict verdict = ask(&fixture, pod, pod);
        review_all(&fixture, &accepts);
        assert_true(verdict == VERDICT_ACCEPTED ||
                    (verdict == VERDICT_WAIT && s * 1000 >= MINUTE_MS));
        assert_int_equal(ask(&fixture, pod, pod), VERDICT_ACCEPTED);
        assert_int_equal(ask(&fixture, 50000 + s, 300 + s % 100), VERDICT_WAIT); /* a new pod */
        review_all(&fixture, &accepts);
        fixture.now_ms += 1000;
    }
    assert_int_equal(reviewed, VERDICTS_CLIENT_BURST + (FLOOD_S - 1) * VERDICTS_CLIENT_PER_S);
    verdicts_done(&fixture.verdicts);
}

/* An address with many good tokens, as of one pod that mints them, cannot fill the table. */
static void charges_each_address(void **state)
{
    enum { TOKENS = 600, SECONDS = 300 };
    struct fixture fixture;
    int n = 0;
    (void)state;
    open_fixture(&fixture, VERDICTS_DEFAULT);
    for (int s = 0; s < SECONDS; s++) {
        for (int i = 0; i < TOKENS; i++) {
            if (ask(&fixture, n, 1) == VERDICT_WAIT) {
                n++;
                review_all(&fixture, &accepts);
            }
        }
        assert_int_equal(n, VERDICTS_CLIENT_BURST + s * VERDICTS_CLIENT_PER_S);
        assert_int_equal(ask(&fixture, n, 1), VERDICT_TOO_MANY);
        fixture.now_ms += 1000;
    }
    assert_in_range(verdicts_count_accepted(&fixture.verdicts, fixture.now_ms), 1,
                    VERDICTS_CLIENT_BURST + VERDICTS_KEEP_MS / 1000 * VERDICTS_CLIENT_PER_S);
    verdicts_done(&fixture.verdicts);
}

/* Tokens that were accepted are reviewed again while new ones are refused. */
static void prefers_known_tokens(void **state)
{
    struct fixture fixture;
    int n = 1000;
    (void)state;
    open_fixture(&fixture, VERDICTS_DEFAULT);
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT);
    review_all(&fixture, &accepts);
    fixture.now_ms = MINUTE_MS;
    for (int i = 0; i < VERDICTS_BURST; i++) {
        assert_int_equal(ask(&fixture, n, 1 + n % 50), VERDICT_WAIT);
        review_all(&fixture, &rejects);
        n++;
    }
    assert_int_equal(ask(&fixture, n, 60), VERDICT_TOO_MANY);
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT);
    review_all(&fixture, NULL);
    fixture.now_ms += 1000;
    for (int i = 0; i < VERDICTS_PER_S; i++) {
        assert_int_equal(ask(&fixture, ++n, 100 + i), VERDICT_WAIT);
        review_all(&fixture, &rejects);
    }
    assert_int_equal(ask(&fixture, n + 1, 70), VERDICT_TOO_MANY);
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT); /* a failed review changes nothing */
    review_all(&fixture, &rejects);
    fixture.now_ms += MINUTE_MS - 1000;
    for (int i = 0; i < VERDICTS_BURST; i++) {
        n++;
        ask(&fixture, n, 1 + n % 200);
        review_all(&fixture, &rejects);
    }
    fixture.now_ms += 1000;
    for (int i = 0; i < VERDICTS_PER_S; i++) {
        n++;
        ask(&fixture, n, 1 + n % 200);
        review_all(&fixture, &rejects);
    }
    assert_int_equal(ask(&fixture, 1, 250), VERDICT_TOO_MANY); /* a rejection does */
    verdicts_done(&fixture.verdicts);
}

/* A client with many tokens does not delay the first of others. */
static void shares_batches_among_clients(void **state)
{
    enum { TOKENS = 20, BATCH = 8 };
    struct fixture fixture;
    uint16_t batch[TOKENS];
    int order[] = {0, 1, 2, 3, 20, 21, 4, 5};
    (void)state;
    open_fixture(&fixture, VERDICTS_DEFAULT);
    for (int i = 0; i < TOKENS; i++) {
        assert_int_equal(ask(&fixture, i, 1), VERDICT_WAIT);
    }
    assert_int_equal(ask(&fixture, 20, 2), VERDICT_WAIT);
    assert_int_equal(ask(&fixture, 21, 3), VERDICT_WAIT);
    for (int taken = 0; taken < TOKENS + 2; taken += BATCH) {
        int count = verdicts_take(&fixture.verdicts, batch, BATCH);
        assert_int_equal(count, taken + BATCH < TOKENS + 2 ? BATCH : TOKENS + 2 - taken);
        for (int i = 0; i < count; i++) {
            char token[POD_TOKEN_SIZE];
            pod_token_make(taken == 0 ? order[i] : taken + i - 2, START_S + LATER_S, token);
            assert_string_equal(verdicts_token(&fixture.verdicts, batch[i]), token);
            enter(&fixture, batch[i], &accepts);
        }
    }
    assert_int_equal(fixture.verdicts.pending, 0);
    verdicts_done(&fixture.verdicts);
}

static void bounds_the_queue(void **state)
{
    struct fixture fixture;
    uint16_t batch[VERDICTS_PENDING_MAX];
    char token[POD_TOKEN_SIZE];
    (void)state;
    open_fixture(&fixture, VERDICTS_DEFAULT);
    for (int i = 0; i < VERDICTS_PENDING_MAX; i++) { /* one of each address that is remembered */
        assert_int_equal(ask(&fixture, i, i), VERDICT_WAIT);
    }
    assert_int_equal(ask(&fixture, 5000, 5000), VERDICT_WAIT);
    assert_int_equal(fixture.verdicts.pending, VERDICTS_PENDING_MAX);
    assert_int_equal(verdicts_take(&fixture.verdicts, batch, 2), 2);
    pod_token_make(1, START_S + LATER_S, token);
    assert_string_equal(verdicts_token(&fixture.verdicts, batch[1]), token); /* the oldest first */
    assert_int_equal(ask(&fixture, 5000, 5000), VERDICT_WAIT);
    assert_int_equal(fixture.verdicts.pending, VERDICTS_PENDING_MAX);
    enter(&fixture, batch[1], &accepts);
    enter(&fixture, batch[0], &accepts);
    assert_int_equal(ask(&fixture, 5000, 5000), VERDICT_WAIT);
    assert_int_equal(review_all(&fixture, &accepts), VERDICTS_PENDING_MAX - 1);
    assert_int_equal(ask(&fixture, 5000, 5000), VERDICT_ACCEPTED);
    verdicts_done(&fixture.verdicts);
}

static void keeps_what_counts_when_full(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(&fixture, i, 1), VERDICT_WAIT);
        review_all(&fixture, i == 2 ? &rejects : &accepts);
    }
    assert_int_equal(ask(&fixture, 3, 2), VERDICT_TOO_MANY);
    fixture.now_ms = MINUTE_MS;
    assert_int_equal(ask(&fixture, 2, 1), VERDICT_WAIT); /* in its own place */
    assert_int_equal(ask(&fixture, 3, 2), VERDICT_WAIT);
    assert_int_equal(ask(&fixture, 4, 2), VERDICT_WAIT);
    assert_int_equal(ask(&fixture, 5, 2), VERDICT_TOO_MANY);
    assert_int_equal(review_all(&fixture, &accepts), 3);
    for (int i = 2; i < 5; i++) {
        assert_int_equal(ask(&fixture, i, 1), VERDICT_ACCEPTED);
    }
    verdicts_done(&fixture.verdicts);
}

/* Many addresses, while the review of a token that costs nothing is pending. */
static void remembers_addresses_with_pending_reviews(void **state)
{
    struct fixture fixture;
    uint16_t first = 0;
    (void)state;
    open_fixture(&fixture, VERDICTS_DEFAULT);
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT);
    review_all(&fixture, &accepts);
    fixture.now_ms = MINUTE_MS;
    assert_int_equal(ask(&fixture, 1, 1), VERDICT_WAIT);
    assert_int_equal(verdicts_take(&fixture.verdicts, &first, 1), 1);
    for (int i = 2; i < 2 * VERDICTS_CLIENTS; i++) {
        assert_int_equal(ask(&fixture, i, i), VERDICT_WAIT);
        review_all(&fixture, &accepts);
    }
    enter(&fixture, first, &accepts);
    for (int i = 0; i < VERDICTS_CLIENTS; i++) {
        assert_int_equal(fixture.verdicts.clients[i].pending, 0);
    }
    verdicts_done(&fixture.verdicts);
}

static void is_small(void **state)
{
    size_t names_len = 100; /* and what malloc needs */
    (void)state;
    assert_true(sizeof(struct verdicts) + VERDICTS_DEFAULT * (sizeof(struct verdict_entry) +
                                                              sizeof(uint16_t) + names_len) <
                768 << 10);
}

enum { TOKENS = 40, STEPS = 20000 };

/* What a token's last answer was, beside the module under test. */
struct known {
    char token[POD_TOKEN_SIZE];
    int64_t answered_ms; /* -MINUTE_MS: never */
    bool accepted;
    int64_t exp_s;
};

static int roll(unsigned *seed, int sides)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (int)((*seed >> 8) % (unsigned)sides);
}

/* Random requests, answers and times. No verdict counts after its time, none is lost, and there is
 * at most one answer per token and minute. */
static void holds_over_random_sequences(unsigned seed, int capacity)
{
    struct fixture fixture;
    static struct known known[TOKENS];
    uint16_t batch[TOKENS + 1];
    open_fixture(&fixture, capacity);
    for (int i = 0; i < TOKENS; i++) {
        known[i].answered_ms = -MINUTE_MS;
        known[i].exp_s = START_S + (i % 4 == 0 ? roll(&seed, 900) : 1000000);
        pod_token_make(i, known[i].exp_s, known[i].token);
    }
    for (int step = 0; step < STEPS; step++) {
        int n = roll(&seed, TOKENS);
        struct known *its = &known[n];
        int64_t now_s = START_S + fixture.now_ms / 1000;
        bool counts = fixture.now_ms < its->answered_ms + MINUTE_MS && now_s < its->exp_s;
        enum verdict verdict = ask_token(&fixture, its->token, n % 5);
        assert_int_equal(verdict == VERDICT_ACCEPTED, counts && its->accepted);
        assert_int_equal(verdict == VERDICT_REJECTED, counts && !its->accepted);
        assert_true(verdict != VERDICT_EXPIRED || now_s >= its->exp_s);
        assert_true(now_s < its->exp_s || verdict == VERDICT_EXPIRED || verdict == VERDICT_WAIT ||
                    verdict == VERDICT_TOO_MANY);
        for (int taken = verdicts_take(&fixture.verdicts, batch, roll(&seed, 3)); taken > 0;
             taken--) {
            int at = batch[taken - 1];
            int outcome = roll(&seed, 10);
            its = known;
            while (strcmp(verdicts_token(&fixture.verdicts, at), its->token) != 0) {
                its++;
            }
            if (outcome > 0) {
                assert_true(fixture.now_ms >= its->answered_ms + MINUTE_MS);
                its->answered_ms = fixture.now_ms;
                its->accepted = outcome > 3;
            }
            enter(&fixture, at, outcome == 0 ? NULL : outcome > 3 ? &accepts : &rejects);
        }
        fixture.now_ms += roll(&seed, 20) == 0 ? roll(&seed, 30000) : roll(&seed, 100);
    }
    assert_true(fixture.verdicts.answered > 100);
    verdicts_done(&fixture.verdicts);
}

static void holds_for_any_sequence(void **state)
{
    (void)state;
    holds_over_random_sequences(1, TOKENS);
    holds_over_random_sequences(2, 7); /* fewer than the tokens */
    holds_over_random_sequences(3, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_without_a_review),
        cmocka_unit_test(keeps_verdicts_for_a_minute),
        cmocka_unit_test(ends_with_the_token),
        cmocka_unit_test(pauses_after_failures),
        cmocka_unit_test(limits_a_flood),
        cmocka_unit_test(charges_each_address),
        cmocka_unit_test(prefers_known_tokens),
        cmocka_unit_test(shares_batches_among_clients),
        cmocka_unit_test(bounds_the_queue),
        cmocka_unit_test(keeps_what_counts_when_full),
        cmocka_unit_test(remembers_addresses_with_pending_reviews),
        cmocka_unit_test(is_small),
        cmocka_unit_test(holds_for_any_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
