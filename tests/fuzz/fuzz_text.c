/* SPDX-License-Identifier: MIT */
/* Durations, numbers and texts: a duration is the number times its unit; what is safe for a
 * terminal stays as it is; percent-encoding is undone by decoding. */
#include "fuzz.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/percent.h"
#include "base/text.h"
#include "base/utf8.h"

static void check_duration(const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"", 1000}};
    int64_t value_ms = -1;
    int64_t number = -1;
    char digits[32];
    size_t len = strspn(text, "0123456789");
    bool good = text_parse_duration_ms(text, INT64_C(86400000), &value_ms);
    FUZZ_CHECK(good == (value_ms >= 0) && value_ms <= 86400000);
    if (!good || len >= sizeof(digits)) {
        return;
    }
    memcpy(digits, text, len);
    digits[len] = '\0';
    FUZZ_CHECK(text_parse_int(digits, 0, INT64_MAX, &number));
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + len, units[i].unit) == 0) {
            FUZZ_CHECK(value_ms == number * units[i].ms);
            return;
        }
    }
    FUZZ_CHECK(!"an unknown unit");
}

static void check_percent(const char *text)
{
    struct buf encoded;
    buf_init(&encoded, 1 << 22);
    percent_encode(&encoded, text, "/");
    FUZZ_CHECK(text_word_len(buf_str(&encoded), encoded.len) == encoded.len);
    if (encoded.len > 0) {
        FUZZ_CHECK(percent_decode(encoded.data) == strlen(text));
        FUZZ_CHECK(strcmp(encoded.data, text) == 0);
    }
    buf_done(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    char *text = fuzz_part(&input, NULL);
    check_duration(text);
    check_percent(text);
    char *clean = strdup(text);
    FUZZ_CHECK(clean != NULL);
    text_clean(clean);
    FUZZ_CHECK(utf8_is_valid(clean, strlen(clean)) && !text_has_control(clean, strlen(clean)));
    FUZZ_CHECK(utf8_width(clean) <= 2 * strlen(clean));
    char *again = strdup(clean);
    FUZZ_CHECK(again != NULL);
    text_clean(again);
    FUZZ_CHECK(strcmp(clean, again) == 0);
    percent_decode(text);
    free(again);
    free(clean);
    free(text);
    return 0;
}
