/* SPDX-License-Identifier: MIT */
#include "net/http.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <mbedtls/ssl.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "net/failure.h"
#include "net/retry.h"
#include "net/trust.h"
#include "net/url.h"

enum {
    URL_MAX = 2048,
    /* The first attempt does not wait longer for a name and a connection: what hangs there is often
     * an AAAA lookup that nobody answers, and the next attempt asks for IPv4 alone. */
    FIRST_CONNECT_MS = 2500,
    LATER_CONNECT_MS = 10000,
    STALL_S = 15, /* not one byte for so long: give up on the attempt */
    WAIT_NOTE_MS = 10000,
};

struct http {
    CURL *curl;
    struct trust *trust;
    struct curl_slist *resolve_given; /* "HOST:ADDR" */
    struct curl_slist *resolve;       /* curl's form, with the port of the current origin */
    int64_t timeout_ms;
    int64_t wait_deadline_ms; /* 0: --wait was not given */
    int64_t limit_ms;         /* INT64_MAX: none */
    int64_t last_note_ms;     /* when it was last told why it waits; 0: never */
    bool ipv4_only;
    struct http_response *response; /* of the attempt under way */
    const char *tls_version;        /* the same; NULL without TLS */
    char curl_text[CURL_ERROR_SIZE];
};

/* curl keeps copies of headers, and frees them without a wipe. Measured cost: none to speak of. */
static void wiping_free(void *memory)
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
    wiping_free(memory);
    return moved;
}

static CURLcode global_init(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup,
                                calloc);
}

int http_check_resolve(const char *text, struct err *err)
{
    unsigned char address[sizeof(struct in6_addr)];
    char plain[INET6_ADDRSTRLEN + 2];
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text) {
        return err_set(err, ERR_USAGE, "--resolve \"%.200s\": write HOST:ADDR", text);
    }
    bool bracketed = colon[1] == '[' && text[strlen(text) - 1] == ']';
    bool fits = text_copy(plain, sizeof(plain), colon + (bracketed ? 2 : 1));
    if (fits && bracketed) {
        plain[strlen(plain) - 1] = '\0';
    }
    if (!fits ||
        (inet_pton(AF_INET, plain, address) != 1 && inet_pton(AF_INET6, plain, address) != 1)) {
        return err_set(err, ERR_USAGE, "--resolve \"%.200s\": what follows the host is no address",
                       text);
    }
    return 0;
}

static int keep_resolve(struct http *http, const struct http_options *options, struct err *err)
{
    for (int i = 0; i < options->resolve_count; i++) {
        if (http_check_resolve(options->resolve[i], err) != 0) {
            return -1;
        }
        struct curl_slist *longer = curl_slist_append(http->resolve_given, options->resolve[i]);
        if (longer == NULL) {
            return err_set(err, ERR_INTERNAL, "out of memory");
        }
        http->resolve_given = longer;
    }
    return 0;
}

int http_check(const struct http_options *options, struct err *err)
{
    for (int i = 0; i < options->resolve_count; i++) {
        if (http_check_resolve(options->resolve[i], err) != 0) {
            return -1;
        }
    }
    struct trust *trust = trust_new(options->ca_file, err);
    trust_free(trust);
    return trust != NULL ? 0 : -1;
}

struct http *http_new(const struct http_options *options, struct err *err)
{
    struct http *http = calloc(1, sizeof(*http));
    if (http == NULL || global_init() != CURLE_OK) {
        free(http);
        err_set(err, ERR_INTERNAL, "cannot start the HTTP client");
        return NULL;
    }
    http->timeout_ms = options->timeout_ms;
    http->wait_deadline_ms = options->wait_ms > 0 ? clock_mono_ms() + options->wait_ms : 0;
    http->limit_ms = INT64_MAX;
    http->curl = curl_easy_init();
    if (http->curl == NULL) {
        err_set(err, ERR_INTERNAL, "cannot start the HTTP client");
    }
    if (http->curl == NULL || keep_resolve(http, options, err) != 0 ||
        (http->trust = trust_new(options->ca_file, err)) == NULL) {
        http_free(http);
        return NULL;
    }
    return http;
}

void http_free(struct http *http)
{
    if (http == NULL) {
        return;
    }
    curl_easy_cleanup(http->curl);
    curl_slist_free_all(http->resolve_given);
    curl_slist_free_all(http->resolve);
    trust_free(http->trust);
    free(http);
}

void http_limit(struct http *http, int64_t deadline_ms)
{
    http->limit_ms = deadline_ms < http->limit_ms ? deadline_ms : http->limit_ms;
}

void http_response_init(struct http_response *response)
{
    *response = (struct http_response){0};
    buf_init(&response->body, HTTP_ANSWER_MAX);
}

void http_response_done(struct http_response *response)
{
    buf_done(&response->body);
}

static size_t take_body(char *data, size_t unit, size_t count, void *context)
{
    struct http_response *response = context;
    buf_add(&response->body, data, unit * count);
    return buf_failed(&response->body) ? 0 : unit * count;
}

/* Only while the answer comes in: curl knows no TLS session once the transfer is over. */
static void note_tls_version(struct http *http)
{
    struct curl_tlssessioninfo *session = NULL;
    if (http->tls_version == NULL &&
        curl_easy_getinfo(http->curl, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK &&
        session != NULL && session->internals != NULL) {
        http->tls_version = mbedtls_ssl_get_version(session->internals);
    }
}

static size_t take_header(char *data, size_t unit, size_t count, void *context)
{
    static const char name[] = "date:";
    struct http *http = context;
    struct http_response *response = http->response;
    note_tls_version(http);
    size_t len = unit * count;
    char value[64];
    size_t name_len = sizeof(name) - 1;
    if (len > name_len && len - name_len < sizeof(value) &&
        strncasecmp(data, name, name_len) == 0) {
        memcpy(value, data + name_len, len - name_len);
        value[len - name_len] = '\0';
        time_t date = curl_getdate(value, NULL);
        response->date_s = date > 0 ? (int64_t)date : 0;
    }
    return len;
}

static CURLcode configure_tls(CURL *curl, void *ssl_config, void *trust)
{
    (void)curl;
    return trust_configure(trust, ssl_config) == 0 ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

/* HOST:PORT:ADDR for each HOST:ADDR, with the port that the origin has. */
static int set_resolve(struct http *http, const struct url_origin *origin, struct err *err)
{
    curl_slist_free_all(http->resolve);
    http->resolve = NULL;
    for (struct curl_slist *given = http->resolve_given; given != NULL; given = given->next) {
        char entry[512];
        const char *colon = strchr(given->data, ':');
        int len = snprintf(entry, sizeof(entry), "%.*s:%s:%s", (int)(colon - given->data),
                           given->data, origin->port, colon + 1);
        struct curl_slist *longer =
            len > 0 && (size_t)len < sizeof(entry) ? curl_slist_append(http->resolve, entry) : NULL;
        if (longer == NULL) {
            return err_set(err, ERR_INTERNAL, "cannot use --resolve %.200s", given->data);
        }
        http->resolve = longer;
    }
    curl_easy_setopt(http->curl, CURLOPT_RESOLVE, http->resolve);
    return 0;
}

/* What is the same for every attempt of a request. The URL is copied by curl, the rest must
 * outlive the attempt. */
static int set_up(struct http *http, const struct http_request *request,
                  struct http_response *response, struct curl_slist *headers, struct err *err)
{
    char url[URL_MAX];
    int len = snprintf(url, sizeof(url), "%s%s", request->origin->origin, request->path);
    if (len < 0 || (size_t)len >= sizeof(url)) {
        return err_set(err, ERR_USAGE, "the address is too long");
    }
    CURL *curl = http->curl;
    curl_easy_reset(curl); /* keeps the connection */
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http"); /* see net/url.h for http */
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "duplojit/" DUPLOJIT_VERSION);
    if (request->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->curl_text);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, configure_tls);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, http->trust);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
    /* With the threaded resolver these two keep a dead name server from outliving the deadline. */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    if (request->origin->loopback) {
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    }
    return set_resolve(http, request->origin, err);
}

static void describe_connection(struct http *http)
{
    curl_off_t lookup = 0;
    curl_off_t connect = 0;
    curl_off_t tls = 0;
    curl_off_t total = 0;
    curl_easy_getinfo(http->curl, CURLINFO_NAMELOOKUP_TIME_T, &lookup);
    curl_easy_getinfo(http->curl, CURLINFO_CONNECT_TIME_T, &connect);
    curl_easy_getinfo(http->curl, CURLINFO_APPCONNECT_TIME_T, &tls);
    curl_easy_getinfo(http->curl, CURLINFO_TOTAL_TIME_T, &total);
    const char *version = http->tls_version != NULL ? http->tls_version : "no TLS";
    char *peer = NULL;
    curl_easy_getinfo(http->curl, CURLINFO_PRIMARY_IP, &peer);
    log_debug("%s, peer %s, root \"%s\", lookup %lld us, connected %lld us, TLS %lld us, "
              "answer %lld us",
              version, peer != NULL ? peer : "?", trust_root_name(http->trust), (long long)lookup,
              (long long)connect, (long long)tls, (long long)total);
}

/* curl quotes the address of a proxy that it cannot use, and its password with it. */
static void hide_proxy(char *text, CURLcode code)
{
    if (strstr(text, "proxy") != NULL && strchr(text, '\'') != NULL) {
        snprintf(text, CURL_ERROR_SIZE, "%s", curl_easy_strerror(code));
    }
}

/* One attempt; curl's word for how it went. */
static CURLcode attempt(struct http *http, const struct http_request *request,
                        struct http_response *response, bool first, int64_t deadline_ms)
{
    int64_t left = clock_left_ms(deadline_ms);
    int64_t connect = first ? FIRST_CONNECT_MS : LATER_CONNECT_MS;
    int64_t whole = left < http->timeout_ms ? left : http->timeout_ms;
    buf_clear(&response->body);
    response->date_s = 0;
    http->response = response;
    http->tls_version = NULL;
    http->curl_text[0] = '\0';
    curl_easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, (long)(whole > 0 ? whole : 1));
    curl_easy_setopt(http->curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(connect < whole ? connect : whole));
    curl_easy_setopt(http->curl, CURLOPT_IPRESOLVE,
                     http->ipv4_only ? (long)CURL_IPRESOLVE_V4 : (long)CURL_IPRESOLVE_WHATEVER);
    log_debug("%s %s%s", request->method, request->origin->origin, request->path);
    CURLcode code = curl_easy_perform(http->curl);
    hide_proxy(http->curl_text, code);
    long status = 0;
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    response->status = code == CURLE_OK ? (int)status : 0;
    response->received_s = clock_wall_s();
    if (code == CURLE_OK) {
        log_debug("status %ld, %zu bytes", status, response->body.len);
        describe_connection(http);
    } else {
        log_debug("failed: %s (%d)", http->curl_text, (int)code);
    }
    return code;
}

/* Says once why it waits, then every ten seconds, whichever request it is that waits. */
static void note_waiting(struct http *http, const char *why)
{
    int64_t now = clock_mono_ms();
    bool told = http->last_note_ms != 0 && now - http->last_note_ms < WAIT_NOTE_MS;
    if (http->wait_deadline_ms == 0 || told) {
        return;
    }
    http->last_note_ms = now;
    log_note("waiting for the portal, %lld s left: %s",
             (long long)(clock_left_ms(http->wait_deadline_ms) / 1000), why);
}

static int64_t call_deadline_ms(const struct http *http)
{
    int64_t deadline = clock_mono_ms() + http->timeout_ms;
    deadline = http->wait_deadline_ms > deadline ? http->wait_deadline_ms : deadline;
    return deadline < http->limit_ms ? deadline : http->limit_ms;
}

/* A pause that would end after the wait ends with it: then comes the last attempt. */
static int64_t end_of_wait(const struct http *http, int64_t pause_ms)
{
    int64_t left_ms = clock_left_ms(http->wait_deadline_ms);
    return left_ms > 0 && left_ms < pause_ms ? left_ms : pause_ms;
}

static int try_until_answered(struct http *http, const struct http_request *request,
                              struct http_response *response, struct err *err)
{
    struct retry retry = {.deadline_ms = call_deadline_ms(http)};
    struct failure failure = {.started_ms = clock_mono_ms()};
    for (;;) {
        retry.patient = clock_mono_ms() < http->wait_deadline_ms;
        CURLcode code = attempt(http, request, response, retry.attempts == 0, retry.deadline_ms);
        if (code == CURLE_OK && !retry_status(&retry, response->status, request->may_be_missing)) {
            return 0;
        }
        failure_describe(&failure, http->curl, code, http->curl_text, http->trust, request->origin,
                         response->status);
        bool idempotent = strcmp(request->method, "GET") == 0;
        int64_t pause = -1;
        if (failure.lookup && !http->ipv4_only) {
            http->ipv4_only = true;
            pause = clock_left_ms(retry.deadline_ms) > 0 ? 0 : -1;
            log_debug("trying again with IPv4 alone");
        } else if (failure.transient && (idempotent || failure.unsent)) {
            pause = retry_pause_ms(&retry, clock_mono_ms(), failure.retry_after_s, random_number());
            pause = failure.retry_after_s < 0 ? end_of_wait(http, pause) : pause;
        }
        if (pause < 0) {
            return code == CURLE_OK ? 0 : err_set(err, ERR_UNAVAILABLE, "%s", failure.text);
        }
        note_waiting(http, failure.text);
        clock_sleep_ms(pause, retry.deadline_ms);
    }
}

static int add_header(struct curl_slist **headers, const char *name, const char *value,
                      struct err *err)
{
    struct buf line;
    buf_init(&line, 64 << 10);
    struct curl_slist *longer = NULL;
    buf_add_fmt(&line, "%s: %s", name, value);
    if (!buf_failed(&line)) {
        longer = curl_slist_append(*headers, buf_str(&line));
    }
    buf_done(&line);
    if (longer == NULL) {
        return err_set(err, ERR_INTERNAL, "cannot add the header %s", name);
    }
    *headers = longer;
    return 0;
}

int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct err *err)
{
    struct curl_slist *headers = NULL;
    int result = -1;
    struct buf bearer;
    buf_init(&bearer, 64 << 10);
    bool has_otp = request->otp != NULL && request->otp[0] != '\0';
    buf_add_fmt(&bearer, "Bearer %s", request->token);
    if (buf_check(&bearer, err) == 0 &&
        add_header(&headers, "Authorization", buf_str(&bearer), err) == 0 &&
        add_header(&headers, "Content-Type", "application/json; charset=utf-8", err) == 0 &&
        (!has_otp || add_header(&headers, "otpcode", request->otp, err) == 0) &&
        set_up(http, request, response, headers, err) == 0) {
        result = try_until_answered(http, request, response, err);
    }
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    buf_done(&bearer);
    return result;
}
