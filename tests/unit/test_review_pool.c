/* SPDX-License-Identifier: MIT */
/* Reviews of tokens in child processes: batches, failures, children that hang or crash. */
#include "rows.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "net/address.h"
#include "pod_token.h"
#include "serve/review_pool.h"
#include "serve/verdicts.h"

enum { LIMIT_MS = 20000, SHORT_MS = 100, LATER_S = 3600, TOKENS = 200 };

/* What the fake API server does with a token. */
enum fake { ACCEPT, REJECT, FAIL, CRASH, HANG };

/* Shared with the children. */
struct log {
    int reviews;
    int children;
    int64_t begin_ms; /* of the last review; it ends later */
    pid_t last;
};

struct fixture {
    struct verdicts verdicts;
    struct review_pool pool;
    struct review_work work;
    char tokens[TOKENS][512];
    enum fake fakes[TOKENS];
    struct log *log;
};

static int review(void *context, const char *token, struct token_review *review, struct err *err)
{
    struct fixture *fixture = context;
    int n = 0;
    while (strcmp(fixture->tokens[n], token) != 0) {
        n++;
    }
    __atomic_add_fetch(&fixture->log->reviews, 1, __ATOMIC_SEQ_CST);
    if (fixture->log->last != getpid()) {
        fixture->log->last = getpid();
        __atomic_add_fetch(&fixture->log->children, 1, __ATOMIC_SEQ_CST);
    }
    fixture->log->begin_ms = clock_boot_ms();
    while (clock_boot_ms() - fixture->log->begin_ms < 2) {
    }
    switch (fixture->fakes[n]) {
    case ACCEPT:
        review->accepted = true;
        snprintf(review->account.pod, sizeof(review->account.pod), "p%d", n);
        return 0;
    case REJECT:
        return 0;
    case FAIL:
        return err_set(err, ERR_REFUSED, "no access");
    case HANG:
        sleep(LIMIT_MS / 1000 * 3);
        _exit(9);
    default:
        _exit(9);
    }
}

static struct fixture *open_fixture(int64_t limit_ms)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct err err;
    assert_non_null(fixture);
    fixture->log = mmap(NULL, sizeof(*fixture->log), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fixture->work = (struct review_work){fixture, review, limit_ms};
    for (int i = 0; i < TOKENS; i++) {
        char token[POD_TOKEN_SIZE];
        pod_token_make(i, clock_wall_s() + LATER_S, token);
        assert_true(text_copy(fixture->tokens[i], sizeof(fixture->tokens[i]), token));
    }
    assert_int_equal(verdicts_init(&fixture->verdicts, "duplojit", VERDICTS_DEFAULT, &err), 0);
    review_pool_init(&fixture->pool, &fixture->verdicts, &fixture->work);
    return fixture;
}

static void close_fixture(struct fixture *fixture)
{
    review_pool_done(&fixture->pool);
    while (waitpid(-1, NULL, 0) > 0) {
    }
    verdicts_done(&fixture->verdicts);
    munmap(fixture->log, sizeof(*fixture->log));
    free(fixture);
}

static enum verdict ask(struct fixture *fixture, int n)
{
    struct verdict_answer answer = {.account = {.pod = ""}};
    const struct address address = {
        .at.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000000U + (unsigned)n / 8)}};
    const struct verdict_request request = {fixture->tokens[n], &address, clock_boot_ms(),
                                            clock_wall_s()};
    enum verdict verdict = verdicts_ask(&fixture->verdicts, &request, &answer);
    if (verdict == VERDICT_ACCEPTED) {
        char pod[16];
        snprintf(pod, sizeof(pod), "p%d", n);
        assert_string_equal(answer.account.pod, pod);
    }
    return verdict;
}

/* As an endpoint's loop, until no token is pending. Returns how often a step had news. */
static int run_until_idle(struct fixture *fixture)
{
    int news = 0;
    while (fixture->verdicts.pending > 0 || review_pool_is_running(&fixture->pool)) {
        struct pollfd fds[REVIEW_POOL_SIZE];
        review_pool_start(&fixture->pool);
        for (int i = 0; i < REVIEW_POOL_SIZE; i++) {
            fds[i] = (struct pollfd){.fd = review_pool_fd(&fixture->pool, i), .events = POLLIN};
        }
        int timeout_ms = review_pool_timeout_ms(&fixture->pool);
        poll(fds, REVIEW_POOL_SIZE, timeout_ms < 50 ? timeout_ms : 50);
        news += review_pool_step(&fixture->pool);
        for (pid_t pid = 0; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
            assert_true(review_pool_reap(&fixture->pool, pid));
        }
    }
    return news;
}

static void enters_answers(void **state)
{
    struct fixture *fixture = open_fixture(LIMIT_MS);
    (void)state;
    fixture->fakes[1] = REJECT;
    fixture->fakes[2] = FAIL;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ask(fixture, i), VERDICT_WAIT);
        assert_int_equal(ask(fixture, i), VERDICT_WAIT);
    }
    assert_int_equal(review_pool_timeout_ms(&fixture->pool), 0);
    assert_true(run_until_idle(fixture) > 0);
    assert_int_equal(ask(fixture, 0), VERDICT_ACCEPTED);
    assert_int_equal(ask(fixture, 1), VERDICT_REJECTED);
    assert_int_equal(ask(fixture, 3), VERDICT_ACCEPTED); /* after the one that failed */
    assert_int_equal(fixture->verdicts.failed, 1);
    assert_int_equal(fixture->log->reviews, 4);
    assert_int_equal(fixture->log->children, 1);
    assert_int_equal(fixture->pool.last.kind, ERR_NONE);
    assert_int_equal(review_pool_timeout_ms(&fixture->pool), INT32_MAX);
    assert_false(review_pool_step(&fixture->pool));
    close_fixture(fixture);
}

static void shares_children(void **state)
{
    struct fixture *fixture = open_fixture(LIMIT_MS);
    (void)state;
    for (int i = 0; i < TOKENS; i++) {
        assert_int_equal(ask(fixture, i), VERDICT_WAIT);
    }
    review_pool_start(&fixture->pool);
    assert_int_equal(fixture->verdicts.queued, TOKENS - REVIEW_POOL_SIZE * REVIEW_BATCH_MAX);
    run_until_idle(fixture);
    for (int i = 0; i < TOKENS; i++) {
        assert_int_equal(ask(fixture, i), VERDICT_ACCEPTED);
    }
    assert_int_equal(fixture->log->reviews, TOKENS);
    assert_int_equal(fixture->verdicts.answered, TOKENS);
    close_fixture(fixture);
}

static void ends_after_two_failures(void **state)
{
    struct fixture *fixture = open_fixture(LIMIT_MS);
    (void)state;
    for (int i = 0; i < 10; i++) {
        fixture->fakes[i] = i == 0 ? ACCEPT : FAIL;
        ask(fixture, i);
    }
    run_until_idle(fixture);
    assert_int_equal(fixture->log->reviews, 3);
    assert_int_equal(fixture->verdicts.failed, 9);
    assert_string_equal(fixture->pool.last.text, "no access");
    assert_int_equal(fixture->pool.last.kind, ERR_REFUSED);
    assert_int_equal(ask(fixture, 0), VERDICT_ACCEPTED);
    assert_int_equal(ask(fixture, 9), VERDICT_UNAVAILABLE);
    close_fixture(fixture);
}

static void survives_children_that_do_not_answer(void **state)
{
    static const struct {
        const char *name;
        enum fake fake;
        const char *message;
    } rows[] = {
        {"crash", CRASH, "the process that asks the API server ended unexpectedly"},
        {"hang", HANG, "the process that asks the API server took too long and was stopped"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct fixture *fixture = open_fixture(rows[i].fake == HANG ? SHORT_MS : LIMIT_MS);
        fixture->fakes[0] = rows[i].fake;
        ask(fixture, 0);
        ask(fixture, 1);
        run_until_idle(fixture);
        row_int(rows[i].name, (int)fixture->verdicts.failed, 2);
        row_true(rows[i].name, fixture->log->reviews <= 1);
        row_text(rows[i].name, fixture->pool.last.text, rows[i].message);
        row_int(rows[i].name, fixture->pool.last.kind, ERR_UNAVAILABLE);
        row_int(rows[i].name, ask(fixture, 1), VERDICT_UNAVAILABLE);
        close_fixture(fixture);
    }
}

/* A verdict is as old as the question: the API server may have answered any time after it. */
static void ages_from_the_question(void **state)
{
    struct fixture *fixture = open_fixture(LIMIT_MS);
    int64_t until_ms = 0;
    (void)state;
    ask(fixture, 0);
    run_until_idle(fixture);
    for (int i = 0; i < VERDICTS_DEFAULT; i++) {
        until_ms += fixture->verdicts.entries[i].until_ms;
    }
    assert_true(until_ms > 0 && until_ms - VERDICTS_KEEP_MS <= fixture->log->begin_ms);
    close_fixture(fixture);
}

static void extends_the_deadline_with_each_answer(void **state)
{
    struct fixture *fixture = open_fixture(LIMIT_MS);
    (void)state;
    fixture->fakes[1] = HANG;
    ask(fixture, 0);
    ask(fixture, 1);
    review_pool_start(&fixture->pool);
    int64_t deadline_ms = fixture->pool.batches[0].worker.deadline_ms;
    fixture->pool.batches[0].worker.deadline_ms -= LIMIT_MS / 2;
    while (!review_pool_step(&fixture->pool)) {
        struct pollfd fd = {.fd = review_pool_fd(&fixture->pool, 0), .events = POLLIN};
        poll(&fd, 1, LIMIT_MS);
    }
    assert_int_equal(ask(fixture, 0), VERDICT_ACCEPTED);
    assert_true(fixture->pool.batches[0].worker.deadline_ms >= deadline_ms);
    close_fixture(fixture);
}

/* Requests that wait are answered at once. */
static void reports_a_child_that_cannot_be_started(void **state)
{
    struct fixture *fixture = open_fixture(LIMIT_MS);
    struct rlimit before;
    (void)state;
    ask(fixture, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
    review_pool_start(&fixture->pool);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_non_null(strstr(fixture->pool.last.text, "cannot create a pipe: "));
    assert_int_equal(review_pool_timeout_ms(&fixture->pool), 0);
    assert_true(review_pool_step(&fixture->pool));
    assert_false(review_pool_step(&fixture->pool));
    assert_int_equal(ask(fixture, 0), VERDICT_UNAVAILABLE);
    close_fixture(fixture);
}

static void stops(void **state)
{
    struct fixture *fixture = open_fixture(LIMIT_MS);
    (void)state;
    fixture->fakes[0] = HANG;
    ask(fixture, 0);
    review_pool_start(&fixture->pool);
    assert_true(review_pool_is_running(&fixture->pool));
    assert_false(review_pool_step(&fixture->pool));
    assert_false(review_pool_reap(&fixture->pool, getpid()));
    assert_in_range(review_pool_timeout_ms(&fixture->pool), 1, LIMIT_MS);
    review_pool_stop(&fixture->pool, SIGTERM);
    pid_t pid = waitpid(-1, NULL, 0);
    assert_true(review_pool_is_running(&fixture->pool));
    assert_true(review_pool_reap(&fixture->pool, pid));
    assert_false(review_pool_is_running(&fixture->pool));
    close_fixture(fixture);
    review_pool_done(&(struct review_pool){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enters_answers),
        cmocka_unit_test(shares_children),
        cmocka_unit_test(ends_after_two_failures),
        cmocka_unit_test(survives_children_that_do_not_answer),
        cmocka_unit_test(ages_from_the_question),
        cmocka_unit_test(extends_the_deadline_with_each_answer),
        cmocka_unit_test(reports_a_child_that_cannot_be_started),
        cmocka_unit_test(stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
