/* SPDX-License-Identifier: MIT */
#include "net/http.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "net/failure.h"
#include "net/http_transfer.h"
#include "net/retry.h"
#include "net/trust.h"
#include "net/url.h"

enum {
    HEADER_MAX = 64 << 10, /* bytes of a header that is sent: tokens can be long */
    /* For the first attempt to get a connection. A name server that does not respond to AAAA
     * queries is the usual reason for more; the next attempt asks for IPv4 addresses only. */
    FIRST_CONNECT_MS = 2500,
    LATER_CONNECT_MS = 10000,
    /* A lookup that failed after less had an answer from every name server: the resolver waits at
     * least a second for each. */
    NO_ANSWER_MS = 900,
    WAIT_NOTE_MS = 10000, /* between two notes about the wait */
    REPORT_MS = 1000,     /* between two reports of progress during a pause */
};

struct http {
    struct http_transfer transfer;
    struct trust *trust;
    struct curl_slist *resolve; /* "HOST:ADDR" */
    struct http_hints hints;
    struct http_wait wait;
    int64_t timeout_ms;
    int64_t wait_deadline_ms; /* 0: no wait for a portal that is down */
    int64_t limit_ms;         /* INT64_MAX: none */
    int64_t last_note_ms;     /* when the last note about the wait was logged; 0: never */
    bool ipv4_only;
    bool no_pauses;
};

int http_check_resolve(const char *text, struct err *err)
{
    unsigned char address[sizeof(struct in6_addr)];
    char plain[INET6_ADDRSTRLEN + 2];
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text) {
        return err_set(err, ERR_USAGE, "\"%.200s\" is not HOST:ADDR", text);
    }
    bool bracketed = colon[1] == '[' && text[strlen(text) - 1] == ']';
    bool fits = text_copy(plain, sizeof(plain), colon + (bracketed ? 2 : 1));
    if (fits && bracketed) {
        plain[strlen(plain) - 1] = '\0';
    }
    if (!fits ||
        (inet_pton(AF_INET, plain, address) != 1 && inet_pton(AF_INET6, plain, address) != 1)) {
        return err_set(err, ERR_USAGE, "\"%.200s\" is not HOST:ADDR: ADDR must be an IP address",
                       text);
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

static int copy_resolve(struct http *http, const struct http_options *options, struct err *err)
{
    for (int i = 0; i < options->resolve_count; i++) {
        if (http_check_resolve(options->resolve[i], err) != 0) {
            return -1;
        }
        struct curl_slist *longer = curl_slist_append(http->resolve, options->resolve[i]);
        if (longer == NULL) {
            return err_set(err, ERR_INTERNAL, "out of memory");
        }
        http->resolve = longer;
    }
    return 0;
}

static int start(struct http *http, const struct http_options *options, struct err *err)
{
    if (http_transfer_init(&http->transfer, err) != 0 || copy_resolve(http, options, err) != 0) {
        return -1;
    }
    http->trust = trust_new(options->ca_file, err);
    http->transfer.trust = http->trust;
    http->transfer.wait = &http->wait;
    return http->trust != NULL ? 0 : -1;
}

struct http *http_new(const struct http_options *options, struct err *err)
{
    struct http *http = calloc(1, sizeof(*http));
    if (http == NULL) {
        err_set(err, ERR_INTERNAL, "out of memory");
        return NULL;
    }
    http->hints = options->hints;
    http->wait.progress = options->progress;
    http->timeout_ms = options->timeout_ms;
    http->no_pauses = options->no_pauses;
    http->wait_deadline_ms = options->wait_ms > 0 ? clock_mono_ms() + options->wait_ms : 0;
    http->limit_ms = INT64_MAX;
    if (start(http, options, err) != 0) {
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
    http_transfer_done(&http->transfer);
    curl_slist_free_all(http->resolve);
    trust_free(http->trust);
    free(http);
}

void http_limit(struct http *http, int64_t deadline_ms)
{
    http->limit_ms = deadline_ms < http->limit_ms ? deadline_ms : http->limit_ms;
}

/* Logs why the client waits, at once and then every ten seconds, also over several requests. */
static void note_wait(struct http *http, const char *why)
{
    int64_t now_ms = clock_mono_ms();
    bool recent = http->last_note_ms != 0 && now_ms - http->last_note_ms < WAIT_NOTE_MS;
    if (http->wait_deadline_ms == 0 || recent) {
        return;
    }
    http->last_note_ms = now_ms;
    http_wait_report(&http->wait, HTTP_IDLE);
    log_note("waiting for the portal, %lld s left: %s",
             (long long)(clock_left_ms(http->wait_deadline_ms) / 1000), why);
}

static int64_t find_deadline_ms(const struct http *http)
{
    int64_t deadline_ms = clock_mono_ms() + http->timeout_ms;
    deadline_ms = http->wait_deadline_ms > deadline_ms ? http->wait_deadline_ms : deadline_ms;
    return deadline_ms < http->limit_ms ? deadline_ms : http->limit_ms;
}

/* Shortens a pause that goes past the end of the wait, so that the last attempt comes then. */
static int64_t fit_into_wait(const struct http *http, int64_t pause_ms)
{
    int64_t left_ms = clock_left_ms(http->wait_deadline_ms);
    return left_ms > 0 && left_ms < pause_ms ? left_ms : pause_ms;
}

/* A resolver without an answer needs seconds for each name of a search list, so the next attempt
 * has all the time that is left. */
static CURLcode try_once(struct http *http, const struct http_request *request,
                         const struct retry *retry, bool unanswered)
{
    int64_t left_ms = clock_left_ms(retry->deadline_ms);
    const struct http_attempt attempt = {
        .timeout_ms = left_ms < http->timeout_ms ? left_ms : http->timeout_ms,
        .connect_ms = unanswered             ? http->timeout_ms
                      : retry->attempts == 0 ? FIRST_CONNECT_MS
                                             : LATER_CONNECT_MS,
        .ipv4_only = http->ipv4_only,
    };
    return http_transfer_run(&http->transfer, request, &attempt);
}

/* How long to pause before the next attempt; -1 for no further attempt. */
static int64_t choose_pause_ms(struct http *http, const struct http_request *request,
                               const struct failure *failure, struct retry *retry)
{
    bool is_get = strcmp(request->method, "GET") == 0;
    if (failure->lookup && !http->ipv4_only) {
        http->ipv4_only = true;
        log_debug("trying again with IPv4 only");
        return clock_left_ms(retry->deadline_ms) > 0 ? 0 : -1;
    }
    bool told = http->no_pauses && failure->retry_after_s > 0;
    if (!failure->transient || told || !(is_get || failure->unsent)) {
        return -1;
    }
    int64_t pause_ms =
        retry_pause_ms(retry, clock_mono_ms(), failure->retry_after_s, random_number());
    return failure->retry_after_s < 0 ? fit_into_wait(http, pause_ms) : pause_ms;
}

static void pause_until_next(const struct http *http, int64_t pause_ms, int64_t deadline_ms)
{
    int64_t end_ms = clock_mono_ms() + pause_ms;
    end_ms = end_ms < deadline_ms ? end_ms : deadline_ms;
    while (clock_left_ms(end_ms) > 0) {
        http_wait_report(&http->wait, HTTP_PAUSING);
        clock_sleep_ms(REPORT_MS, end_ms);
    }
}

static void describe(const struct http *http, const struct http_request *request, CURLcode code,
                     struct failure *failure)
{
    const struct http_response *response = http->transfer.response;
    const struct failure_facts facts = {
        .curl = http->transfer.curl,
        .code = (int)code,
        .status = response->status,
        .retry_after_s = response->retry_after_s,
        .phase = http_transfer_phase(&http->transfer),
        .curl_text = http->transfer.curl_text,
        .trust = http->trust,
        .origin = request->origin,
        .hints = &http->hints,
        .body_max = response->body.max,
        .started_ms = http->wait.started_ms,
    };
    failure_describe(failure, &facts);
}

static int send_until_response(struct http *http, const struct http_request *request,
                               struct http_response *response, struct err *err)
{
    struct retry retry = {.deadline_ms = find_deadline_ms(http)};
    struct failure failure;
    bool unanswered = false;
    for (;;) {
        int64_t begun_ms = clock_mono_ms();
        retry.patient = begun_ms < http->wait_deadline_ms;
        CURLcode code = try_once(http, request, &retry, unanswered);
        if (code == CURLE_OK && !retry_status(&retry, response->status, request->may_be_missing)) {
            return 0;
        }
        describe(http, request, code, &failure);
        unanswered = failure.lookup && clock_mono_ms() - begun_ms >= NO_ANSWER_MS;
        retry.patient = retry.patient || unanswered;
        int64_t pause_ms = choose_pause_ms(http, request, &failure, &retry);
        if (pause_ms < 0) {
            return code == CURLE_OK
                       ? 0
                       : err_set(err, failure.no_memory ? ERR_INTERNAL : ERR_UNAVAILABLE, "%s",
                                 failure.text);
        }
        note_wait(http, failure.text);
        pause_until_next(http, pause_ms, retry.deadline_ms);
    }
}

static int add_header(struct curl_slist **headers, const char *name, const char *prefix,
                      const char *value, struct err *err)
{
    struct buf line;
    struct curl_slist *longer = NULL;
    buf_init(&line, HEADER_MAX);
    buf_add_fmt(&line, "%s: %s%s", name, prefix, value);
    if (!buf_failed(&line)) {
        longer = curl_slist_append(*headers, buf_str(&line));
    }
    buf_done(&line);
    if (longer == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory for the header %s", name);
    }
    *headers = longer;
    return 0;
}

static int add_headers(struct curl_slist **headers, const struct http_request *request,
                       struct err *err)
{
    bool has_otp = request->otp != NULL && request->otp[0] != '\0';
    return add_header(headers, "Authorization", "Bearer ", request->token, err) != 0 ||
                   add_header(headers, "Content-Type", "", "application/json; charset=utf-8",
                              err) != 0 ||
                   (has_otp && add_header(headers, "otpcode", "", request->otp, err) != 0)
               ? -1
               : 0;
}

int http_send(struct http *http, const struct http_request *request, struct http_response *response,
              struct err *err)
{
    struct curl_slist *headers = NULL;
    int result = -1;
    http->wait.host = request->origin->host;
    http->wait.started_ms = clock_mono_ms();
    if (add_headers(&headers, request, err) == 0 &&
        http_transfer_prepare(&http->transfer, request, http->resolve, headers, response, err) ==
            0) {
        result = send_until_response(http, request, response, err);
        http_wait_report(&http->wait, HTTP_IDLE);
    }
    curl_easy_setopt(http->transfer.curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return result;
}
