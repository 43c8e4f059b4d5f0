/* SPDX-License-Identifier: MIT */
/* A file of certificates that is read in pieces. tests/unit/test_pem_bundle.c tests the search. */
#include "rows.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certificates.h"
#include "net/pem_file.h"
#include "sandbox.h"

/* The DER of CN=test root. */
static const unsigned char root_name[] = "\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09"
                                         "test root";

static struct pem_file file;

static ssize_t next(void)
{
    static unsigned char der[PEM_CERTIFICATE_MAX];
    return pem_file_next(&file, root_name, sizeof(root_name) - 1, der);
}

/* How many certificates of CN=test root the content has. */
static int count(const char *text, size_t len)
{
    const char *path = sandbox_path("bundle");
    int found = 0;
    sandbox_write(path, text, len, 0600);
    int fd = pem_file_open(path);
    assert_true(fd >= 0);
    pem_file_start(&file, fd);
    ssize_t got = 0;
    while ((got = next()) > 0) {
        found++;
    }
    assert_int_equal(got, 0);
    close(fd);
    return found;
}

/* Text of any length before, between and after the certificates: so the ends of pieces fall on
 * each part of a certificate. */
static void test_certificates_at_the_end_of_a_piece(void **state)
{
    enum { LONGEST = 4 * PEM_PIECE, STEP = 97 };
    char *text = malloc(2 * LONGEST);
    (void)state;
    assert_non_null(text);
    for (size_t fill = 0; fill < LONGEST / 2; fill += STEP) {
        int len = snprintf(text, 2 * LONGEST, "%*s\n" PEM_ROOT PEM_SELF "%*s" PEM_TWIN "%*s",
                           (int)fill, "-", (int)fill, "x", (int)fill, "");
        row_int("certificates", count(text, (size_t)len), 2);
    }
    free(text);
}

/* What is longer than a piece does not hide what comes after. */
static void test_after_other_content(void **state)
{
    enum { LONG = 3 * PEM_PIECE };
    static char text[LONG + 2048];
    size_t len = strlen(PEM_ROOT);
    (void)state;
    memset(text, 'A', LONG);
    memcpy(text, "-----BEGIN CERTIFICATE-----\n", 28);
    memcpy(text + LONG, "\n-----END CERTIFICATE-----\n", 27);
    memcpy(text + LONG + 27, PEM_ROOT, len);
    row_int("too long", count(text, LONG + 27 + len), 1);
    row_int("and cut", count(text, LONG + 27 + len - 9), 0);
}

static void test_files_that_are_skipped(void **state)
{
    (void)state;
    sandbox_write_text(sandbox_path("empty"), "");
    sandbox_write_text(sandbox_path("large"), "x");
    assert_int_equal(truncate(sandbox_path("large"), PEM_FILE_MAX + 1), 0);
    assert_int_equal(mkfifo(sandbox_path("fifo"), 0600), 0);
    row_int("missing", pem_file_open(sandbox_path("missing")), -1);
    row_int("empty", pem_file_open(sandbox_path("empty")), -1);
    row_int("too large", pem_file_open(sandbox_path("large")), -1);
    row_int("a directory", pem_file_open(sandbox_path("")), -1);
    row_int("not a regular file", pem_file_open(sandbox_path("fifo")), -1);
}

static void test_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    sandbox_write_text(sandbox_path("bundle"), PEM_ROOT);
    int fd = open(sandbox_path("bundle"), O_WRONLY);
    pem_file_start(&file, fd);
    row_int("error", next(), -1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_certificates_at_the_end_of_a_piece, sandbox_setup,
                                        sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_after_other_content, sandbox_setup, sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_files_that_are_skipped, sandbox_setup,
                                        sandbox_teardown),
        cmocka_unit_test_setup_teardown(test_a_file_that_cannot_be_read, sandbox_setup,
                                        sandbox_teardown),
    };
    return cmocka_run_group_tests_name("pem_file", tests, NULL, NULL);
}
