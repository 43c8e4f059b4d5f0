/* SPDX-License-Identifier: MIT */
/* Masking: a secret on a line of its own is hidden with any text before and after it; the number
 * of lines stays; masking twice changes nothing more. The first byte chooses how it is written. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "cli/mask.h"
#include "cli/options.h"

#define SECRET "Zx9canary0Zx"

static const char *const forms[] = {
    "aws_secret_access_key = " SECRET,
    "AWS_SESSION_TOKEN:" SECRET " " SECRET,
    "aws_session_token =\n  " SECRET,
    "# aws_security_token = " SECRET,
    "credential_process = p --token " SECRET " --host h",
    "credential_process = p --token=" SECRET,
    "credential_process = p -t" SECRET,
    "credential_process = p '--token' '" SECRET "'",
    "DUPLO_TOKEN=" SECRET " p",
    "credential_process = p --otp \"" SECRET "\"",
};

static size_t count_lines(const struct buf *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->len; i++) {
        count += text->data[i] == '\n' ? 1 : 0;
    }
    return count;
}

static void mask(const struct buf *text, struct buf *out)
{
    char *copy = fuzz_copy(buf_str(text), text->len);
    buf_init(out, 1 << 22);
    mask_secrets(out, copy, text->len, options, OPTION_COUNT);
    FUZZ_CHECK(!buf_failed(out) && count_lines(out) == count_lines(text));
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct buf text;
    struct buf once;
    struct buf twice;
    if (len == 0) {
        return 0;
    }
    const char *form = forms[(data[0] + 2U) % (sizeof(forms) / sizeof(forms[0]))];
    buf_init(&text, 1 << 20);
    buf_add(&text, data + 1, len - 1);
    bool known = memmem(buf_str(&text), text.len, SECRET, strlen(SECRET)) != NULL;
    buf_add_char(&text, '\n');
    buf_add_str(&text, form);
    buf_add_char(&text, '\n');
    buf_add(&text, data + 1, len - 1);
    mask(&text, &once);
    mask(&once, &twice);
    FUZZ_CHECK(known || memmem(buf_str(&once), once.len, SECRET, strlen(SECRET)) == NULL);
    FUZZ_CHECK(fuzz_same(&once, &twice));
    buf_done(&text);
    buf_done(&once);
    buf_done(&twice);
    return 0;
}
