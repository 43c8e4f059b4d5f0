/* SPDX-License-Identifier: MIT */
/* The request to the API server, and what its response means. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "certificates.h"
#include "kube/token_review.h"
#include "loopback.h"
#include "session/token_reviews.h"

enum { LIMIT_MS = 20000 };

#define ACCEPTED                                                                                   \
    "{\"status\":{\"authenticated\":true,\"audiences\":[\"duplojit\"],\"user\":{\"username\":"     \
    "\"system:serviceaccount:team:app\"}}}"

struct fixture {
    char dir[64];
    struct token_reviews reviews;
    struct loopback server;
    struct token_review review;
    struct err err;
};

static void write_file(const struct fixture *fixture, const char *name, const char *text)
{
    char path[128];
    struct err err;
    snprintf(path, sizeof(path), "%s/%s", fixture->dir, name);
    assert_int_equal(fs_replace(path, text, strlen(text), &fs_private, &err), 0);
}

static void remove_file(const struct fixture *fixture, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", fixture->dir, name);
    unlink(path);
}

static void open_fixture(struct fixture *fixture)
{
    *fixture = (struct fixture){.dir = "/tmp/duplojit-test-XXXXXX"};
    assert_non_null(mkdtemp(fixture->dir));
    write_file(fixture, "token", "own-token\n");
    write_file(fixture, "ca.crt", PEM_ROOT);
    fixture->reviews =
        (struct token_reviews){.dir = fixture->dir, .audience = "duplojit", .timeout_ms = LIMIT_MS};
}

static void close_fixture(struct fixture *fixture)
{
    token_reviews_done(&fixture->reviews);
    remove_file(fixture, "token");
    remove_file(fixture, "ca.crt");
    rmdir(fixture->dir);
}

/* Sends count reviews of a token to a server with this reply. Returns the result of the last. */
static int send_reviews(struct fixture *fixture, const char *status, const char *body, int count)
{
    char text[1024];
    int result = -1;
    snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
             strlen(body), body);
    const struct loopback_reply reply = {.data = text};
    loopback_start(&fixture->server, &reply, 1);
    fixture->reviews.server = fixture->server.origin;
    for (int i = 0; i < count; i++) {
        result = token_reviews_send(&fixture->reviews, "a.b.c", &fixture->review, &fixture->err);
    }
    token_reviews_done(&fixture->reviews);
    loopback_stop(&fixture->server);
    return result;
}

static void sends_its_own_token(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    assert_int_equal(send_reviews(&fixture, "201 Created", ACCEPTED, 3), 0);
    assert_true(fixture.review.accepted);
    assert_string_equal(fixture.review.account.name, "app");
    assert_int_equal(fixture.server.requests, 3);
    assert_int_equal(fixture.server.connections, 1);
    row_has("path", fixture.server.request, "POST " TOKEN_REVIEW_PATH " HTTP/1.1\r\n");
    row_has("token", fixture.server.request, "\r\nAuthorization: Bearer own-token\r\n");
    row_has("body", fixture.server.request,
            "\"spec\":{\"token\":\"a.b.c\",\"audiences\":[\"duplojit\"]}");
    write_file(&fixture, "token", "rotated");
    assert_int_equal(send_reviews(&fixture, "201 Created", "{\"status\":{}}", 1), 0);
    assert_false(fixture.review.accepted);
    row_has("rotated", fixture.server.request, "\r\nAuthorization: Bearer rotated\r\n");
    close_fixture(&fixture);
}

static void explains_failures(void **state)
{
    static const struct {
        const char *status;
        const char *body;
        enum err_kind kind;
        const char *message;
    } rows[] = {
        {"401 Unauthorized", "", ERR_REFUSED, "127.0.0.1 rejects the agent's own token (401)"},
        {"403 Forbidden", "{}", ERR_REFUSED,
         "127.0.0.1 does not allow the agent's service account to review tokens (403): bind it to "
         "a "
         "ClusterRole that may create tokenreviews"},
        {"429 Too Many Requests", "", ERR_UNAVAILABLE,
         "127.0.0.1 responds with status 429 to a TokenReview"},
        {"500 Internal Server Error", ACCEPTED, ERR_UNAVAILABLE,
         "127.0.0.1 responds with status 500 to a TokenReview"},
        {"302 Found", ACCEPTED, ERR_UNAVAILABLE,
         "127.0.0.1 responds with status 302 to a TokenReview"},
        {"201 Created", "{}", ERR_UNAVAILABLE,
         "127.0.0.1: the response to a TokenReview cannot be parsed: the response is not a "
         "TokenReview"},
    };
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    for (size_t i = 0; i < ROWS(rows); i++) {
        row_int(rows[i].status, send_reviews(&fixture, rows[i].status, rows[i].body, 1), -1);
        row_int(rows[i].status, fixture.err.kind, rows[i].kind);
        row_text(rows[i].status, fixture.err.text, rows[i].message);
        row_int(rows[i].status, fixture.server.requests, 1);
    }
    close_fixture(&fixture);
}

static void needs_its_files(void **state)
{
    static const char *const tokens[] = {"", "\n", "two words", "two\nlines\n", "caf\xc3\xa9"};
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    for (size_t i = 0; i < ROWS(tokens); i++) {
        write_file(&fixture, "token", tokens[i]);
        row_int(tokens[i], send_reviews(&fixture, "201 Created", ACCEPTED, 1), -1);
        row_int(tokens[i], fixture.err.kind, ERR_FILE);
        row_has(tokens[i], fixture.err.text, "/token is not a token");
        row_int(tokens[i], fixture.server.requests, 0);
    }
    remove_file(&fixture, "token");
    assert_int_equal(send_reviews(&fixture, "201 Created", ACCEPTED, 1), -1);
    assert_int_equal(fixture.err.kind, ERR_FILE);
    write_file(&fixture, "token", "own-token");
    remove_file(&fixture, "ca.crt");
    assert_int_equal(send_reviews(&fixture, "201 Created", ACCEPTED, 1), -1);
    assert_int_equal(fixture.err.kind, ERR_FILE);
    row_has("CA", fixture.err.text, "/ca.crt");
    close_fixture(&fixture);
}

static void finds_the_server(void **state)
{
    static const struct {
        const char *host;
        const char *port;
        const char *origin; /* NULL: an error */
    } rows[] = {
        {"10.0.0.1", "443", "https://10.0.0.1"},
        {"10.0.0.1", "6443", "https://10.0.0.1:6443"},
        {"fd00::1", "443", "https://[fd00::1]"},
        {"kubernetes.default.svc", "443", "https://kubernetes.default.svc"},
        {NULL, "443", NULL},
        {"10.0.0.1", NULL, NULL},
        {"", "443", NULL},
        {"10.0.0.1", "", "https://10.0.0.1"},
        {"10.0.0.1", "tcp://x", NULL},
        {"user@10.0.0.1", "443", NULL},
        {"10.0.0.1/path", "443", NULL},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct token_reviews reviews = {.dir = "/"};
        struct err err = {0};
        const char *row = rows[i].host != NULL ? rows[i].host : "no host";
        int result = token_reviews_set_server(&reviews, rows[i].host, rows[i].port, &err);
        row_int(row, result, rows[i].origin != NULL ? 0 : -1);
        row_text(row, reviews.server.origin, rows[i].origin != NULL ? rows[i].origin : "");
        row_int(row, err.kind, rows[i].origin != NULL ? ERR_NONE : ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_its_own_token),
        cmocka_unit_test(explains_failures),
        cmocka_unit_test(needs_its_files),
        cmocka_unit_test(finds_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
