/* SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/buf.h"
#include "base/err.h"
#include "broker/cache_entry.h"
#include "kube/kube_access.h"
#include "portal/issued.h"

#define ID "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70"

/* The text that the program writes, in parts. */
#define HEAD "{\"Version\":1,\"ObtainedAt\":1767319445,\"ExpiresAt\":1767323045,\"Lifetime\":3600"
#define WHERE                                                                                      \
    ",\"Portal\":\"https://portal.example.com\",\"Scope\":\"tenant:dev01\",\"TenantId\":\"" ID "\""
#define KEYS                                                                                       \
    ",\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s3cr/et+\",\"SessionToken\":\"tok==\"" \
    ",\"Region\":\"us-west-2\""
#define WHOLE HEAD WHERE KEYS "}\n"

/* An entry with its credentials. */
struct whole {
    struct cache_entry entry;
    struct aws_credentials creds;
};

static const struct whole good = {
    .entry = {.portal = "https://portal.example.com",
              .scope = "tenant:dev01",
              .tenant_id = ID,
              .obtained_s = 1767319445,
              .expiration_s = 1767323045,
              .lifetime_s = 3600},
    .creds = {.access_key_id = "ASIAEXAMPLE",
              .secret_access_key = "s3cr/et+",
              .session_token = "tok==",
              .region = "us-west-2",
              .expiration_s = 1767323045,
              .lifetime_s = 3600},
};

static void format(struct buf *out, struct whole whole)
{
    const struct issued issued = {.aws = &whole.creds};
    cache_entry_format(out, &whole.entry, &issued);
}

static int parse(const char *text, size_t len, struct whole *whole, struct err *err)
{
    const struct issued issued = {.aws = &whole->creds};
    whole->creds = (struct aws_credentials){0};
    return cache_entry_parse(text, len, &whole->entry, &issued, err);
}

static void test_format(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, CACHE_ENTRY_MAX);
    format(&out, good);
    assert_string_equal(buf_str(&out), WHOLE);
    buf_done(&out);
}

static void expect_equal(const char *row, const struct whole *got, const struct whole *want)
{
    row_text(row, got->entry.portal, want->entry.portal);
    row_text(row, got->entry.scope, want->entry.scope);
    row_text(row, got->entry.tenant_id, want->entry.tenant_id);
    row_int(row, got->entry.obtained_s, want->entry.obtained_s);
    row_text(row, got->creds.access_key_id, want->creds.access_key_id);
    row_text(row, got->creds.secret_access_key, want->creds.secret_access_key);
    row_text(row, got->creds.session_token, want->creds.session_token);
    row_text(row, got->creds.region, want->creds.region);
    row_int(row, got->creds.expiration_s, want->creds.expiration_s);
    row_int(row, got->creds.lifetime_s, want->creds.lifetime_s);
    row_int(row, got->entry.expiration_s, want->entry.expiration_s);
    row_int(row, got->entry.lifetime_s, want->entry.lifetime_s);
}

static void test_format_then_parse(void **state)
{
    struct whole rows[3] = {good, good, good};
    static const char *const names[] = {"plain", "special characters", "largest"};
    static const char invalid[] = "tenant \"q\\uote\"\n\xc3\xa4";
    (void)state;
    memcpy(rows[1].entry.scope, invalid, sizeof(invalid));
    rows[1].entry.tenant_id[0] = '\0';
    rows[1].creds.region[0] = '\0';
    memset(rows[2].entry.portal, 'p', sizeof(rows[2].entry.portal) - 1);
    memset(rows[2].entry.scope, 's', sizeof(rows[2].entry.scope) - 1);
    memset(rows[2].entry.tenant_id, 't', sizeof(rows[2].entry.tenant_id) - 1);
    memset(rows[2].creds.access_key_id, 'A', AWS_ACCESS_KEY_SIZE - 1);
    memset(rows[2].creds.secret_access_key, 'S', AWS_SECRET_SIZE - 1);
    memset(rows[2].creds.session_token, 'T', AWS_SESSION_TOKEN_SIZE - 1);
    memset(rows[2].creds.region, 'r', AWS_REGION_SIZE - 1);
    rows[2].entry.lifetime_s = rows[2].creds.lifetime_s = 604800;
    rows[2].entry.expiration_s = rows[2].creds.expiration_s = 253402300799;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct buf out;
        struct whole back;
        struct err err = {0};
        buf_init(&out, CACHE_ENTRY_MAX);
        format(&out, rows[i]);
        row_true(names[i], !buf_failed(&out));
        row_int(names[i], parse(out.data, out.len, &back, &err), 0);
        expect_equal(names[i], &back, &rows[i]);
        buf_done(&out);
    }
}

static const struct whole nothing;

static void expect_refused(const char *row, const char *text, size_t len)
{
    struct whole whole;
    struct err err = {0};
    row_int(row, parse(text, len, &whole, &err), -1);
    row_int(row, memcmp(&whole.creds, &nothing.creds, sizeof(whole.creds)), 0);
}

static void test_refused(void **state)
{
    static const struct {
        const char *name;
        const char *text;
    } rows[] = {
        {"empty", ""},
        {"list", "[]"},
        {"null", "null"},
        {"empty object", "{}"},
        {"no version", "{\"ObtainedAt\":1,\"ExpiresAt\":2,\"Lifetime\":3600" WHERE KEYS "}"},
        {"other version", "{\"Version\":2,\"ObtainedAt\":1767319445,\"ExpiresAt\":1767323045,"
                          "\"Lifetime\":3600" WHERE KEYS "}"},
        {"version as text", "{\"Version\":\"1\",\"ObtainedAt\":1767319445,\"ExpiresAt\":"
                            "1767323045,\"Lifetime\":3600" WHERE KEYS "}"},
        {"no lifetime", "{\"Version\":1,\"ObtainedAt\":1,\"ExpiresAt\":2" WHERE KEYS "}"},
        {"lifetime 0",
         "{\"Version\":1,\"ObtainedAt\":1,\"ExpiresAt\":2,\"Lifetime\":0" WHERE KEYS "}"},
        {"lifetime negative", "{\"Version\":1,\"ObtainedAt\":1,\"ExpiresAt\":2,\"Lifetime\":"
                              "-3600" WHERE KEYS "}"},
        {"lifetime over 7 days", "{\"Version\":1,\"ObtainedAt\":1,\"ExpiresAt\":2,\"Lifetime\":"
                                 "604801" WHERE KEYS "}"},
        {"expires after 9999", "{\"Version\":1,\"ObtainedAt\":1,\"ExpiresAt\":253402300800,"
                               "\"Lifetime\":3600" WHERE KEYS "}"},
        {"expires before 1970", "{\"Version\":1,\"ObtainedAt\":1,\"ExpiresAt\":-1,"
                                "\"Lifetime\":3600" WHERE KEYS "}"},
        {"obtained before 1970", "{\"Version\":1,\"ObtainedAt\":-1,\"ExpiresAt\":2,\"Lifetime\":"
                                 "3600" WHERE KEYS "}"},
        {"obtained at the smallest number",
         "{\"Version\":1,\"ObtainedAt\":-9223372036854775807,\"ExpiresAt\":2,\"Lifetime\":"
         "3600" WHERE KEYS "}"},
        {"no credentials", HEAD WHERE "}"},
        {"quote in a key", HEAD WHERE ",\"AccessKeyId\":\"A'\",\"SecretAccessKey\":\"s\","
                                      "\"SessionToken\":\"t\"}"},
        {"newline in a key", HEAD WHERE ",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\\n\","
                                        "\"SessionToken\":\"t\"}"},
        {"no session token", HEAD WHERE ",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}"},
        {"bad region", HEAD WHERE ",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
                                  "\"SessionToken\":\"t\",\"Region\":\"$(id)\"}"},
        {"key twice", HEAD WHERE KEYS ",\"AccessKeyId\":\"ASIAOTHER\"}"},
        {"scope twice", HEAD WHERE KEYS ",\"Scope\":\"administrator\"}"},
        {"scope as number", HEAD ",\"Portal\":\"p\",\"Scope\":1" KEYS "}"},
        {"two entries", WHOLE WHOLE},
        {"an entry and the start of another", WHOLE "{"},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        expect_refused(rows[i].name, rows[i].text, strlen(rows[i].text));
    }
    expect_refused("an entry and a NUL", WHOLE "\0", sizeof(WHOLE));
}

/* The text is in memory of exactly its size. An entry without the last newline is complete. */
static void test_truncated_at_every_byte(void **state)
{
    (void)state;
    for (size_t len = 0; len + 1 < sizeof(WHOLE) - 1; len++) {
        char *text = malloc(len > 0 ? len : 1);
        assert_non_null(text);
        memcpy(text, WHOLE, len);
        expect_refused("truncated", text, len);
        free(text);
    }
}

/* A flipped bit gives an error or another valid entry, never a crash. */
static void test_every_bit_flipped(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * (sizeof(WHOLE) - 1); bit++) {
        char text[] = WHOLE;
        struct whole whole;
        struct err err;
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
        if (parse(text, sizeof(text) - 1, &whole, &err) == 0) {
            assert_int_equal(aws_credentials_check(&whole.creds, &err), 0);
            assert_true(cache_entry_left_s(&whole.entry, 1767319445) <= whole.entry.lifetime_s);
            cache_entry_is_fresh(&whole.entry, INT64_MAX);
        }
    }
}

static void test_freshness(void **state)
{
    enum { MIN = 60, HOUR = 3600 };
    static const struct {
        const char *name;
        int64_t lifetime_s;
        int64_t age_s;
        int64_t left_s;
        bool fresh;
    } rows[] = {
        {"new", HOUR, 0, HOUR, true},
        {"20 minutes left", HOUR, 40 * MIN, 20 * MIN, true},
        {"a second less", HOUR, 40 * MIN + 1, 20 * MIN - 1, false},
        {"a second left", HOUR, HOUR - 1, 1, false},
        {"at the expiration", HOUR, HOUR, 0, false},
        {"seconds after the expiration", HOUR, HOUR + 5, 0, false},
        {"long after the expiration", HOUR, 100 * HOUR, 0, false},
        {"12 hours, 20 minutes left", 12 * HOUR, 12 * HOUR - 20 * MIN, 20 * MIN, true},
        {"12 hours, a second less", 12 * HOUR, 12 * HOUR - 20 * MIN + 1, 20 * MIN - 1, false},
        {"15 minutes, new", 15 * MIN, 0, 15 * MIN, true},
        {"15 minutes, half left", 15 * MIN, 450, 450, true},
        {"15 minutes, less than half left", 15 * MIN, 451, 449, false},
        {"40 minutes, half left", 40 * MIN, 20 * MIN, 20 * MIN, true},
        {"40 minutes, less than half left", 40 * MIN, 20 * MIN + 1, 20 * MIN - 1, false},
        {"41 minutes, 20 left", 41 * MIN, 21 * MIN, 20 * MIN, true},
        {"1 second, new", 1, 0, 1, true},
        {"1 second, expired", 1, 1, 0, false},
        {"the clock was set back", HOUR, -1, 0, false},
        {"the clock was set far back", HOUR, -100 * HOUR, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct cache_entry entry = good.entry;
        int64_t now_s = entry.obtained_s + rows[i].age_s;
        entry.lifetime_s = rows[i].lifetime_s;
        entry.expiration_s = 0; /* by the portal's clock: not used */
        row_int(rows[i].name, cache_entry_left_s(&entry, now_s), rows[i].left_s);
        row_int(rows[i].name, cache_entry_is_fresh(&entry, now_s), rows[i].fresh);
    }
}

/* The same table for access to Kubernetes has one more line: 5 minutes. */
static void test_freshness_of_kubernetes(void **state)
{
    static const struct {
        int64_t lifetime_s;
        int64_t left_s;
        bool fresh;
    } rows[] = {{3600, 300, true}, {3600, 299, false}, {400, 200, true}, {400, 199, false}};
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct cache_entry entry = good.entry;
        snprintf(entry.scope, sizeof(entry.scope), "kubernetes:tenant:dev01");
        entry.lifetime_s = rows[i].lifetime_s;
        int64_t now_s = entry.obtained_s + rows[i].lifetime_s - rows[i].left_s;
        assert_int_equal(cache_entry_is_fresh(&entry, now_s), rows[i].fresh);
    }
}

static void test_kubernetes_and_link(void **state)
{
    static struct kube_access access = {.server = "https://k8s.example.com",
                                        .ca = "Y2E=",
                                        .token = "a.b.c",
                                        .name = "nonprod",
                                        .default_namespace = "duploservices-dev01"};
    static struct kube_access back;
    static struct console_link link = {.obtained_s = 5, .url = "https://console.example.com/?a=b"};
    static struct console_link link_back;
    struct aws_credentials creds = good.creds;
    const struct issued kube = {.kube = &access};
    const struct issued kube_back = {.kube = &back};
    const struct issued aws = {.aws = &creds, .link = &link};
    const struct issued aws_back = {.aws = &creds, .link = &link_back};
    struct cache_entry entry;
    struct buf out;
    struct err err;
    (void)state;
    buf_init(&out, CACHE_ENTRY_MAX);
    cache_entry_format(&out, &good.entry, &kube);
    assert_int_equal(cache_entry_parse(out.data, out.len, &entry, &kube_back, &err), 0);
    assert_string_equal(back.server, access.server);
    assert_string_equal(back.ca, access.ca);
    assert_string_equal(back.token, access.token);
    assert_string_equal(back.name, access.name);
    assert_string_equal(back.default_namespace, access.default_namespace);
    assert_int_equal(back.lifetime_s, good.entry.lifetime_s);
    /* An entry of one kind cannot be read as the other. */
    assert_int_equal(cache_entry_parse(out.data, out.len, &entry, &aws_back, &err), -1);
    assert_int_equal(cache_entry_parse(WHOLE, strlen(WHOLE), &entry, &kube_back, &err), -1);
    assert_string_equal(back.token, "");
    buf_clear(&out);
    creds = good.creds;
    cache_entry_format(&out, &good.entry, &aws);
    assert_int_equal(cache_entry_parse(out.data, out.len, &entry, &aws_back, &err), 0);
    assert_string_equal(link_back.url, link.url);
    assert_int_equal(link_back.obtained_s, link.obtained_s);
    /* Without a link in the entry, no earlier one remains. */
    assert_int_equal(cache_entry_parse(WHOLE, strlen(WHOLE), &entry, &aws_back, &err), 0);
    assert_string_equal(link_back.url, "");
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_freshness_of_kubernetes),
        cmocka_unit_test(test_kubernetes_and_link),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_then_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_truncated_at_every_byte),
        cmocka_unit_test(test_every_bit_flipped),
        cmocka_unit_test(test_freshness),
    };
    return cmocka_run_group_tests_name("cache_entry", tests, NULL, NULL);
}
