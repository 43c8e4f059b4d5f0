/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include "base/clock.h"

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-01-02T03:04:05Z", 1767323045},
        {"2026-01-02t03:04:05z", 1767323045},
        {"2026-01-02 03:04:05Z", 1767323045},
        {"2026-01-02T03:04:05.9Z", 1767323045},
        {"2026-01-02T03:04:05.123456789012345678Z", 1767323045},
        {"2026-01-02T05:04:05+02:00", 1767323045},
        {"2026-01-01T21:34:05-05:30", 1767323045},
        {"2026-01-02T03:04:05-00:00", 1767323045},
        {"1970-01-01T00:01:00+00:01", 0},
        {"2024-02-29T00:00:00Z", 1709164800},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2038-01-19T03:14:08Z", 2147483648},
        {"2016-12-31T23:59:60Z", 1483228800}, /* a leap second equals the next second */
        {"9999-12-31T23:59:59Z", 253402300799},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        int64_t time_s = 42;
        row_true(rows[i].text, clock_parse_rfc3339(rows[i].text, &time_s));
        row_int(rows[i].text, time_s, rows[i].want);
    }
}

static void test_parse_rejects(void **state)
{
    static const char *const rows[] = {
        "",
        "Z",
        "2026",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05ZZ",
        "2026-01-02T03:04:05Z ",
        " 2026-01-02T03:04:05Z",
        "2026-1-02T03:04:05Z",
        "26-01-02T03:04:05Z",
        "+026-01-02T03:04:05Z",
        "1969-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
        "2026-00-02T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-32T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "2100-02-29T03:04:05Z",
        "2026-04-31T03:04:05Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05,5Z",
        "2026-01-02T03:04:05+0200",
        "2026-01-02T03:04:05+02",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+02:60",
        "2026-01-02T03:04:05 UTC",
        "2026/01/02T03:04:05Z",
        "2026-01-02_03:04:05Z",
        "1767323045",
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        int64_t time_s = 42;
        row_true(rows[i], !clock_parse_rfc3339(rows[i], &time_s));
        row_int(rows[i], time_s, 42);
    }
}

static void test_format(void **state)
{
    static const struct {
        const char *want; /* NULL: out of range */
        int64_t time_s;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-01-02T03:04:05Z", 1767323045},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"9999-12-31T23:59:59Z", 253402300799},
        {NULL, 253402300800},
        {NULL, -1},
        {NULL, INT64_MAX},
        {NULL, INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char text[CLOCK_RFC3339_SIZE] = "";
        const char *row = rows[i].want != NULL ? rows[i].want : "out of range";
        row_int(row, clock_format_rfc3339(rows[i].time_s, text), rows[i].want != NULL);
        if (rows[i].want != NULL) {
            row_text(row, text, rows[i].want);
        }
    }
}

static void test_format_then_parse(void **state)
{
    (void)state;
    for (int64_t time_s = 0; time_s < 253402300800; time_s += 86400 * 37 + 7919) {
        char text[CLOCK_RFC3339_SIZE];
        int64_t back = -1;
        assert_true(clock_format_rfc3339(time_s, text));
        row_true(text, clock_parse_rfc3339(text, &back));
        row_int(text, back, time_s);
    }
}

static void test_deadlines(void **state)
{
    int64_t start = clock_mono_ms();
    (void)state;
    assert_int_equal(clock_left_ms(start - 1000), 0);
    int64_t left = clock_left_ms(clock_mono_ms() + 60000);
    assert_true(left > 50000 && left <= 60000);
    assert_true(clock_sleep_ms(15, start + 60000));
    assert_true(clock_mono_ms() - start >= 15);
    start = clock_mono_ms();
    assert_false(clock_sleep_ms(60000, start + 15));
    assert_true(clock_mono_ms() - start >= 15);
    assert_true(clock_mono_ms() - start < 30000);
    assert_false(clock_sleep_ms(60000, start - 1));
}

static void test_format_duration(void **state)
{
    static const struct {
        int64_t duration_s;
        const char *want;
    } rows[] = {
        {0, "0 s"},
        {1, "1 s"},
        {59, "59 s"},
        {60, "1 min"},
        {900, "15 min"},
        {3600, "1 h"},
        {3661, "1 h 1 min 1 s"},
        {5400, "1 h 30 min"},
        {3601, "1 h 1 s"},
        {INT64_MAX, "2562047788015215 h 30 min 7 s"},
    };
    char text[CLOCK_DURATION_SIZE];
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        clock_format_duration(rows[i].duration_s, text);
        row_text(rows[i].want, text, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),     cmocka_unit_test(test_parse_rejects),
        cmocka_unit_test(test_format),    cmocka_unit_test(test_format_then_parse),
        cmocka_unit_test(test_deadlines), cmocka_unit_test(test_format_duration),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
