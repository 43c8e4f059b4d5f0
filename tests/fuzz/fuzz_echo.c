/* SPDX-License-Identifier: MIT */
/* Echoes of a secret: the first line is the secret, the rest a text. A long secret is hidden after
 * any text, and what follows it stays; hiding a long secret twice changes nothing more. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "portal/echo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    char secret[256];
    struct buf text;
    fuzz_line(&input, secret, sizeof(secret));
    size_t secret_len = strlen(secret);
    if (secret_len == 0 || text_word_len(secret, secret_len) != secret_len) {
        return 0;
    }
    char *before = fuzz_part(&input, NULL);
    size_t before_len = strlen(before);
    buf_init(&text, 1 << 22);
    buf_add_str(&text, before);
    buf_add_char(&text, ' ');
    buf_add_str(&text, secret);
    buf_add_str(&text, " end");
    echo_hide(text.data, secret);
    FUZZ_CHECK(strlen(text.data) == text.len);
    FUZZ_CHECK(secret_len < 12 || strcmp(text.data + text.len - 4, " end") == 0);
    /* What hides a secret can be a part of one that has asterisks. */
    bool is_plain = secret_len >= 12 && strchr(secret, '*') == NULL;
    FUZZ_CHECK(!is_plain || strstr(text.data, secret) == NULL);
    FUZZ_CHECK(!is_plain || strspn(text.data + before_len + 1, "*") == secret_len);
    char *once = strdup(text.data);
    FUZZ_CHECK(once != NULL);
    echo_hide(text.data, secret);
    FUZZ_CHECK(!is_plain || strcmp(once, text.data) == 0);
    free(once);
    free(before);
    buf_done(&text);
    return 0;
}
