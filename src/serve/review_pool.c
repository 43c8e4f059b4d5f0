/* SPDX-License-Identifier: MIT */
#include "serve/review_pool.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/verdicts.h"

enum { FAILURES_MAX = 2 };

void review_pool_init(struct review_pool *pool, struct verdicts *verdicts,
                      const struct review_work *work)
{
    *pool = (struct review_pool){.verdicts = verdicts, .work = work};
    for (int i = 0; i < REVIEW_POOL_SIZE; i++) {
        worker_init(&pool->batches[i].worker);
    }
}

void review_pool_stop(struct review_pool *pool, int number)
{
    for (int i = 0; pool->work != NULL && i < REVIEW_POOL_SIZE; i++) {
        worker_stop(&pool->batches[i].worker, number);
    }
}

void review_pool_done(struct review_pool *pool)
{
    review_pool_stop(pool, SIGKILL);
}

/* What the child inherits. */
struct job {
    const struct review_pool *pool;
    const struct review_batch *batch;
};

/* In the child. */
static void run(const void *context, int fd)
{
    const struct job *job = context;
    const struct review_work *work = job->pool->work;
    int failures = 0;
    for (int i = 0; i < job->batch->count && failures < FAILURES_MAX; i++) {
        struct review_report report = {.asked_ms = clock_boot_ms(), .err.kind = ERR_NONE};
        const char *token = verdicts_token(job->pool->verdicts, job->batch->entries[i]);
        bool failed = work->review(work->context, token, &report.review, &report.err) != 0;
        failures = failed ? failures + 1 : 0;
        worker_send(fd, &report, sizeof(report));
    }
}

/* Logs a failure unless it is the same as the one before: an outage may last for hours. */
static void note(struct review_pool *pool, const struct err *err)
{
    if (err->kind != ERR_NONE && strcmp(pool->last.text, err->text) != 0) {
        log_warn("cannot review the tokens of pods: %s", err->text);
    }
    pool->last = *err;
}

static void enter(struct review_pool *pool, struct review_batch *batch,
                  const struct review_report *report)
{
    bool failed = report->err.kind != ERR_NONE;
    note(pool, &report->err);
    verdicts_enter(pool->verdicts, batch->entries[batch->entered++],
                   failed ? NULL : &report->review, failed ? clock_boot_ms() : report->asked_ms);
    pool->news = true;
    if (!failed && !report->review.accepted) {
        log_debug("the API server rejects a token: %s", report->review.reason);
    }
}

/* The child has ended. The tokens that it has not reported about have failed: as the one before, or
 * with this reason. */
static void finish(struct review_pool *pool, struct review_batch *batch, const char *why)
{
    struct review_report *report = &batch->report;
    if (batch->entered == 0 || report->err.kind == ERR_NONE) {
        err_set(&report->err, ERR_UNAVAILABLE, "the process that asks the API server %s", why);
    }
    while (batch->entered < batch->count) {
        enter(pool, batch, report);
    }
    worker_stop(&batch->worker, SIGKILL);
}

static struct review_batch *find_free(struct review_pool *pool)
{
    for (int i = 0; i < REVIEW_POOL_SIZE; i++) {
        if (!worker_is_running(&pool->batches[i].worker)) {
            return &pool->batches[i];
        }
    }
    return NULL;
}

void review_pool_start(struct review_pool *pool)
{
    struct review_batch *batch = find_free(pool);
    while (batch != NULL && pool->verdicts->queued > 0) {
        const struct job job = {pool, batch};
        batch->entered = 0;
        batch->count = verdicts_take(pool->verdicts, batch->entries, REVIEW_BATCH_MAX);
        if (worker_start(&batch->worker, run, &job, true, pool->work->limit_ms,
                         &batch->report.err) != 0) {
            while (batch->entered < batch->count) {
                enter(pool, batch, &batch->report);
            }
        }
        batch = find_free(pool);
    }
}

static void step(struct review_pool *pool, struct review_batch *batch)
{
    for (;;) {
        switch (worker_read(&batch->worker, &batch->report, sizeof(batch->report))) {
        case WORKER_NOTHING:
            return;
        case WORKER_REPORT:
            enter(pool, batch, &batch->report);
            worker_extend(&batch->worker, pool->work->limit_ms);
            break;
        case WORKER_EXITED:
            finish(pool, batch, "ended unexpectedly");
            return;
        case WORKER_LATE:
            finish(pool, batch, "took too long and was stopped");
            return;
        }
    }
}

bool review_pool_step(struct review_pool *pool)
{
    for (int i = 0; i < REVIEW_POOL_SIZE; i++) {
        if (pool->batches[i].worker.fd >= 0) {
            step(pool, &pool->batches[i]);
        }
    }
    bool news = pool->news;
    pool->news = false;
    return news;
}

int review_pool_fd(const struct review_pool *pool, int at)
{
    return pool->batches[at].worker.fd;
}

int review_pool_timeout_ms(const struct review_pool *pool)
{
    int64_t timeout_ms = pool->news ? 0 : INT32_MAX;
    for (int i = 0; i < REVIEW_POOL_SIZE; i++) {
        const struct worker *worker = &pool->batches[i].worker;
        int64_t left_ms = worker->fd >= 0 ? clock_left_ms(worker->deadline_ms) : INT32_MAX;
        if (!worker_is_running(worker) && pool->verdicts->queued > 0) {
            left_ms = 0;
        }
        timeout_ms = left_ms < timeout_ms ? left_ms : timeout_ms;
    }
    return (int)timeout_ms;
}

bool review_pool_reap(struct review_pool *pool, pid_t pid)
{
    for (int i = 0; i < REVIEW_POOL_SIZE; i++) {
        if (worker_reap(&pool->batches[i].worker, pid)) {
            return true;
        }
    }
    return false;
}

bool review_pool_is_running(const struct review_pool *pool)
{
    for (int i = 0; i < REVIEW_POOL_SIZE; i++) {
        if (worker_is_running(&pool->batches[i].worker)) {
            return true;
        }
    }
    return false;
}
