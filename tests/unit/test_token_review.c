/* SPDX-License-Identifier: MIT */
/* Tokens of service accounts: which are worth asking about, the request, and the answer. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "kube/token_review.h"
#include "pod_token.h"

enum { NOW_S = 1800000000 };

#define CLAIMS(namespace, name)                                                                    \
    "\"kubernetes.io\":{\"namespace\":" namespace ",\"serviceaccount\":{\"name\":" name "}}"
#define GOOD_CLAIMS CLAIMS("\"team\"", "\"app\"")
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 63 */

static void checks_the_claims(void **state)
{
    static const struct {
        const char *name;
        const char *payload;
        enum token_fault fault;
    } rows[] = {
        {"list", "{\"aud\":[\"x\",\"duplojit\"],\"exp\":1800000001," GOOD_CLAIMS "}", TOKEN_GOOD},
        {"string", "{\"aud\":\"duplojit\",\"exp\":1800000001," GOOD_CLAIMS "}", TOKEN_GOOD},
        {"names",
         "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"" LONG "\"",
                                                            "\"a-b.c.0" LONG LONG "\"") "}",
         TOKEN_GOOD},
        {"expires now", "{\"aud\":\"duplojit\",\"exp\":1800000000," GOOD_CLAIMS "}", TOKEN_EXPIRED},
        {"negative", "{\"aud\":\"duplojit\",\"exp\":-5," GOOD_CLAIMS "}", TOKEN_EXPIRED},
        {"after the year 9999", "{\"aud\":\"duplojit\",\"exp\":253402300800," GOOD_CLAIMS "}",
         TOKEN_MALFORMED},
        {"exp not whole", "{\"aud\":\"duplojit\",\"exp\":1800000001.5," GOOD_CLAIMS "}",
         TOKEN_MALFORMED},
        {"exp twice", "{\"aud\":\"duplojit\",\"exp\":1,\"exp\":1800000001," GOOD_CLAIMS "}",
         TOKEN_MALFORMED},
        {"no exp", "{\"aud\":\"duplojit\"," GOOD_CLAIMS "}", TOKEN_MALFORMED},
        {"no aud", "{\"exp\":1800000001," GOOD_CLAIMS "}", TOKEN_MALFORMED},
        {"other audience",
         "{\"aud\":[\"duplojit2\",\"duploji\",7,[\"duplojit\"]],\"exp\":1800000001," GOOD_CLAIMS
         "}",
         TOKEN_OTHER_AUDIENCE},
        {"no audience", "{\"aud\":[],\"exp\":1800000001," GOOD_CLAIMS "}", TOKEN_OTHER_AUDIENCE},
        {"aud is an object", "{\"aud\":{\"duplojit\":1},\"exp\":1800000001," GOOD_CLAIMS "}",
         TOKEN_OTHER_AUDIENCE},
        {"of a Secret",
         "{\"iss\":\"kubernetes/serviceaccount\",\"kubernetes.io/serviceaccount/"
         "namespace\":\"team\","
         "\"sub\":\"system:serviceaccount:team:app\"}",
         TOKEN_MALFORMED},
        {"no claims", "{\"aud\":\"duplojit\",\"exp\":1800000001}", TOKEN_MALFORMED},
        {"claims are text", "{\"aud\":\"duplojit\",\"exp\":1800000001,\"kubernetes.io\":\"x\"}",
         TOKEN_MALFORMED},
        {"no namespace", "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("null", "\"app\"") "}",
         TOKEN_MALFORMED},
        {"namespace with a dot",
         "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"a.b\"", "\"app\"") "}",
         TOKEN_MALFORMED},
        {"long namespace",
         "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"a" LONG "\"", "\"app\"") "}",
         TOKEN_MALFORMED},
        {"empty name", "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"team\"", "\"\"") "}",
         TOKEN_MALFORMED},
        {"name with a colon",
         "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"team\"", "\"a:b\"") "}",
         TOKEN_MALFORMED},
        {"name ends with a dash",
         "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"team\"", "\"a-.b\"") "}",
         TOKEN_MALFORMED},
        {"name ends with a dot",
         "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"team\"", "\"a.\"") "}",
         TOKEN_MALFORMED},
        {"long name",
         "{\"aud\":\"duplojit\",\"exp\":1800000001," CLAIMS("\"team\"",
                                                            "\"" LONG LONG LONG LONG "aa\"") "}",
         TOKEN_MALFORMED},
        {"a list", "[]", TOKEN_MALFORMED},
        {"not JSON", "{\"aud\":", TOKEN_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char token[POD_TOKEN_SIZE];
        int64_t exp_s = 0;
        pod_token_encode(rows[i].payload, token);
        row_int(rows[i].name, token_check(token, "duplojit", NOW_S, &exp_s), rows[i].fault);
        row_true(rows[i].name, rows[i].fault != TOKEN_GOOD || exp_s == NOW_S + 1);
    }
}

static void checks_the_form(void **state)
{
    static const char *const bad[] = {"",          "a",      "a.b",      "a.b.c",    "..",
                                      "a.b.c.",    ".e30.c", "e30.e30.", "e30. .c2", "e30.e30.c2\n",
                                      "e30.e3=.c2"};
    char token[POD_TOKEN_SIZE];
    char odd[POD_TOKEN_SIZE];
    int64_t exp_s = 0;
    (void)state;
    for (size_t i = 0; i < ROWS(bad); i++) {
        row_int(bad[i], token_check(bad[i], "duplojit", NOW_S, &exp_s), TOKEN_MALFORMED);
    }
    pod_token_make(1, NOW_S + 1, token);
    assert_int_equal(token_check(token, "duplojit", NOW_S, &exp_s), TOKEN_GOOD);
    size_t len = strlen(token);
    memset(token + len, 'x', TOKEN_LEN_MAX - len);
    token[TOKEN_LEN_MAX] = '\0';
    assert_int_equal(token_check(token, "duplojit", NOW_S, &exp_s), TOKEN_GOOD);
    token[TOKEN_LEN_MAX] = 'x';
    token[TOKEN_LEN_MAX + 1] = '\0';
    assert_int_equal(token_check(token, "duplojit", NOW_S, &exp_s), TOKEN_MALFORMED);
    for (size_t i = 0; i < len; i++) { /* a character that base64url does not have */
        memcpy(odd, token, len);
        odd[len] = '\0';
        odd[i] = '+';
        assert_int_equal(token_check(odd, "duplojit", NOW_S, &exp_s), TOKEN_MALFORMED);
    }
}

static void writes_the_request(void **state)
{
    struct buf body;
    (void)state;
    buf_init(&body, 1024);
    token_review_write(&body, "a.b.c", "duplojit");
    assert_string_equal(buf_str(&body),
                        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\","
                        "\"spec\":{\"token\":\"a.b.c\",\"audiences\":[\"duplojit\"]}}");
    buf_done(&body);
}

#define USER(name, extra) "\"user\":{\"username\":\"" name "\"," extra "\"groups\":[]}"
#define POD(list) "\"extra\":{\"authentication.kubernetes.io/pod-name\":" list "},"
#define ANSWER(status) "{\"kind\":\"TokenReview\",\"status\":{" status "}}"
#define ACCEPT "\"authenticated\":true,\"audiences\":[\"duplojit\"],"

static void reads_the_answer(void **state)
{
    static const struct {
        const char *name;
        const char *text;
        bool accepted;
        const char *identity;
    } rows[] = {
        {"accepted",
         ANSWER(ACCEPT USER("system:serviceaccount:team:my.app", POD("[\"p-1\",\"p-2\"]"))), true,
         "team/my.app/p-1"},
        {"no pod", ANSWER(ACCEPT USER("system:serviceaccount:team:app", "")), true, "team/app/"},
        {"invalid pod", ANSWER(ACCEPT USER("system:serviceaccount:team:app", POD("[\"a b\"]"))),
         true, "team/app/"},
        {"pod is text", ANSWER(ACCEPT USER("system:serviceaccount:team:app", POD("\"p-1\""))), true,
         "team/app/"},
        {"not authenticated",
         ANSWER("\"authenticated\":false,\"error\":\"invalid\\u0007 token\",\"audiences\":"
                "[\"duplojit\"]," USER("system:serviceaccount:team:app", "")),
         false, "invalid? token"},
        {"no answer", ANSWER(""), false, ""},
        {"no audiences",
         ANSWER("\"authenticated\":true," USER("system:serviceaccount:team:app", "")), false, ""},
        {"other audience",
         ANSWER("\"authenticated\":true,\"audiences\":[\"https://k8s\"]," USER(
             "system:serviceaccount:team:app", "")),
         false, ""},
        {"a person", ANSWER(ACCEPT USER("admin", "")), false, ""},
        {"a node", ANSWER(ACCEPT USER("system:node:n1", "")), false, ""},
        {"no name", ANSWER(ACCEPT USER("system:serviceaccount:team", "")), false, ""},
        {"empty name", ANSWER(ACCEPT USER("system:serviceaccount:team:", "")), false, ""},
        {"three names", ANSWER(ACCEPT USER("system:serviceaccount:team:a:b", "")), false, ""},
        {"bad namespace", ANSWER(ACCEPT USER("system:serviceaccount:../x:app", "")), false, ""},
        {"no user", ANSWER("\"authenticated\":true,\"audiences\":[\"duplojit\"]"), false, ""},
        {"long reason", ANSWER("\"error\":\"" LONG LONG LONG "\""), false, ""},
    };
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct token_review review;
        struct err err;
        char identity[1024];
        const char *text = rows[i].text;
        row_int(rows[i].name, token_review_read(text, strlen(text), "duplojit", &review, &err), 0);
        row_int(rows[i].name, review.accepted, rows[i].accepted);
        snprintf(identity, sizeof(identity), "%s/%s/%s", review.account.namespace,
                 review.account.name, review.account.pod);
        row_text(rows[i].name, review.accepted ? identity : review.reason, rows[i].identity);
    }
}

static void refuses_other_answers(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "\"x\"",
        "{\"status\":\"Failure\"}",
        ANSWER("\"authenticated\":\"true\""),
        ANSWER("\"authenticated\":false,\"authenticated\":true"),
        "{\"status\":{},\"status\":{}}",
    };
    (void)state;
    for (size_t i = 0; i < ROWS(bad); i++) {
        struct token_review review;
        struct err err = {0};
        row_int(bad[i], token_review_read(bad[i], strlen(bad[i]), "duplojit", &review, &err), -1);
        row_int(bad[i], err.kind, ERR_UNAVAILABLE);
        row_true(bad[i], !review.accepted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_the_claims),     cmocka_unit_test(checks_the_form),
        cmocka_unit_test(writes_the_request),    cmocka_unit_test(reads_the_answer),
        cmocka_unit_test(refuses_other_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
