/* SPDX-License-Identifier: MIT */
#include "serve/health.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "net/address.h"
#include "net/probe.h"

enum { TIMEOUT_MS = 2000 };

/* *path points into url, or to a literal. */
static bool parse_url(const char *url, struct address *address, const char **path)
{
    static const char scheme[] = "http://";
    struct err ignored;
    char text[ADDRESS_TEXT_SIZE];
    const char *start = url + sizeof(scheme) - 1;
    if (strncmp(url, scheme, sizeof(scheme) - 1) != 0) {
        return false;
    }
    size_t len = strcspn(start, "/");
    *path = start[len] == '/' ? start + len : "/";
    if (len >= sizeof(text) || text_has_control(url, strlen(url)) || strchr(*path, ' ') != NULL) {
        return false;
    }
    memcpy(text, start, len);
    text[len] = '\0';
    return address_parse(address, text, &ignored) == 0;
}

int health_check(const char *url, struct err *err)
{
    struct address address;
    const char *path = NULL;
    char text[PROBE_TEXT_SIZE] = "";
    int status = 0;
    if (!parse_url(url, &address, &path)) {
        return err_set(err, ERR_USAGE,
                       "\"%.100s\" is not a URL with an address and a port, such as "
                       "" HEALTH_DEFAULT_URL,
                       url);
    }
    if (!address_is_loopback(&address) && !address_is_agent(&address)) {
        return err_set(err, ERR_USAGE, "%.100s is not on this machine", url);
    }
    if (probe_get(&address, path, clock_mono_ms() + TIMEOUT_MS, &status, text, err) != 0) {
        return err_wrap(err, "%s", url);
    }
    text[strcspn(text, "\r\n")] = '\0';
    return status == 200 ? 0
                         : err_set(err, ERR_UNAVAILABLE, "%s: status %d: %s", url, status, text);
}
