/* SPDX-License-Identifier: MIT */
#include "net/proxy.h"

#include <stddef.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/text.h"

/* libcurl's own parser, with its flags for proxies. */
static void read_host(struct proxy *proxy, const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    if (curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) ==
            CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        text_copy(proxy->host, sizeof(proxy->host), host);
    }
    curl_free(host);
    curl_url_cleanup(parts);
}

void proxy_find(struct proxy *proxy)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    *proxy = (struct proxy){0};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *url = getenv(names[i]);
        if (url != NULL && url[0] != '\0') {
            proxy->variable = names[i];
            read_host(proxy, url);
            return;
        }
    }
}
