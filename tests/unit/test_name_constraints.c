/* SPDX-License-Identifier: MIT */
/* Names and the constraints of an authority, as bytes. */
#include "rows.h"

#include <string.h>

#include <mbedtls/x509_crt.h>

#include "net/name_constraints.h"

enum { CONTEXT = MBEDTLS_ASN1_CONTEXT_SPECIFIC };

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1
/* One permitted or excluded subtree: lengths are of one byte. */
#define PERMITTED "\xa0"
#define EXCLUDED "\xa1"

static enum name_verdict check(const unsigned char *der, size_t len, int type, const char *name,
                               size_t name_len, char *shown)
{
    static unsigned char subject[] = {0x30, 0x00};
    mbedtls_x509_crt certificate = {0};
    certificate.subject_raw = (mbedtls_x509_buf){.p = subject, .len = sizeof(subject)};
    certificate.subject_alt_names.buf =
        (mbedtls_x509_buf){.tag = CONTEXT | type, .p = (unsigned char *)name, .len = name_len};
    return name_constraints_check(der, len, &certificate, shown, 64);
}

static void test_names_and_subtrees(void **state)
{
    enum { DNS = MBEDTLS_X509_SAN_DNS_NAME };
    static const struct {
        const char *row;
        const char *name;
        size_t name_len;
        int type;
        const char *kind;
        const char *base;
        size_t base_len;
        bool good;
    } rows[] = {
#define ROW(row, type, name, kind, base, good)                                                     \
    {row, name, sizeof(name) - 1, type, kind, base, sizeof(base) - 1, good}
        ROW("the same", DNS, "a.test", PERMITTED, "a.test", true),
        ROW("below", DNS, "b.a.test", PERMITTED, "A.TEST", true),
        ROW("above", DNS, "test", PERMITTED, "a.test", false),
        ROW("part of a label", DNS, "ba.test", PERMITTED, "a.test", false),
        ROW("all", DNS, "a.test", PERMITTED, "", true),
        ROW("a dot, below", DNS, "a.test", PERMITTED, ".test", true),
        ROW("a dot, the same", DNS, "test", PERMITTED, ".test", false),
        ROW("a final dot", DNS, "a.test.", PERMITTED, "test", false),
        ROW("a NUL", DNS, "a.test\0b", PERMITTED, "test\0c", false),
        ROW("an empty name", DNS, "", PERMITTED, "test", false),
        ROW("excluded", DNS, "a.test", EXCLUDED, "test", false),
        ROW("not excluded", DNS, "a.test", EXCLUDED, "b.test", true),
        ROW("a wildcard for it excluded", DNS, "*.test", EXCLUDED, "b.test", false),
        ROW("a wildcard for names below", DNS, "*.test", EXCLUDED, "c.b.test", true),
        ROW("a wildcard and a dot", DNS, "*.test", EXCLUDED, ".b.test", true),
        ROW("a wildcard is not permitted", DNS, "*.test", PERMITTED, "b.test", false),
        ROW("one label excluded", DNS, "*.test", EXCLUDED, "b", true),
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        unsigned char der[64] = {0};
        char shown[64] = "";
        size_t len = rows[i].base_len;
        const unsigned char head[] = {0x30,
                                      (unsigned char)(len + 6),
                                      (unsigned char)rows[i].kind[0],
                                      (unsigned char)(len + 4),
                                      0x30,
                                      (unsigned char)(len + 2),
                                      (unsigned char)(CONTEXT | rows[i].type),
                                      (unsigned char)len};
        memcpy(der, head, sizeof(head));
        memcpy(der + sizeof(head), rows[i].base, len);
        enum name_verdict verdict =
            check(der, sizeof(head) + len, rows[i].type, rows[i].name, rows[i].name_len, shown);
        row_int(rows[i].row, verdict, rows[i].good ? NAME_PERMITTED : NAME_EXCLUDED);
        /* Each beginning of the constraints is refused, and no byte behind them is read. */
        for (size_t cut = 0; cut < sizeof(head) + len; cut++) {
            row_int(rows[i].row,
                    check(der, cut, rows[i].type, rows[i].name, rows[i].name_len, shown),
                    NAME_UNKNOWN_CONSTRAINT);
        }
    }
}

static void test_malformed(void **state)
{
    static const struct {
        const char *row;
        const unsigned char *der;
        size_t len;
        enum name_verdict verdict;
    } rows[] = {
        {"no subtree", BYTES("\x30\x00"), NAME_PERMITTED},
        {"bytes at the end", BYTES("\x30\x00\x00"), NAME_UNKNOWN_CONSTRAINT},
        {"another type", BYTES("\x31\x00"), NAME_UNKNOWN_CONSTRAINT},
        {"another part", BYTES("\x30\x02\xa2\x00"), NAME_UNKNOWN_CONSTRAINT},
        {"minimum 0", BYTES("\x30\x0a\xa0\x08\x30\x06\x82\x01t\x80\x01\0"), NAME_EXCLUDED},
        {"minimum 1", BYTES("\x30\x0a\xa0\x08\x30\x06\x82\x01t\x80\x01\1"),
         NAME_UNKNOWN_CONSTRAINT},
        {"a maximum", BYTES("\x30\x0a\xa0\x08\x30\x06\x82\x01t\x81\x01\0"),
         NAME_UNKNOWN_CONSTRAINT},
        {"an address without a mask", BYTES("\x30\x0a\xa0\x08\x30\x06\x87\x04\x0a\0\0\1"),
         NAME_UNKNOWN_CONSTRAINT},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char shown[64] = "";
        row_int(rows[i].row,
                check(rows[i].der, rows[i].len, MBEDTLS_X509_SAN_DNS_NAME, "a.test", 6, shown),
                rows[i].verdict);
        row_text(rows[i].row, shown, rows[i].verdict == NAME_EXCLUDED ? "\"a.test\"" : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_subtrees),
        cmocka_unit_test(test_malformed),
    };
    return cmocka_run_group_tests_name("name_constraints", tests, NULL, NULL);
}
