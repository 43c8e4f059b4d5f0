/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

static void test_empty(void **state)
{
    struct buf buf;
    struct buf zero = {0};
    (void)state;
    buf_init(&buf, 10);
    assert_string_equal(buf_str(&buf), "");
    assert_null(buf.data);
    buf_done(&buf);
    buf_done(&buf);
    buf_done(&zero);
    buf_done(NULL);
    assert_int_equal(buf.max, 10);
}

static void test_limit(void **state)
{
    static const struct {
        const char *name;
        size_t max;
        size_t first;
        size_t second;
        bool fits;
    } rows[] = {
        {"nothing into nothing", 0, 0, 0, true},
        {"one byte into nothing", 0, 0, 1, false},
        {"up to the limit", 10, 4, 6, true},
        {"one byte beyond", 10, 4, 7, false},
        {"full, then nothing", 10, 10, 0, true},
        {"full, then a byte", 10, 10, 1, false},
        {"a length that wraps around", 10, 4, SIZE_MAX - 2, false},
        {"grows beyond the first allocation", 5000, 255, 4745, true},
        {"grows, one byte beyond", 5000, 255, 4746, false},
    };
    static char data[5000];
    (void)state;
    memset(data, 'x', sizeof(data));
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf buf;
        struct err err = {0};
        buf_init(&buf, rows[i].max);
        row_int(rows[i].name, buf_add(&buf, data, rows[i].first, &err), 0);
        int result = buf_add(&buf, data, rows[i].second, &err);
        row_int(rows[i].name, result, rows[i].fits ? 0 : -1);
        row_int(rows[i].name, err.kind, rows[i].fits ? ERR_NONE : ERR_INTERNAL);
        size_t want = rows[i].first + (rows[i].fits ? rows[i].second : 0);
        row_int(rows[i].name, (int64_t)buf.len, (int64_t)want);
        row_int(rows[i].name, (int64_t)strlen(buf_str(&buf)), (int64_t)want);
        buf_done(&buf);
    }
}

static void test_content_kept_when_growing(void **state)
{
    struct buf buf;
    struct err err;
    (void)state;
    buf_init(&buf, 100000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buf_add_fmt(&buf, &err, "%03d\n", i), 0);
    }
    assert_int_equal(buf.len, 4000);
    for (int i = 0; i < 1000; i++) {
        char line[16];
        snprintf(line, sizeof(line), "%03d\n", i);
        assert_memory_equal(buf.data + 4 * i, line, 4);
    }
    buf_done(&buf);
}

static void test_format_beyond_limit(void **state)
{
    struct buf buf;
    struct err err;
    (void)state;
    buf_init(&buf, 6);
    assert_int_equal(buf_add_str(&buf, "ab", &err), 0);
    assert_int_equal(buf_add_fmt(&buf, &err, "%d", 12345), -1);
    assert_string_equal(buf_str(&buf), "ab");
    assert_int_equal(buf_add_fmt(&buf, &err, "%d", 1234), 0);
    assert_string_equal(buf_str(&buf), "ab1234");
    buf_done(&buf);
}

static void test_nul_inside(void **state)
{
    struct buf buf;
    struct err err;
    (void)state;
    buf_init(&buf, 100);
    assert_int_equal(buf_add(&buf, "a\0b", 3, &err), 0);
    assert_int_equal(buf_add_str(&buf, "c", &err), 0);
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.data, "a\0bc", 5);
    buf_done(&buf);
}

static void test_reserve(void **state)
{
    struct buf buf;
    struct err err;
    (void)state;
    buf_init(&buf, 1000);
    assert_int_equal(buf_add_str(&buf, "head ", &err), 0);
    char *room = buf_reserve(&buf, 995, &err);
    assert_non_null(room);
    memset(room, 'y', 995);
    buf.len += 995;
    buf.data[buf.len] = '\0';
    assert_memory_equal(buf.data, "head yyy", 8);
    assert_null(buf_reserve(&buf, 1, &err));
    assert_int_equal(buf.len, 1000);
    buf_done(&buf);
}

/* Memory that was freed cannot be looked at; what is cleared and kept can. */
static void test_clear_wipes(void **state)
{
    static const char secret[] = "a secret that must not stay behind";
    struct buf buf;
    struct err err;
    (void)state;
    buf_init(&buf, 1000);
    assert_int_equal(buf_add_str(&buf, secret, &err), 0);
    size_t cap = buf.cap;
    buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.cap, cap);
    assert_string_equal(buf_str(&buf), "");
    for (size_t i = 0; i < cap; i++) {
        assert_int_equal(buf.data[i], 0);
    }
    buf_done(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_content_kept_when_growing),
        cmocka_unit_test(test_format_beyond_limit),
        cmocka_unit_test(test_nul_inside),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_clear_wipes),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
