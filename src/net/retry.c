/* SPDX-License-Identifier: MIT */
#include "net/retry.h"

bool retry_status(const struct retry *retry, int status, bool may_be_missing)
{
    if (status == 500 && may_be_missing) {
        return false;
    }
    if (status == 429 || status == 502 || status == 503 || status == 504) {
        return true;
    }
    return retry->patient && status >= 500;
}

int64_t retry_pause_ms(struct retry *retry, int64_t now_ms, int64_t retry_after_s, uint32_t random)
{
    retry->attempts++;
    if (!retry->patient && retry->attempts >= RETRY_ATTEMPTS) {
        return -1;
    }
    int64_t ceiling = RETRY_FIRST_MS;
    for (int i = 1; i < retry->attempts && ceiling < RETRY_MAX_MS; i++) {
        ceiling *= 2;
    }
    ceiling = ceiling < RETRY_MAX_MS ? ceiling : RETRY_MAX_MS;
    /* Half of it is random, so that clients that failed at the same time do not retry at the same
     * time. */
    int64_t pause = ceiling / 2 + random % (uint32_t)(ceiling / 2 + 1);
    if (retry_after_s >= 0 && retry_after_s <= INT32_MAX) {
        pause = retry_after_s * 1000;
    }
    return now_ms + pause < retry->deadline_ms ? pause : -1;
}
