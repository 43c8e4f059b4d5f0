/* SPDX-License-Identifier: MIT */
/* The audit log: its fields, and how many lines clients without an account can cause. */
#include "rows.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kube/service_account.h"
#include "serve/agent_counters.h"
#include "serve/audit.h"

/* Redirects standard error into a pipe until take(). */
static int saved_stderr = -1;
static int ends[2];

static void catch_stderr(void)
{
    saved_stderr = dup(STDERR_FILENO);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
}

static void take(char *out, size_t size)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    ssize_t got = read(ends[0], out, size - 1);
    out[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    close(ends[1]);
}

static const struct service_account worker = {
    .namespace = "batch", .name = "worker", .pod = "worker-1"};

static void has_the_fields(void **state)
{
    struct audit audit = {0};
    char text[4096];
    (void)state;
    const struct audit_line granted = {.time_s = 1767323045,
                                       .account = &worker,
                                       .scope = "tenant:dev01",
                                       .rule = "batch",
                                       .refusal = -1};
    const struct audit_line denied = {
        .time_s = 1767323045, .account = &worker, .rule = "no rule", .refusal = AGENT_DENIED};
    const struct audit_line unknown = {.time_s = 1767323045, .refusal = VERDICT_EXPIRED};
    catch_stderr();
    assert_true(audit_write(&audit, &granted, 0));
    assert_true(audit_write(&audit, &denied, 0));
    assert_true(audit_write(&audit, &unknown, 0));
    take(text, sizeof(text));
    assert_string_equal(
        text, "{\"time\":\"2026-01-02T03:04:05Z\",\"namespace\":\"batch\","
              "\"serviceAccount\":\"worker\",\"pod\":\"worker-1\",\"scope\":\"tenant:dev01\","
              "\"verdict\":\"granted\",\"rule\":\"batch\"}\n"
              "{\"time\":\"2026-01-02T03:04:05Z\",\"namespace\":\"batch\","
              "\"serviceAccount\":\"worker\",\"pod\":\"worker-1\",\"verdict\":\"refused\","
              "\"reason\":\"denied by the policy\",\"rule\":\"no rule\"}\n"
              "{\"time\":\"2026-01-02T03:04:05Z\",\"verdict\":\"refused\",\"reason\":\"expired\"}"
              "\n");
}

/* A flood of bad tokens neither fills the log nor takes the lines of known accounts away. */
static void limits_clients_without_an_account(void **state)
{
    struct audit audit = {0};
    char text[1 << 16];
    int known = 0;
    int unknown = 0;
    (void)state;
    const struct audit_line bad = {.refusal = VERDICT_MALFORMED};
    const struct audit_line good = {.account = &worker, .refusal = -1};
    catch_stderr();
    for (int64_t now_ms = 0; now_ms < 3000; now_ms += 50) {
        for (int i = 0; i < 10; i++) {
            unknown += audit_write(&audit, &bad, now_ms) ? 1 : 0;
        }
        known += audit_write(&audit, &good, now_ms) ? 1 : 0;
    }
    take(text, sizeof(text));
    assert_int_equal(unknown, 3 * AUDIT_UNKNOWN_PER_S);
    assert_int_equal(known, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_fields),
        cmocka_unit_test(limits_clients_without_an_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
