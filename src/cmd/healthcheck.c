/* SPDX-License-Identifier: MIT */
/* duplojit healthcheck: is the endpoint beside this process well? For images that have no curl. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "cli/args.h"
#include "cmd/commands.h"
#include "net/address.h"
#include "net/probe.h"

enum { TIMEOUT_MS = 2000 };

static const char url_default[] = "http://127.0.0.1:9911/readyz";

static int bad_url(const char *url, struct err *err)
{
    return err_set(err, ERR_USAGE, "--url \"%.100s\": write an address and a port: %s", url,
                   url_default);
}

/* http://ADDRESS:PORT/PATH; *path points into url. */
static int parse_url(const char *url, struct address *address, const char **path, struct err *err)
{
    static const char scheme[] = "http://";
    char where[ADDRESS_TEXT_SIZE];
    const char *start = url + sizeof(scheme) - 1;
    if (strncmp(url, scheme, sizeof(scheme) - 1) != 0) {
        return bad_url(url, err);
    }
    size_t len = strcspn(start, "/");
    *path = start[len] == '/' ? start + len : "/";
    if (len >= sizeof(where) || text_has_control(url, strlen(url)) || strchr(*path, ' ') != NULL) {
        return bad_url(url, err);
    }
    memcpy(where, start, len);
    where[len] = '\0';
    if (address_parse(address, where, err) != 0) {
        return bad_url(url, err);
    }
    return address_is_loopback(address)
               ? 0
               : err_set(err, ERR_USAGE, "--url %.100s is not on this machine", url);
}

static int run(const struct args *args, struct err *err)
{
    const char *url = args_text(args, OPTION_URL);
    const char *path = NULL;
    struct address address;
    char text[PROBE_TEXT_SIZE] = "";
    int status = 0;
    url = url != NULL ? url : url_default;
    if (parse_url(url, &address, &path, err) != 0) {
        return -1;
    }
    if (probe_get(&address, path, clock_mono_ms() + TIMEOUT_MS, &status, text, err) != 0) {
        return err_wrap(err, "%s", url);
    }
    text[strcspn(text, "\r\n")] = '\0';
    return status == 200 ? 0
                         : err_set(err, ERR_UNAVAILABLE, "%s: status %d: %s", url, status, text);
}

static const enum option_id option_list[] = {OPTION_URL, OPTION_DEBUG};

const struct command command_healthcheck = {
    .name = "healthcheck",
    .operands = "",
    .summary = "Check whether `duplojit serve` is ready",
    .examples = "  duplojit healthcheck\n"
                "  duplojit healthcheck --url http://127.0.0.1:9911/healthz\n",
    .details = "Exit codes: 0 ready; 5 not ready, or no answer within 2 seconds. /readyz requires\n"
               "valid credentials for every profile, /healthz only a running server.\n",
    .options = option_list,
    .option_count = sizeof(option_list) / sizeof(option_list[0]),
    .run = run,
};
