/* SPDX-License-Identifier: MIT */
#include "cmd/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/text.h"

enum { PAGE_MAX = 16 << 20 };

void page_init(struct page *page, struct err *err)
{
    *page = (struct page){.err = err};
    buf_init(&page->buf, PAGE_MAX);
}

void page_add(struct page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    page->failed = page->failed || buf_add_vfmt(&page->buf, page->err, format, args) != 0;
    va_end(args);
}

void page_add_clean(struct page *page, const char *text, size_t width)
{
    size_t start = page->buf.len;
    page_add(page, "%s", text);
    if (page->failed) {
        return;
    }
    text_clean(page->buf.data + start);
    size_t len = strlen(page->buf.data + start);
    page->buf.len = start + len;
    page_add(page, "%*s", (int)(width > len ? width - len : 0), "");
}

void page_add_json(struct page *page, const char *text)
{
    page->failed = page->failed || json_add_string(&page->buf, text, page->err) != 0;
}

int page_print(struct page *page)
{
    int result = page->failed ? -1
                              : fs_write_fd(STDOUT_FILENO, "standard output", buf_str(&page->buf),
                                            page->buf.len, page->err);
    buf_done(&page->buf);
    return result;
}
