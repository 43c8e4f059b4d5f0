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
        {"nothing, no room", 0, 0, 0, true},
        {"one byte, no room", 0, 0, 1, false},
        {"up to the limit", 10, 4, 6, true},
        {"one byte too many", 10, 4, 7, false},
        {"full, then nothing", 10, 10, 0, true},
        {"full, then a byte", 10, 10, 1, false},
        {"a length that would overflow", 10, 4, SIZE_MAX - 2, false},
        {"grows past the first allocation", 5000, 255, 4745, true},
        {"grows, one byte too many", 5000, 255, 4746, false},
    };
    static char data[5000];
    (void)state;
    memset(data, 'x', sizeof(data));
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf buf;
        struct err err = {0};
        buf_init(&buf, rows[i].max);
        buf_add(&buf, data, rows[i].first);
        row_true(rows[i].name, !buf_failed(&buf));
        buf_add(&buf, data, rows[i].second);
        row_int(rows[i].name, buf_check(&buf, &err), rows[i].fits ? 0 : -1);
        row_true(rows[i].name, buf_failed(&buf) != rows[i].fits);
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
        buf_add_fmt(&buf, "%03d\n", i);
    }
    assert_int_equal(buf_check(&buf, &err), 0);
    assert_int_equal(buf.len, 4000);
    for (int i = 0; i < 1000; i++) {
        char line[16];
        snprintf(line, sizeof(line), "%03d\n", i);
        assert_memory_equal(buf.data + 4 * i, line, 4);
    }
    buf_done(&buf);
}

/* The content is what it was before the append that failed, and stays so. */
static void expect_failed(const char *row, struct buf *buf, const char *content)
{
    struct err err = {0};
    row_text(row, buf_str(buf), content);
    row_int(row, (int64_t)buf->len, (int64_t)strlen(content));
    row_int(row, buf_check(buf, &err), -1);
    row_int(row, err.kind, ERR_INTERNAL);
    row_has(row, err.text, "limit of 6 bytes");
    row_true(row, buf_reserve(buf, 0, &err) == NULL);
}

static void test_failure_sticks(void **state)
{
    struct buf buf;
    (void)state;
    buf_init(&buf, 6);
    buf_add_str(&buf, "ab");
    buf_add_fmt(&buf, "%d", 12345);
    expect_failed("format", &buf, "ab");
    buf_add_str(&buf, "c");
    buf_add_char(&buf, 'c');
    buf_add(&buf, "", 0);
    buf_add_fmt(&buf, "%d", 1);
    expect_failed("each append after it", &buf, "ab");
    buf_clear(&buf);
    assert_false(buf_failed(&buf));
    buf_add_fmt(&buf, "ab%d", 1234);
    assert_string_equal(buf_str(&buf), "ab1234");
    buf_add_char(&buf, 'x');
    expect_failed("char", &buf, "ab1234");
    buf_done(&buf);
    assert_false(buf_failed(&buf));
}

static void test_storage_of_the_caller(void **state)
{
    char storage[8];
    struct buf buf;
    (void)state;
    buf_init_in(&buf, storage, sizeof(storage), 100);
    buf_add_str(&buf, "1234567");
    assert_ptr_equal(buf.data, storage);
    buf_add_fmt(&buf, "%d", 89);
    assert_ptr_not_equal(buf.data, storage);
    assert_string_equal(buf_str(&buf), "123456789");
    for (size_t i = 0; i < sizeof(storage); i++) {
        assert_int_equal(storage[i], 0);
    }
    buf_done(&buf);
}

static void test_nul_inside(void **state)
{
    struct buf buf;
    (void)state;
    buf_init(&buf, 100);
    buf_add(&buf, "a\0b", 3);
    buf_add_str(&buf, "c");
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
    buf_add_str(&buf, "head ");
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

/* Freed memory cannot be inspected, cleared memory can. */
static void test_clear_wipes(void **state)
{
    static const char secret[] = "a secret that must not stay behind";
    struct buf buf;
    (void)state;
    buf_init(&buf, 1000);
    buf_add_str(&buf, secret);
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
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_storage_of_the_caller),
        cmocka_unit_test(test_nul_inside),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_clear_wipes),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
