/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A text that did not fit may be cut inside a character, which text_clean drops. */
static void finish_text(struct err *err)
{
    text_clean(err->text);
}

void err_fill(struct err *err, enum err_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err->kind = kind;
    err->pause_s = 0;
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    finish_text(err);
}

void err_fill_errno(struct err *err, enum err_kind kind, const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    err->kind = saved == ENOMEM ? ERR_INTERNAL : kind;
    err->pause_s = 0;
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(saved));
    finish_text(err);
}

void err_prepend(struct err *err, const char *format, ...)
{
    char inner[ERR_TEXT_SIZE];
    memcpy(inner, err->text, sizeof(inner));
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
    finish_text(err);
}
