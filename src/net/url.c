/* SPDX-License-Identifier: MIT */
#include "net/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/err.h"
#include "base/text.h"

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (strcmp(host, "localhost") == 0) {
        return true;
    }
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24 == 127;
    }
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Copies one part of the URL; an absent part is an empty string. */
static bool copy_part(CURLU *url, CURLUPart part, unsigned flags, char *out, size_t size)
{
    char *value = NULL;
    CURLUcode code = curl_url_get(url, part, &value, flags);
    bool fits = text_copy(out, size, code == CURLUE_OK ? value : "");
    curl_free(value);
    return fits;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    bool there = curl_url_get(url, part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return there;
}

/* The message does not quote the URL: it has a password. */
static int refuse_user(struct err *err)
{
    return err_set(err, ERR_USAGE, "the portal's URL must not contain a user name or password");
}

static int check_parts(CURLU *url, const char *text, struct err *err)
{
    char path[8];
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        return refuse_user(err);
    }
    /* A path of nothing but slashes counts as none. */
    bool fits = copy_part(url, CURLUPART_PATH, 0, path, sizeof(path));
    bool only_slashes = fits && strspn(path, "/") == strlen(path);
    if (!only_slashes || has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
        return err_set(err, ERR_USAGE, "\"%.200s\" has more than a host name: use https://PORTAL",
                       text);
    }
    return 0;
}

static void lower_case(char *text)
{
    for (; *text != '\0'; text++) {
        *text = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
    }
}

static int fill_origin(CURLU *url, const char *text, struct url_origin *out, struct err *err)
{
    char scheme[16];
    char host[URL_HOST_SIZE];
    if (!copy_part(url, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) ||
        !copy_part(url, CURLUPART_HOST, 0, host, sizeof(host)) || host[0] == '\0' ||
        !copy_part(url, CURLUPART_PORT, 0, out->port, sizeof(out->port))) {
        return err_set(err, ERR_USAGE, "\"%.200s\" has no host name", text);
    }
    if (out->port[0] != '\0' && strspn(out->port, "0") == strlen(out->port)) {
        return err_set(err, ERR_USAGE, "\"%.200s\" has port 0, which is not a valid port", text);
    }
    lower_case(host);
    size_t len = strlen(host);
    bool bracketed = host[0] == '[' && host[len - 1] == ']';
    text_copy(out->host, sizeof(out->host), bracketed ? host + 1 : host);
    if (bracketed) {
        out->host[len - 2] = '\0';
    }
    out->loopback = is_loopback(out->host);
    bool secure = strcmp(scheme, "https") == 0;
    if (!secure && !(strcmp(scheme, "http") == 0 && out->loopback)) {
        return err_set(err, ERR_USAGE, "\"%.200s\" is not https: a token is never sent unencrypted",
                       text);
    }
    const char *standard = secure ? "443" : "80";
    bool named = out->port[0] != '\0' && strcmp(out->port, standard) != 0;
    snprintf(out->origin, sizeof(out->origin), "%s://%s%s%s", scheme, host, named ? ":" : "",
             named ? out->port : "");
    if (!named) {
        text_copy(out->port, sizeof(out->port), standard);
    }
    return 0;
}

static bool is_plain_host(const char *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    struct in_addr v4;
    const char *label = strrchr(host, '.');
    label = label == NULL ? host : label + 1;
    if (host[0] == '\0' || host[strspn(host, allowed)] != '\0') {
        return false;
    }
    /* 127.1 and 0x7f.1 are addresses, too, but only libcurl can read them. */
    bool numeric = *label >= '0' && *label <= '9';
    return *label != '\0' && (!numeric || inet_pton(AF_INET, host, &v4) == 1);
}

/* Parses the usual form, [https://]NAME[:PORT][/]. False for every other form. libcurl's parser
 * would need a third more memory in a run that takes its result from the cache. */
static bool parse_plain(const char *text, struct url_origin *out)
{
    static const char scheme[] = "https://";
    int64_t port = 443;
    char rest[URL_HOST_SIZE];
    text += strncmp(text, scheme, sizeof(scheme) - 1) == 0 ? sizeof(scheme) - 1 : 0;
    if (!text_copy(rest, sizeof(rest), text)) {
        return false;
    }
    for (size_t len = strlen(rest); len > 0 && rest[len - 1] == '/'; len--) {
        rest[len - 1] = '\0';
    }
    char *colon = strchr(rest, ':');
    if (colon != NULL && (colon[1] == '0' || !text_parse_int(colon + 1, 1, 65535, &port))) {
        return false;
    }
    if (colon != NULL) {
        *colon = '\0';
    }
    lower_case(rest);
    if (!is_plain_host(rest)) {
        return false;
    }
    text_copy(out->host, sizeof(out->host), rest);
    text_copy(out->port, sizeof(out->port), colon != NULL ? colon + 1 : "443");
    const char *const parts[] = {scheme, rest, ":", out->port};
    text_join(out->origin, sizeof(out->origin), parts, port == 443 ? 2 : 4);
    out->loopback = is_loopback(rest);
    return true;
}

static int parse_with_curl(const char *text, struct url_origin *out, struct err *err)
{
    CURLU *url = curl_url();
    if (url == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    char full[URL_ORIGIN_SIZE];
    bool has_scheme = strstr(text, "://") != NULL;
    int len = snprintf(full, sizeof(full), "%s%s", has_scheme ? "" : "https://", text);
    int result = -1;
    CURLUcode code = len < 0 || (size_t)len >= sizeof(full)
                         ? CURLUE_BAD_HOSTNAME
                         : curl_url_set(url, CURLUPART_URL, full, CURLU_NON_SUPPORT_SCHEME);
    if (code != CURLUE_OK && strchr(text, '@') != NULL) {
        refuse_user(err);
    } else if (code != CURLUE_OK) {
        err_set(err, ERR_USAGE, "\"%.200s\" is not the URL of a portal", text);
    } else if (check_parts(url, text, err) == 0) {
        result = fill_origin(url, text, out, err);
    }
    curl_url_cleanup(url);
    return result;
}

/* The origin must mean the same host when libcurl reads it again for a request. It does not for
 * %35, whose host 5 is then read as 0.0.0.5. */
int url_parse_origin(const char *text, struct url_origin *out, struct err *err)
{
    struct url_origin again = {0};
    *out = (struct url_origin){0};
    if (parse_plain(text, out)) {
        return 0;
    }
    if (parse_with_curl(text, out, err) != 0 || parse_with_curl(out->origin, &again, err) != 0) {
        return -1;
    }
    return strcmp(out->origin, again.origin) == 0
               ? 0
               : err_set(err, ERR_USAGE, "\"%.200s\" is not the URL of a portal", text);
}
