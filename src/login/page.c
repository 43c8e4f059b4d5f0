/* SPDX-License-Identifier: MIT */
#include "login/page.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/server.h"
#include "net/url.h"

/* One self-contained page in the browser's own colours, light or dark. */
static const char page_head[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>duplojit</title>"
    "<style>:root{color-scheme:light dark}body{font:1.1rem/1.6 system-ui,sans-serif;"
    "max-width:34rem;margin:18vh auto;padding:0 1rem}</style>";

void page_add_header(struct server_response *response, const char *name, const char *value)
{
    struct err ignored;
    if (server_add_header(response, name, value, &ignored) != 0) {
        response->status = 500;
    }
}

void page_protect(struct server_response *response)
{
    page_add_header(response, "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    page_add_header(response, "Cache-Control", "no-store");
    page_add_header(response, "Referrer-Policy", "no-referrer");
}

void page_show(struct server_response *response, int status, const char *title, const char *text)
{
    buf_add_fmt(&response->body, "%s<h1>%s</h1><p>%s</p>", page_head, title, text);
    response->status = buf_failed(&response->body) ? 500 : status;
    response->content_type = "text/html; charset=utf-8";
    page_protect(response);
}

bool page_host_is_loopback(const char *host)
{
    char url[URL_ORIGIN_SIZE];
    struct url_origin origin;
    struct err ignored;
    int len = snprintf(url, sizeof(url), "http://%s", host);
    return len > 0 && (size_t)len < sizeof(url) && url_parse_origin(url, &origin, &ignored) == 0 &&
           origin.loopback;
}

bool page_has_or_lacks(const struct server_request *request, const char *header, const char *wanted,
                       const char *other)
{
    const char *value = server_header(request, header);
    return value == NULL || strcmp(value, wanted) == 0 || strcmp(value, other) == 0;
}

bool page_is_navigation(const struct server_request *request)
{
    return page_has_or_lacks(request, "Sec-Fetch-Mode", "navigate", "navigate") &&
           page_has_or_lacks(request, "Sec-Fetch-Dest", "document", "document");
}
