/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

enum { LINE_SIZE = 1024 };

static bool debug_on;
static bool never_wait;
static bool muted;
static enum log_color when_color;
static int64_t debug_start_ms;

void log_enable_debug(void)
{
    debug_on = true;
    debug_start_ms = clock_mono_ms();
}

bool log_debug_enabled(void)
{
    return debug_on;
}

void log_never_wait(void)
{
    never_wait = true;
}

void log_mute_warnings(void)
{
    muted = true;
}

void log_set_color(enum log_color color)
{
    when_color = color;
}

/* Not decided at the start, because most runs print nothing. */
const char *log_paint(const char *code)
{
    const char *off = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool able = term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0 &&
                (off == NULL || off[0] == '\0') && isatty(STDERR_FILENO) == 1;
    return when_color == LOG_COLOR_ALWAYS || (when_color == LOG_COLOR_AUTO && able) ? code : "";
}

static bool has_room(void)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&fd, 1, 0) == 1;
}

/* With a single write, so that lines of parallel processes do not mix. A failure to log cannot be
 * reported anywhere. */
static bool write_line(const char *line, size_t len)
{
    return (!never_wait || has_room()) && write(STDERR_FILENO, line, len) == (ssize_t)len;
}

static void put_line(const char *label, const char *format, va_list args)
{
    char line[LINE_SIZE];
    int head = snprintf(line, sizeof(line), "duplojit: %s", label);
    char *text = line + head;
    vsnprintf(text, sizeof(line) - (size_t)head - 1, format, args);
    text_clean(text);
    size_t len = strlen(line);
    line[len] = '\n';
    (void)write_line(line, len + 1);
}

bool log_record(const char *line)
{
    return write_line(line, strlen(line));
}

void log_debug(const char *format, ...)
{
    if (!debug_on) {
        return;
    }
    char label[48];
    snprintf(label, sizeof(label),
             "debug: %lld ms: ", (long long)(clock_mono_ms() - debug_start_ms));
    va_list args;
    va_start(args, format);
    put_line(label, format, args);
    va_end(args);
}

void log_warn(const char *format, ...)
{
    char label[32];
    if (muted) {
        return;
    }
    snprintf(label, sizeof(label), "%swarning:%s ", log_paint(LOG_YELLOW), log_paint(LOG_PLAIN));
    va_list args;
    va_start(args, format);
    put_line(label, format, args);
    va_end(args);
}

void log_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_line("", format, args);
    va_end(args);
}
