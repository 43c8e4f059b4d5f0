/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/random.h"

/* Replaces the C library's getrandom: at most piece_len bytes per call, and a signal or a failure
 * before the next call. */
static size_t piece_len = SIZE_MAX;
static int error_number;

ssize_t getrandom(void *out, size_t len, unsigned flags)
{
    if (error_number != 0) {
        errno = error_number;
        error_number = error_number == EINTR ? 0 : error_number;
        return -1;
    }
    return syscall(SYS_getrandom, out, len < piece_len ? len : piece_len, flags);
}

/* Of 4096 random bytes each value is missing with a probability of about 1 in 10 million. */
static void test_bytes_are_all_filled(void **state)
{
    unsigned char bytes[4096 + 1];
    int seen[256] = {0};
    struct err err;
    (void)state;
    bytes[4096] = 0x5a;
    assert_int_equal(random_bytes(bytes, 4096, &err), 0);
    assert_int_equal(bytes[4096], 0x5a);
    for (size_t i = 0; i < 4096; i++) {
        seen[bytes[i]]++;
    }
    for (size_t i = 0; i < ROWS(seen); i++) {
        assert_true(seen[i] > 0);
    }
}

static void test_hex(void **state)
{
    static const size_t counts[] = {0, 1, 16, 31, 32, 33, 100};
    (void)state;
    for (size_t i = 0; i < ROWS(counts); i++) {
        char text[2 * 100 + 2];
        char again[2 * 100 + 2];
        struct err err;
        memset(text, '?', sizeof(text));
        assert_int_equal(random_hex(text, counts[i], &err), 0);
        assert_int_equal(strlen(text), 2 * counts[i]);
        assert_int_equal(strspn(text, "0123456789abcdef"), 2 * counts[i]);
        assert_int_equal(text[2 * counts[i] + 1], '?');
        assert_int_equal(random_hex(again, counts[i], &err), 0);
        assert_true(counts[i] < 16 || strcmp(text, again) != 0);
    }
}

static void test_pieces_and_signals(void **state)
{
    unsigned char bytes[64] = {0};
    struct err err;
    size_t zeros = 0;
    (void)state;
    piece_len = 3;
    error_number = EINTR;
    assert_int_equal(random_bytes(bytes, sizeof(bytes), &err), 0);
    piece_len = SIZE_MAX;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        zeros += bytes[i] == 0 ? 1 : 0;
    }
    assert_true(zeros < 8);
}

static void test_failure(void **state)
{
    char text[2 * 16 + 1] = "?";
    struct err err = {0};
    (void)state;
    error_number = ENOSYS;
    assert_int_equal(random_bytes(text, 16, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_int_equal(random_hex(text, 16, &err), -1);
    assert_string_equal(text, "");
    assert_int_equal(random_number(), 0);
    error_number = 0;
}

static void test_number(void **state)
{
    uint32_t all = 0;
    (void)state;
    for (int i = 0; i < 64; i++) {
        all |= random_number();
    }
    assert_int_equal(all, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_all_filled),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_pieces_and_signals),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_number),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
