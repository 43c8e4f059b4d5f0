/* SPDX-License-Identifier: MIT */
#include "aws/console_link.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/percent.h"
#include "base/text.h"

enum { HOST_SIZE = 128 };

static const char scheme[] = "https://";

/* One row per partition. Some sign-in hosts exist only with a region before them. */
static const struct partition {
    const char *sign_in;
    const char *console;
    bool only_regional;
} partitions[] = {
    {"signin.aws.amazon.com", "console.aws.amazon.com", false},
    {"signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com", false},
    {"signin.amazonaws.cn", "console.amazonaws.cn", false},
    {"signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu", true},
};
enum { PARTITIONS = sizeof(partitions) / sizeof(partitions[0]) };

/* Reads the lower-case host. False if it does not directly follow the scheme, or if the link
 * contains a character that URL parsers treat differently. */
static bool read_host(const char *link, char host[HOST_SIZE])
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    if (strncmp(link, scheme, sizeof(scheme) - 1) != 0 || strlen(link) >= CONSOLE_LINK_MAX) {
        return false;
    }
    const char *start = link + sizeof(scheme) - 1;
    size_t len = strspn(start, allowed);
    if (len == 0 || len >= HOST_SIZE || strchr("/?#", start[len]) == NULL) {
        return false;
    }
    if (start[text_word_len(start, strlen(start))] != '\0' ||
        strpbrk(start, "\"'<>\\`{}|^") != NULL) {
        return false;
    }
    memcpy(host, start, len);
    host[len] = '\0';
    return true;
}

static bool is_host_of(const char *host, const char *name, bool only_subdomains)
{
    size_t len = strlen(host);
    size_t name_len = strlen(name);
    if (len <= name_len) {
        return !only_subdomains && strcmp(host, name) == 0;
    }
    return host[0] != '.' && host[len - name_len - 1] == '.' &&
           strcmp(host + len - name_len, name) == 0;
}

static const struct partition *find_partition(const char *host, bool *sign_in)
{
    for (int i = 0; i < PARTITIONS; i++) {
        *sign_in = is_host_of(host, partitions[i].sign_in, partitions[i].only_regional);
        if (*sign_in || is_host_of(host, partitions[i].console, false)) {
            return &partitions[i];
        }
    }
    return NULL;
}

int console_link_check(const char *link, struct err *err)
{
    char host[HOST_SIZE];
    bool sign_in = false;
    if (!read_host(link, host)) {
        return err_set(err, ERR_UNAVAILABLE,
                       "the portal's console link is not a plain https URL and is not opened");
    }
    return find_partition(host, &sign_in) != NULL
               ? 0
               : err_set(err, ERR_UNAVAILABLE,
                         "the portal's console link leads to %s, which is not an AWS host, and is "
                         "not opened",
                         host);
}

/* Appends the console URL that a destination means. */
static int add_target(struct buf *out, const struct partition *partition,
                      const struct console_request *request, struct err *err)
{
    static const char service_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    const char *destination = request->destination;
    const char *region = request->region != NULL ? request->region : "";
    char host[HOST_SIZE];
    bool sign_in = false;
    if (read_host(destination, host)) {
        buf_add_str(out, destination);
        return find_partition(host, &sign_in) == partition && !sign_in
                   ? 0
                   : err_set(err, ERR_USAGE, "%s is not a console host of this AWS partition",
                             host);
    }
    bool is_path = destination[0] == '/' && destination[1] != '/' && destination[1] != '\\';
    if (!is_path && destination[strspn(destination, service_chars)] != '\0') {
        return err_set(err, ERR_USAGE,
                       "\"%.80s\" is not a service (s3), a path (/ec2/home) or a console URL",
                       destination);
    }
    const char *dot = region[0] != '\0' ? "." : "";
    buf_add_fmt(out, "https://%s%s%s", region, dot, partition->console);
    if (is_path) {
        buf_add_str(out, destination);
    } else {
        buf_add_fmt(out, "/%s/home%s%s", destination, region[0] != '\0' ? "?region=" : "", region);
    }
    return 0;
}

/* Appends the link with its Destination= parameter replaced or added. */
static int add_redirected(struct buf *out, const char *link, const char *target, struct err *err)
{
    static const char name[] = "Destination=";
    const char *at = strchr(link, '?');
    if (at == NULL || strchr(link, '#') != NULL) {
        return err_set(err, ERR_USAGE, "the portal's console link cannot open another page");
    }
    while (at != NULL && strncmp(at + 1, name, sizeof(name) - 1) != 0) {
        at = strchr(at + 1, '&');
    }
    size_t head = at != NULL ? (size_t)(at + 1 - link) : strlen(link);
    const char *tail = at != NULL ? at + 1 + strcspn(at + 1, "&") : "";
    buf_add(out, link, head);
    buf_add_fmt(out, "%s%s", at != NULL ? "" : "&", name);
    percent_encode(out, target, "");
    buf_add_str(out, tail);
    return 0;
}

static int redirect(const char *link, const struct partition *partition, bool sign_in,
                    const struct console_request *request, struct buf *out, struct err *err)
{
    struct buf target;
    if (request->destination == NULL || request->destination[0] == '\0') {
        buf_add_str(out, link);
        return 0;
    }
    if (!sign_in) {
        return err_set(err, ERR_USAGE, "the portal's console link cannot open another page");
    }
    buf_init(&target, CONSOLE_LINK_MAX);
    int result = add_target(&target, partition, request, err);
    if (result == 0) {
        result = buf_check(&target, err);
    }
    if (result == 0) {
        result = add_redirected(out, link, buf_str(&target), err);
    }
    buf_done(&target);
    return result;
}

int console_link_build(const char *link, const struct console_request *request, struct buf *out,
                       struct err *err)
{
    char host[HOST_SIZE];
    bool sign_in = false;
    struct buf redirected;
    const struct partition *partition =
        read_host(link, host) ? find_partition(host, &sign_in) : NULL;
    if (partition == NULL) {
        return err_set(err, ERR_INTERNAL, "the console link was not checked");
    }
    buf_init(&redirected, 3 * CONSOLE_LINK_MAX);
    int result = redirect(link, partition, sign_in, request, &redirected, err);
    if (result == 0) {
        result = buf_check(&redirected, err);
    }
    if (result == 0 && request->logout_first) {
        buf_add_fmt(out, "https://%s/oauth?Action=logout&redirect_uri=",
                    sign_in ? host : partition->sign_in);
        percent_encode(out, buf_str(&redirected), "");
    } else if (result == 0) {
        buf_add_str(out, buf_str(&redirected));
    }
    buf_done(&redirected);
    return result != 0 ? -1 : buf_check(out, err);
}
