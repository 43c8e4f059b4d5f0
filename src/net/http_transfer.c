/* SPDX-License-Identifier: MIT */
#include "net/http_transfer.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <mbedtls/ssl.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "net/trust.h"
#include "net/url.h"

enum {
    URL_MAX = 2048,
    STALL_S = 15, /* without a byte for so long, an attempt has failed */
};

/* libcurl copies headers, with the token, and does not wipe them before it frees them. Wiping all
 * that it frees takes no time that can be measured. */
static void wipe_and_free(void *memory)
{
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
        free(memory);
    }
}

static void *wiping_realloc(void *memory, size_t size)
{
    void *moved = malloc(size);
    if (moved == NULL || memory == NULL) {
        return moved;
    }
    size_t old = malloc_usable_size(memory);
    memcpy(moved, memory, old < size ? old : size);
    wipe_and_free(memory);
    return moved;
}

int http_transfer_init(struct http_transfer *transfer, struct err *err)
{
    *transfer = (struct http_transfer){0};
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_and_free, wiping_realloc, strdup,
                             calloc) == CURLE_OK) {
        transfer->curl = curl_easy_init();
    }
    return transfer->curl != NULL ? 0
                                  : err_set(err, ERR_INTERNAL, "out of memory for the HTTP client");
}

void http_transfer_done(struct http_transfer *transfer)
{
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->resolve);
    *transfer = (struct http_transfer){0};
}

/* CURLOPT_WRITEFUNCTION */
static size_t receive_body(char *data, size_t unit, size_t count, void *context)
{
    struct http_response *response = context;
    buf_add(&response->body, data, unit * count);
    return buf_failed(&response->body) ? 0 : unit * count;
}

/* The TLS session; during the handshake with an HTTPS proxy that of the proxy. NULL without TLS,
 * and after the end of the response: then libcurl forgets it. */
static mbedtls_ssl_context *find_session(CURL *curl)
{
    struct curl_tlssessioninfo *session = NULL;
    return curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK && session != NULL
               ? session->internals
               : NULL;
}

static void note_tls_version(struct http_transfer *transfer)
{
    mbedtls_ssl_context *session = NULL;
    if (transfer->tls_version == NULL && (session = find_session(transfer->curl)) != NULL) {
        transfer->tls_version = mbedtls_ssl_get_version(session);
    }
}

/* Whether this is a status line, but not of HTTP/1.0 or HTTP/1.1 with a status of three digits.
 * libcurl accepts more: HTTP/3.7 with any status is 200 for it, and so is the status 2000. */
static bool is_bad_status_line(const char *line, size_t len)
{
    static const char form[] = "HTTP/1.# ###"; /* with digits for # */
    size_t prefix_len = strlen("HTTP/");
    if (len < prefix_len || strncasecmp(line, form, prefix_len) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        bool digit = i < len && line[i] >= '0' && line[i] <= '9';
        if (i >= len || (form[i] == '#' ? !digit : line[i] != form[i])) {
            return true;
        }
    }
    bool ends = len > sizeof(form) - 1 && strchr(" \r\n", line[sizeof(form) - 1]) != NULL;
    return !ends || line[strlen("HTTP/1.")] > '1' || line[strlen("HTTP/1.1 ")] == '0';
}

/* CURLOPT_HEADERFUNCTION: one line of the head, with its line end and without a NUL. */
static size_t receive_header(char *data, size_t unit, size_t count, void *context)
{
    static const char name[] = "date:";
    struct http_transfer *transfer = context;
    size_t len = unit * count;
    char value[64];
    size_t name_len = sizeof(name) - 1;
    note_tls_version(transfer);
    if (is_bad_status_line(data, len)) {
        transfer->bad_status_line = true;
        return 0;
    }
    if (len > name_len && len - name_len < sizeof(value) &&
        strncasecmp(data, name, name_len) == 0) {
        memcpy(value, data + name_len, len - name_len);
        value[len - name_len] = '\0';
        time_t date = curl_getdate(value, NULL);
        transfer->response->date_s = date > 0 ? (int64_t)date : 0;
    }
    return len;
}

/* CURLOPT_SSL_CTX_FUNCTION: libcurl calls it when the connection is open. */
static CURLcode configure_tls(CURL *curl, void *ssl_config, void *context)
{
    struct http_transfer *transfer = context;
    mbedtls_ssl_context *session = find_session(curl);
    const char *host = session != NULL ? mbedtls_ssl_get_hostname(session) : NULL;
    transfer->in_handshake = true;
    return host != NULL && trust_configure(transfer->trust, ssl_config, host) == 0
               ? CURLE_OK
               : CURLE_SSL_CONNECT_ERROR;
}

/* libcurl's times are 0 until their step is done. A connection that was kept skips all but the
 * last. */
enum http_phase http_transfer_phase(const struct http_transfer *transfer)
{
    curl_off_t resolved_us = 0;
    curl_off_t sent_us = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
    curl_easy_getinfo(transfer->curl, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
    return sent_us > 0              ? HTTP_RESPONDING
           : transfer->in_handshake ? HTTP_HANDSHAKE
           : resolved_us > 0        ? HTTP_CONNECTING
                                    : HTTP_RESOLVING;
}

/* CURLOPT_XFERINFOFUNCTION: libcurl calls it at least once a second. */
static int report_progress(void *context, curl_off_t expected, curl_off_t received,
                           curl_off_t to_send, curl_off_t sent)
{
    const struct http_transfer *transfer = context;
    (void)expected;
    (void)received;
    (void)to_send;
    (void)sent;
    http_wait_report(transfer->wait, http_transfer_phase(transfer));
    return CURL_PROGRESSFUNC_CONTINUE;
}

/* Makes HOST:PORT:ADDR of each HOST:ADDR, with the port of the origin. */
static int set_resolve(struct http_transfer *transfer, const struct url_origin *origin,
                       const struct curl_slist *given, struct err *err)
{
    curl_slist_free_all(transfer->resolve);
    transfer->resolve = NULL;
    for (; given != NULL; given = given->next) {
        char entry[512];
        const char *colon = strchr(given->data, ':');
        int len = snprintf(entry, sizeof(entry), "%.*s:%s:%s", (int)(colon - given->data),
                           given->data, origin->port, colon + 1);
        struct curl_slist *longer = len > 0 && (size_t)len < sizeof(entry)
                                        ? curl_slist_append(transfer->resolve, entry)
                                        : NULL;
        if (longer == NULL) {
            return err_set(err, ERR_INTERNAL, "cannot use the address of \"%.200s\"", given->data);
        }
        transfer->resolve = longer;
    }
    curl_easy_setopt(transfer->curl, CURLOPT_RESOLVE, transfer->resolve);
    return 0;
}

/* The limits that protect against a server, and what it must be trusted for. */
static void set_protection(struct http_transfer *transfer)
{
    CURL *curl = transfer->curl;
    /* http: net/url.h accepts it for loopback only. */
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, configure_tls);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, transfer);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
    /* With the threaded resolver, these two end an attempt at its deadline even if the name server
     * does not respond. */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
}

/* The options that libcurl copies. Without its memory, a request would have another method, or a
 * request to loopback would use a proxy. */
static int set_texts(CURL *curl, const struct http_request *request, const char *url,
                     struct err *err)
{
    bool failed =
        curl_easy_setopt(curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "duplojit/" DUPLOJIT_VERSION) != CURLE_OK ||
        ((request->origin->loopback || request->direct) &&
         curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK);
    return failed ? err_set(err, ERR_INTERNAL, "out of memory for the request") : 0;
}

int http_transfer_prepare(struct http_transfer *transfer, const struct http_request *request,
                          const struct curl_slist *resolve, struct curl_slist *headers,
                          struct http_response *response, struct err *err)
{
    char url[URL_MAX];
    CURL *curl = transfer->curl;
    int len = snprintf(url, sizeof(url), "%s%s", request->origin->origin, request->path);
    if (len < 0 || (size_t)len >= sizeof(url)) {
        return err_set(err, ERR_USAGE, "the URL of the request is too long");
    }
    transfer->response = response;
    curl_easy_reset(curl); /* keeps the connection */
    if (set_texts(curl, request, url, err) != 0) {
        return -1;
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (request->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->curl_text);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, report_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    set_protection(transfer);
    return set_resolve(transfer, request->origin, resolve, err);
}

static void log_connection(struct http_transfer *transfer)
{
    curl_off_t lookup = 0;
    curl_off_t connect = 0;
    curl_off_t tls = 0;
    curl_off_t total = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_NAMELOOKUP_TIME_T, &lookup);
    curl_easy_getinfo(transfer->curl, CURLINFO_CONNECT_TIME_T, &connect);
    curl_easy_getinfo(transfer->curl, CURLINFO_APPCONNECT_TIME_T, &tls);
    curl_easy_getinfo(transfer->curl, CURLINFO_TOTAL_TIME_T, &total);
    const char *version = transfer->tls_version != NULL ? transfer->tls_version : "no TLS";
    char *peer = NULL;
    curl_easy_getinfo(transfer->curl, CURLINFO_PRIMARY_IP, &peer);
    log_debug("%s, peer %s, root \"%s\", lookup %lld us, connected %lld us, TLS %lld us, "
              "response %lld us",
              version, peer != NULL ? peer : "?", trust_root_name(transfer->trust),
              (long long)lookup, (long long)connect, (long long)tls, (long long)total);
}

/* A portal on loopback may have no certificate, and a private one may never expire. */
static const char *judge_date(const struct trust *trust, int64_t date_s)
{
    static const int64_t earliest_s = 1577836800; /* 2020-01-01 */
    static const int64_t latest_s = 4102444799;   /* the end of 2099 */
    return date_s == 0                                ? NULL
           : !trust_is_valid_at(trust, date_s)        ? "is outside the validity of its certificate"
           : date_s < earliest_s || date_s > latest_s ? "is not between 2020 and 2099"
                                                      : NULL;
}

/* libcurl quotes the URL of a proxy that it cannot use, with its password. */
static void hide_proxy(char *text, CURLcode code)
{
    if (strstr(text, "proxy") != NULL && strchr(text, '\'') != NULL) {
        snprintf(text, CURL_ERROR_SIZE, "%s", curl_easy_strerror(code));
    }
}

CURLcode http_transfer_run(struct http_transfer *transfer, const struct http_request *request,
                           const struct http_attempt *attempt)
{
    CURL *curl = transfer->curl;
    struct http_response *response = transfer->response;
    int64_t timeout_ms = attempt->timeout_ms > 0 ? attempt->timeout_ms : 1; /* 0: no limit */
    int64_t connect_ms = attempt->connect_ms < timeout_ms ? attempt->connect_ms : timeout_ms;
    buf_clear(&response->body);
    response->date_s = 0;
    response->sent_s = clock_wall_s();
    response->sent_ms = clock_boot_ms();
    transfer->tls_version = NULL;
    transfer->in_handshake = false;
    transfer->bad_status_line = false;
    transfer->curl_text[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(curl, CURLOPT_IPRESOLVE,
                     attempt->ipv4_only ? (long)CURL_IPRESOLVE_V4 : (long)CURL_IPRESOLVE_WHATEVER);
    log_debug("%s %s%s", request->method, request->origin->origin, request->path);
    process_watch_memory();
    CURLcode code = curl_easy_perform(curl);
    code = transfer->bad_status_line ? CURLE_HTTP_RETURNED_ERROR : code;
    hide_proxy(transfer->curl_text, code);
    long status = 0;
    curl_off_t after_s = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after_s);
    response->status = code == CURLE_OK ? (int)status : 0;
    response->retry_after_s = after_s > INT32_MAX ? INT32_MAX : (int)after_s;
    response->date_complaint = judge_date(transfer->trust, response->date_s);
    if (code == CURLE_OK) {
        log_debug("status %ld, %zu bytes", status, response->body.len);
        log_connection(transfer);
    } else {
        log_debug("failed: %s (%d)", transfer->curl_text, (int)code);
    }
    return code;
}
