/* SPDX-License-Identifier: MIT */
/* Saved logins: one that is accepted is written and read again without a difference, and its user
 * can be printed. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "login/saved_login.h"

static int parse(const char *text, size_t len, struct saved_login *login)
{
    struct err err = {0};
    saved_login_init(login, "https://portal.test", false);
    return saved_login_parse(text, len, login, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct saved_login login;
    struct saved_login again;
    struct buf once;
    struct buf twice;
    char *text = fuzz_copy((const char *)data, len);
    if (parse(text, len, &login) == 0) {
        char user[JWT_USER_SIZE];
        memcpy(user, login.user, sizeof(user));
        text_clean(user);
        FUZZ_CHECK(strcmp(user, login.user) == 0);
        buf_init(&once, 1 << 20);
        buf_init(&twice, 1 << 20);
        saved_login_format(&once, &login);
        FUZZ_CHECK(parse(buf_str(&once), once.len, &again) == 0);
        saved_login_format(&twice, &again);
        FUZZ_CHECK(fuzz_same(&once, &twice) && login.admin == again.admin);
        saved_login_done(&again);
        buf_done(&once);
        buf_done(&twice);
    }
    saved_login_done(&login);
    free(text);
    return 0;
}
