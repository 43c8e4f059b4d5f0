/* SPDX-License-Identifier: MIT */
/* When to renew, and when to retry. */
#include "rows.h"

#include "serve/schedule.h"

#define MINUTES(n) ((int64_t)(n) * 60 * 1000)

static const struct {
    const char *name;
    int64_t lifetime_ms;
    int64_t min_ms; /* with the smallest random number */
    int64_t max_ms; /* with the largest */
} renewals[] = {
    {"12 hours", MINUTES(720), MINUTES(21), MINUTES(21 + 72)},
    {"one hour", MINUTES(60), MINUTES(21), MINUTES(27)},
    {"15 minutes", MINUTES(15), 495000, 585000},
    {"a minute", 60000, 33000, 39000},
    {"a second", 1000, 550, 650},
    {"nothing", 0, 0, 0},
};

static void renews_in_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(renewals); i++) {
        int64_t min_ms = schedule_renew_left_ms(renewals[i].lifetime_ms, 0);
        int64_t max_ms = schedule_renew_left_ms(renewals[i].lifetime_ms, UINT32_MAX);
        row_int(renewals[i].name, min_ms, renewals[i].min_ms);
        row_true(renewals[i].name, max_ms <= renewals[i].max_ms);
        row_true(renewals[i].name, max_ms >= renewals[i].max_ms - 1);
        /* New credentials are never due immediately. */
        row_true(renewals[i].name,
                 max_ms < renewals[i].lifetime_ms || renewals[i].lifetime_ms == 0);
    }
}

static const struct {
    const char *name;
    int failures;
    int64_t left_ms;
    int64_t min_ms;
    int64_t max_ms;
} retries[] = {
    {"the first", 1, MINUTES(20), 500, 1000},
    {"the second", 2, MINUTES(20), 1000, 2000},
    {"the fourth", 4, MINUTES(20), 4000, 8000},
    {"the sixth", 6, MINUTES(20), 15000, 30000},
    {"the thousandth", 1000, MINUTES(20), 15000, 30000},
    {"half a minute left", 6, 32000, 2000, 4000},
    {"a second left", 6, 1000, 500, 500},
    {"nothing left", 6, 0, 5000, 10000},
    {"nothing yet", 1, 0, 500, 1000},
};

static void retries_in_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(retries); i++) {
        int64_t min_ms = schedule_retry_ms(retries[i].failures, retries[i].left_ms, 0);
        int64_t max_ms = schedule_retry_ms(retries[i].failures, retries[i].left_ms, UINT32_MAX);
        row_int(retries[i].name, min_ms, retries[i].min_ms);
        row_true(retries[i].name, max_ms <= retries[i].max_ms);
        row_true(retries[i].name, max_ms >= retries[i].max_ms - 1);
    }
}

static const struct {
    const char *name;
    int64_t left_ms; /* of an hour */
    int64_t min_ms;
    int64_t max_ms;
} spreads[] = {
    {"new credentials", MINUTES(60), MINUTES(20), MINUTES(40)},
    {"before the second third", MINUTES(41), MINUTES(20), MINUTES(40)},
    {"in the second third", MINUTES(30), MINUTES(20), MINUTES(30)},
    {"at its end", MINUTES(20), MINUTES(10), MINUTES(20)},
    {"after it", MINUTES(6), MINUTES(3), MINUTES(6)},
    {"expired", 0, 0, 0},
};

static void spreads_renewals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(spreads); i++) {
        int64_t min_ms = schedule_spread_left_ms(MINUTES(60), spreads[i].left_ms, 0);
        int64_t max_ms = schedule_spread_left_ms(MINUTES(60), spreads[i].left_ms, UINT32_MAX);
        row_int(spreads[i].name, min_ms, spreads[i].min_ms);
        row_true(spreads[i].name, max_ms <= spreads[i].max_ms);
        row_true(spreads[i].name, max_ms >= spreads[i].max_ms - 1);
    }
}

static void limits_the_pause_that_a_server_wants(void **state)
{
    (void)state;
    assert_true(schedule_hold_ms(2, 0) == 2000);
    assert_in_range(schedule_hold_ms(2, UINT32_MAX), 2999, 3000);
    assert_true(schedule_hold_ms(600, 0) == MINUTES(10));
    assert_true(schedule_hold_ms(INT32_MAX, 0) == MINUTES(10));
    assert_in_range(schedule_hold_ms(INT32_MAX, UINT32_MAX), MINUTES(15) - 1, MINUTES(15));
    assert_true(schedule_hold_ms(0, UINT32_MAX) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renews_in_time),
        cmocka_unit_test(retries_in_time),
        cmocka_unit_test(spreads_renewals),
        cmocka_unit_test(limits_the_pause_that_a_server_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
