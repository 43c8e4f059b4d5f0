/* SPDX-License-Identifier: MIT */
#include "serve/schedule.h"

enum {
    RENEW_LEFT_MS = 20 * 60 * 1000,
    MARGIN_MAX_MS = 60 * 1000,
    RETRY_NONE_MAX_MS = 10000, /* without credentials, clients are waiting */
    DOUBLINGS_MAX = 5,
    ATTEMPTS_MIN = 8,
    HOLD_MAX_S = 10 * 60,
};

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A random part of span: 0 up to, but not including, span. */
static int64_t random_part(int64_t span, uint32_t random)
{
    return (int64_t)((double)span * random / ((double)UINT32_MAX + 1));
}

int64_t schedule_renew_left_ms(int64_t lifetime_ms, uint32_t random)
{
    int64_t margin_ms = lesser(lifetime_ms / 20, MARGIN_MAX_MS);
    return lesser(lifetime_ms / 2, RENEW_LEFT_MS) + margin_ms +
           random_part(lifetime_ms / 10, random);
}

int64_t schedule_spread_left_ms(int64_t lifetime_ms, int64_t left_ms, uint32_t random)
{
    int64_t third_ms = lifetime_ms / 3;
    int64_t first_ms = lesser(2 * third_ms, left_ms);
    int64_t last_ms = first_ms > third_ms ? third_ms : first_ms / 2;
    return last_ms + random_part(first_ms - last_ms, random);
}

int64_t schedule_hold_ms(int64_t retry_after_s, uint32_t random)
{
    int64_t pause_ms = lesser(retry_after_s, HOLD_MAX_S) * 1000;
    return pause_ms + random_part(pause_ms / 2, random);
}

int64_t schedule_retry_ms(int failures, int64_t left_ms, uint32_t random)
{
    int doublings = failures - 1 < DOUBLINGS_MAX ? failures - 1 : DOUBLINGS_MAX;
    int64_t max_ms =
        left_ms > 0 ? lesser(SCHEDULE_RETRY_MAX_MS, left_ms / ATTEMPTS_MIN) : RETRY_NONE_MAX_MS;
    int64_t pause_ms = lesser((int64_t)SCHEDULE_RETRY_FIRST_MS << doublings, max_ms);
    pause_ms = pause_ms / 2 + random_part(pause_ms / 2, random);
    return pause_ms > SCHEDULE_RETRY_FIRST_MS / 2 ? pause_ms : SCHEDULE_RETRY_FIRST_MS / 2;
}
