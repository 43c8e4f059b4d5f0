/* SPDX-License-Identifier: MIT */
#include "session/wait_line.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

enum { SILENT_MS = 2000 };

/* What the host's name follows. */
static const char *const phases[] = {
    [HTTP_IDLE] = "",
    [HTTP_RESOLVING] = "the name server to find ",
    [HTTP_CONNECTING] = "a connection to ",
    [HTTP_HANDSHAKE] = "the TLS handshake with ",
    [HTTP_RESPONDING] = "the response of ",
    [HTTP_PAUSING] = "the next attempt to reach ",
};

static void show(struct wait_line *line, const char *text)
{
    if (strcmp(text, line->shown) != 0) {
        terminal_show(&line->terminal, text);
        text_copy(line->shown, sizeof(line->shown), text);
    }
}

/* http_progress.report */
static void report(void *context, enum http_phase phase, const char *host, int64_t waited_ms)
{
    char text[sizeof(((struct wait_line *)0)->shown)];
    struct wait_line *line = context;
    if (phase == HTTP_IDLE) {
        show(line, "");
    } else if (waited_ms >= SILENT_MS) {
        snprintf(text, sizeof(text), "duplojit: waiting for %s%.80s, %lld s", phases[phase], host,
                 (long long)(waited_ms / 1000));
        show(line, text);
    }
}

struct http_progress wait_line_progress(struct wait_line *line)
{
    /* With --debug, the log shows each step. */
    bool visible = isatty(STDERR_FILENO) == 1 && !log_debug_enabled();
    line->shown[0] = '\0';
    line->terminal = (struct terminal){.out = visible ? STDERR_FILENO : -1, .fd = -1};
    return visible ? (struct http_progress){.context = line, .report = report}
                   : (struct http_progress){0};
}
