/* SPDX-License-Identifier: MIT */
/* Dates: a time that is accepted is written and read again as the same second, and is the one that
 * libc computes from the same digits. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static int64_t compute_s(const char *text)
{
    struct tm tm = {0};
    int hours = 0;
    int minutes = 0;
    FUZZ_CHECK(sscanf(text, "%4d-%2d-%2d%*c%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                      &tm.tm_hour, &tm.tm_min, &tm.tm_sec) == 6);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    const char *offset = strpbrk(text + strlen("2026-01-02T03:04:05"), "+-Zz");
    FUZZ_CHECK(offset != NULL);
    if (*offset != 'Z' && *offset != 'z') {
        FUZZ_CHECK(sscanf(offset + 1, "%2d:%2d", &hours, &minutes) == 2);
    }
    int64_t offset_s = (hours * 60 + minutes) * 60;
    return (int64_t)timegm(&tm) - (*offset == '-' ? -offset_s : offset_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_input input = fuzz_begin(data, len);
    char written[CLOCK_RFC3339_SIZE];
    char duration[CLOCK_DURATION_SIZE];
    int64_t time_s = -1;
    int64_t again_s = -1;
    char *text = fuzz_part(&input, NULL);
    if (clock_parse_rfc3339(text, &time_s)) {
        FUZZ_CHECK(time_s >= 0 && time_s <= CLOCK_LAST_S);
        FUZZ_CHECK(clock_format_rfc3339(time_s, written));
        FUZZ_CHECK(clock_parse_rfc3339(written, &again_s) && again_s == time_s);
        FUZZ_CHECK(compute_s(text) == time_s);
        bool moved = strchr(text, 'Z') == NULL || strstr(text, ":60") != NULL;
        FUZZ_CHECK(moved || strncmp(text, written, strlen("2026-01-02")) == 0);
        clock_format_duration(time_s, duration);
        FUZZ_CHECK(duration[0] >= '0' && duration[0] <= '9');
    } else {
        FUZZ_CHECK(time_s == -1);
    }
    free(text);
    return 0;
}
