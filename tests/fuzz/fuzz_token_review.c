/* SPDX-License-Identifier: MIT */
/* Tokens of service accounts and answers of the API server: names of an accepted one are valid, and
 * a payload that is encoded here is judged by its own claims. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "kube/token_review.h"

enum { NOW_S = 1800000000 };

static void check_payload(const char *payload, size_t len)
{
    struct buf token;
    int64_t exp_s = 0;
    buf_init(&token, 1 << 20);
    fuzz_encode_jwt(&token, payload, len);
    enum token_fault fault = token_check(buf_str(&token), "duplojit", NOW_S, &exp_s);
    if (fault == TOKEN_GOOD) {
        struct json_doc doc = {0};
        struct err err;
        int64_t claimed_s = 0;
        bool found = false;
        FUZZ_CHECK(token.len <= TOKEN_LEN_MAX && exp_s > NOW_S);
        FUZZ_CHECK(json_parse(&doc, payload, len, &err) == 0);
        FUZZ_CHECK(json_get_int(&doc, JSON_ROOT, "exp", &claimed_s, &found, &err) == 0);
        FUZZ_CHECK(found && claimed_s == exp_s && strstr(payload, "duplojit") != NULL);
        FUZZ_CHECK(token_check(buf_str(&token), "duplojit", exp_s, &exp_s) == TOKEN_EXPIRED);
        FUZZ_CHECK(token_check(buf_str(&token), "another one", NOW_S, &exp_s) ==
                       TOKEN_OTHER_AUDIENCE ||
                   strstr(payload, "another one") != NULL || strchr(payload, '\\') != NULL);
        json_done(&doc);
    }
    buf_done(&token);
}

static bool has_only(const char *text, const char *characters)
{
    return strspn(text, characters) == strlen(text);
}

static void check_answer(const char *text, size_t len)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    struct token_review review;
    struct err err = {0};
    char reason[TOKEN_REASON_SIZE];
    if (token_review_read(text, len, "duplojit", &review, &err) != 0) {
        FUZZ_CHECK(!review.accepted);
        fuzz_check_err(&err);
        return;
    }
    memcpy(reason, review.reason, sizeof(reason));
    text_clean(reason);
    FUZZ_CHECK(strcmp(reason, review.reason) == 0);
    if (review.accepted) {
        const struct service_account *account = &review.account;
        FUZZ_CHECK(account->namespace[0] != '\0' && account->name[0] != '\0');
        FUZZ_CHECK(has_only(account->namespace, characters) &&
                   strchr(account->namespace, '.') == NULL);
        FUZZ_CHECK(has_only(account->name, characters) && has_only(account->pod, characters));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    size_t text_len = 0;
    int64_t exp_s = 0;
    char *text = fuzz_part(&input, &text_len);
    token_check(text, "duplojit", NOW_S, &exp_s);
    if (text_len < 8192) {
        check_payload(text, text_len);
    }
    check_answer(text, text_len);
    free(text);
    return 0;
}
