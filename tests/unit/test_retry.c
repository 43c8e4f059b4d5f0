/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>

#include "net/retry.h"

static void test_status(void **state)
{
    static const struct {
        int status;
        bool may_be_missing;
        bool again;
        bool again_patient;
    } rows[] = {
        {200, false, false, false}, {204, false, false, false}, {301, false, false, false},
        {302, false, false, false}, {400, false, false, false}, {401, false, false, false},
        {403, false, false, false}, {404, false, false, false}, {408, false, false, false},
        {429, false, true, true},   {500, false, false, true},  {501, false, false, true},
        {502, false, true, true},   {503, false, true, true},   {504, false, true, true},
        {599, false, false, true},  {500, true, false, false},  {404, true, false, false},
        {429, true, true, true},    {502, true, true, true},    {503, true, true, true},
        {501, true, false, true},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const struct retry retry = {0};
        const struct retry patient = {.patient = true};
        char row[32];
        snprintf(row, sizeof(row), "%d%s", rows[i].status,
                 rows[i].may_be_missing ? ", may be missing" : "");
        row_int(row, retry_status(&retry, rows[i].status, rows[i].may_be_missing), rows[i].again);
        row_int(row, retry_status(&patient, rows[i].status, rows[i].may_be_missing),
                rows[i].again_patient);
    }
}

/* Every pause lies between half of its ceiling and the ceiling, whatever the random number. */
static void test_pauses_grow(void **state)
{
    static const int64_t ceilings[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};
    static const uint32_t randoms[] = {0, 1, 49, 50, 51, 12345, UINT32_MAX - 1, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < ROWS(randoms); i++) {
        struct retry retry = {.deadline_ms = INT64_MAX, .patient = true};
        for (size_t j = 0; j < ROWS(ceilings); j++) {
            char row[32];
            snprintf(row, sizeof(row), "attempt %zu, random %u", j + 1, (unsigned)randoms[i]);
            int64_t pause = retry_pause_ms(&retry, 1000, -1, randoms[i]);
            row_true(row, pause >= ceilings[j] / 2);
            row_true(row, pause <= ceilings[j]);
            row_int(row, retry.attempts, (int)j + 1);
        }
    }
}

static void test_jitter_reaches_both_ends(void **state)
{
    struct retry least = {.deadline_ms = INT64_MAX};
    struct retry most = {.deadline_ms = INT64_MAX};
    (void)state;
    assert_int_equal(retry_pause_ms(&least, 0, -1, 0), 50);
    assert_int_equal(retry_pause_ms(&most, 0, -1, 50), 100);
}

static void test_attempts_are_counted(void **state)
{
    struct retry retry = {.deadline_ms = INT64_MAX};
    struct retry patient = {.deadline_ms = INT64_MAX, .patient = true};
    (void)state;
    for (int i = 1; i < RETRY_ATTEMPTS; i++) {
        assert_true(retry_pause_ms(&retry, 0, -1, 0) > 0);
    }
    assert_int_equal(retry_pause_ms(&retry, 0, -1, 0), -1);
    assert_int_equal(retry_pause_ms(&retry, 0, 1, 0), -1);
    for (int i = 1; i < 1000; i++) {
        assert_true(retry_pause_ms(&patient, 0, -1, 0) > 0);
    }
}

static void test_deadline_and_retry_after(void **state)
{
    static const struct {
        const char *name;
        int64_t now_ms;
        int64_t deadline_ms;
        int64_t retry_after_s;
        int64_t want;
    } rows[] = {
        {"in time", 0, 1000, -1, 50},
        {"ends 1 ms before the deadline", 1000, 1051, -1, 50},
        {"ends at the deadline", 1000, 1050, -1, -1},
        {"past the deadline", 2000, 1000, -1, -1},
        {"the server names a time", 0, 10000, 3, 3000},
        {"the server says now", 0, 10000, 0, 0},
        {"the server names the deadline", 0, 3000, 3, -1},
        {"the server names a time beyond", 0, 10000, 3600, -1},
        {"longer than our longest pause", 0, 60000, 30, 30000},
        {"a time beyond all numbers is none", 0, 10000, INT64_MAX, 50},
        {"the largest that counts", 0, 10000, INT32_MAX, -1},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct retry retry = {.deadline_ms = rows[i].deadline_ms};
        row_int(rows[i].name, retry_pause_ms(&retry, rows[i].now_ms, rows[i].retry_after_s, 0),
                rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_pauses_grow),
        cmocka_unit_test(test_jitter_reaches_both_ends),
        cmocka_unit_test(test_attempts_are_counted),
        cmocka_unit_test(test_deadline_and_retry_after),
    };
    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
