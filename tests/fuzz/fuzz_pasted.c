/* SPDX-License-Identifier: MIT */
/* What a person pastes for a login: an accepted token is one word; the word that the input begins
 * with is found again in an address that has it, percent-encoded. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/percent.h"
#include "base/text.h"
#include "login/callback.h"

static void check_address(const char *text)
{
    struct login_grant grant;
    struct buf address;
    struct buf word;
    size_t len = text_word_len(text, strlen(text));
    buf_init(&word, 4096);
    buf_init(&address, 1 << 16);
    buf_add(&word, text, len < 4000 ? len : 4000);
    buf_add_str(&address, "http://127.0.0.1:8000/?x=y&t=");
    percent_encode(&address, buf_str(&word), "");
    buf_add_str(&address, "&z=1#end");
    login_grant_init(&grant);
    FUZZ_CHECK(login_read_pasted(buf_str(&address), &grant));
    FUZZ_CHECK(fuzz_same(&grant.token, &word));
    login_grant_done(&grant);
    buf_done(&address);
    buf_done(&word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    struct login_grant grant;
    char *text = fuzz_part(&input, NULL);
    login_grant_init(&grant);
    if (login_read_pasted(text, &grant)) {
        FUZZ_CHECK(text_word_len(buf_str(&grant.token), grant.token.len) == grant.token.len);
        FUZZ_CHECK(grant.token.len <= strlen(text));
    }
    login_grant_done(&grant);
    check_address(text);
    free(text);
    return 0;
}
