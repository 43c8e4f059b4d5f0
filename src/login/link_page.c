/* SPDX-License-Identifier: MIT */
#include "login/link_page.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/random.h"
#include "login/browser_wait.h"
#include "login/page.h"
#include "net/peer.h"

enum { SECRET_LEN = 16, PATH_SIZE = 2 + 2 * SECRET_LEN, ESCAPED_MAX = 64 << 10 };

struct link_page {
    struct browser_wait waiting;
    const char *link;
    char path[PATH_SIZE];
};

static void add_page(struct buf *out, const char *link)
{
    struct buf escaped;
    buf_init(&escaped, ESCAPED_MAX);
    for (; *link != '\0'; link++) {
        if (*link == '&') {
            buf_add_str(&escaped, "&amp;");
        } else {
            buf_add_char(&escaped, *link);
        }
    }
    buf_add_fmt(out,
                "<!doctype html><meta charset=\"utf-8\"><title>duplojit</title>"
                "<meta http-equiv=\"refresh\" content=\"0;url=%s\">"
                "<style>:root{color-scheme:light dark}</style>"
                "<p><a href=\"%s\">AWS console</a></p>",
                buf_str(&escaped), buf_str(&escaped));
    buf_done(&escaped);
}

static enum server_verdict handle(void *context, const struct server_request *request,
                                  struct server_response *response)
{
    struct link_page *page = context;
    const char *host = server_header(request, "Host");
    bool wanted = !page->waiting.done && host != NULL && page_host_is_loopback(host) &&
                  strcmp(request->method, "GET") == 0 && strcmp(request->path, page->path) == 0 &&
                  page_is_navigation(request) && !peer_is_foreign(request->fd);
    response->close = true;
    if (!wanted) {
        page_show(response, 404, "Nothing here", "duplojit waits for its own browser here.");
        return SERVER_RESPOND;
    }
    add_page(&response->body, page->link);
    if (!buf_failed(&response->body)) {
        response->status = 200;
        response->content_type = "text/html; charset=utf-8";
        page_protect(response);
        page->waiting.done = true;
    }
    return SERVER_RESPOND;
}

static int run(struct link_page *page, struct err *err)
{
    char url[64 + PATH_SIZE];
    page->path[0] = '/';
    if (random_hex(page->path + 1, SECRET_LEN, err) != 0 ||
        browser_wait_open(&page->waiting, err) != 0) {
        return -1;
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", page->waiting.port, page->path);
    return browser_wait_run(&page->waiting, url, err);
}

int link_page_open(const struct browser_options *options, const char *purpose, const char *instead,
                   const char *link, struct err *err)
{
    struct link_page page = {
        .waiting = {.options = options, .purpose = purpose, .instead = instead, .handle = handle},
        .link = link,
    };
    page.waiting.context = &page;
    int result = run(&page, err);
    browser_wait_close(&page.waiting);
    return result;
}
