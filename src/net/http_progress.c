/* SPDX-License-Identifier: MIT */
#include "net/http_progress.h"

#include <stddef.h>

#include "base/clock.h"

void http_wait_report(const struct http_wait *wait, enum http_phase phase)
{
    if (wait->progress.report != NULL) {
        wait->progress.report(wait->progress.context, phase, wait->host,
                              clock_mono_ms() - wait->started_ms);
    }
}

const char *http_phase_text(enum http_phase phase)
{
    static const char *const texts[] = {
        [HTTP_IDLE] = "",
        [HTTP_RESOLVING] = "while looking up its name",
        [HTTP_CONNECTING] = "while connecting",
        [HTTP_HANDSHAKE] = "during the TLS handshake",
        [HTTP_RESPONDING] = "while waiting for the response",
        [HTTP_PAUSING] = "before the next attempt",
    };
    return texts[phase];
}
