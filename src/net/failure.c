/* SPDX-License-Identifier: MIT */
#include "net/failure.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <mbedtls/ssl.h>

#include "base/clock.h"
#include "base/process.h"
#include "net/http_hints.h"
#include "net/proxy.h"
#include "net/tls_error.h"
#include "net/trust.h"
#include "net/url.h"

#define NOT_HTTP "the response is not valid HTTP/1.1"
#define BROKE "the connection broke while "

/* libcurl's codes with one meaning each. It is used for the others, too, in libcurl's words. */
static const struct meaning {
    CURLcode code;
    bool transient;
    bool unsent;
    bool lookup;
    const char *words; /* after the host's name */
} meanings[] = {
    {CURLE_COULDNT_RESOLVE_HOST, true, true, true, "the name cannot be resolved"},
    {CURLE_GOT_NOTHING, true, false, false, "the server closed the connection without a response"},
    {CURLE_PARTIAL_FILE, true, false, false,
     "the server closed the connection in the middle of the response"},
    {CURLE_SEND_ERROR, true, false, false, BROKE "sending the request"},
    {CURLE_RECV_ERROR, true, false, false, BROKE "receiving the response"},
    {CURLE_WEIRD_SERVER_REPLY, false, false, false, NOT_HTTP},
    {CURLE_UNSUPPORTED_PROTOCOL, false, false, false, NOT_HTTP},
    {CURLE_HTTP_RETURNED_ERROR, false, false, false, NOT_HTTP " (invalid status line)"},
};

/* Writes "HOST: WORDS". */
static void set_text(struct failure *failure, const struct failure_facts *facts, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));

static void set_text(struct failure *failure, const struct failure_facts *facts, const char *format,
                     ...)
{
    va_list args;
    size_t size = sizeof(failure->text);
    int used = snprintf(failure->text, size, "%s: ", facts->origin->host);
    va_start(args, format);
    vsnprintf(failure->text + used, size - (size_t)used, format, args);
    va_end(args);
}

/* Appends what the user can do. hint may be NULL. */
static void add_hint(struct failure *failure, const char *hint)
{
    size_t used = strlen(failure->text);
    if (hint != NULL) {
        snprintf(failure->text + used, sizeof(failure->text) - used, "; %s", hint);
    }
}

/* Fills proxy if the attempt used one. */
static bool find_proxy(CURL *curl, struct proxy *proxy)
{
    long used = 0;
    curl_easy_getinfo(curl, CURLINFO_USED_PROXY, &used);
    proxy_find(proxy);
    return used != 0 && proxy->variable != NULL;
}

/* If a look-up fails at once, libcurl reports the name of a proxy as that of the server. */
static bool is_of_proxy_name(const struct failure_facts *facts)
{
    struct proxy proxy;
    return facts->code == CURLE_COULDNT_RESOLVE_PROXY ||
           (facts->code == CURLE_COULDNT_RESOLVE_HOST && find_proxy(facts->curl, &proxy));
}

/* What libcurl says before it resolves the name of the proxy, too. */
static void describe_proxy_name(struct failure *failure, const struct failure_facts *facts)
{
    struct proxy proxy;
    proxy_find(&proxy);
    const char *variable = proxy.variable != NULL ? proxy.variable : "HTTPS_PROXY";
    if (proxy.host[0] == '\0') {
        set_text(failure, facts, "%s is not the URL of a proxy", variable);
        return;
    }
    failure->transient = true;
    failure->unsent = true;
    failure->lookup = true;
    set_text(failure, facts, "the name of the proxy %s cannot be resolved; check %s", proxy.host,
             variable);
}

static void describe_certificate(struct failure *failure, const struct failure_facts *facts)
{
    bool unknown = false;
    const char *complaint = trust_complaint(facts->trust, &unknown);
    set_text(failure, facts, "%s (trusted: %s)", complaint, trust_source(facts->trust));
    add_hint(failure, unknown ? facts->hints->ca_file : NULL);
}

/* A handshake that was cut off may succeed the next time; one that was refused does not. */
static void describe_handshake(struct failure *failure, const struct failure_facts *facts)
{
    int code = tls_error_code(facts->curl_text);
    const char *words = tls_error_text(code);
    failure->unsent = true;
    if (trust_complaint(facts->trust, NULL) != NULL) {
        describe_certificate(failure, facts);
        return;
    }
    failure->transient = !tls_error_is_refusal(code);
    if (code == MBEDTLS_ERR_SSL_INVALID_RECORD) {
        set_text(failure, facts, "port %s does not speak TLS (plain HTTP?)", facts->origin->port);
        add_hint(failure, facts->hints->host);
    } else if (words != NULL) {
        set_text(failure, facts, "%s", words);
    } else if (code != 0) {
        set_text(failure, facts, "the TLS handshake failed (mbedTLS error -0x%04X)", -code);
    } else {
        set_text(failure, facts, "the TLS handshake failed: %s", facts->curl_text);
    }
}

/* libcurl has one code for the server and for a proxy that cannot be reached. */
static void describe_connect(struct failure *failure, const struct failure_facts *facts)
{
    long reason = 0;
    struct proxy proxy;
    bool proxied = find_proxy(facts->curl, &proxy);
    curl_easy_getinfo(facts->curl, CURLINFO_OS_ERRNO, &reason);
    failure->transient = true;
    failure->unsent = true;
    if (reason == 0 && proxy.variable != NULL) { /* for example a proxy of an unknown kind */
        set_text(failure, facts, "cannot use the proxy %s; check %s", proxy.host, proxy.variable);
    } else if (proxied) {
        set_text(failure, facts, "cannot connect to the proxy %s: %s; check %s", proxy.host,
                 strerror((int)reason), proxy.variable);
    } else {
        set_text(failure, facts, "cannot connect to port %s: %s", facts->origin->port,
                 reason != 0 ? strerror((int)reason) : curl_easy_strerror(CURLE_COULDNT_CONNECT));
        add_hint(failure, facts->hints->host);
    }
}

static void describe_timeout(struct failure *failure, const struct failure_facts *facts)
{
    enum http_phase phase = facts->phase;
    struct proxy proxy;
    bool proxied = find_proxy(facts->curl, &proxy) && phase <= HTTP_HANDSHAKE;
    failure->transient = true;
    failure->unsent = phase != HTTP_RESPONDING;
    failure->lookup = phase == HTTP_RESOLVING;
    int64_t tenths = (clock_mono_ms() - facts->started_ms + 50) / 100;
    set_text(failure, facts, "timed out after %" PRId64 ".%d s %s", tenths / 10, (int)(tenths % 10),
             proxied && phase == HTTP_RESOLVING ? "while looking up the name of the proxy"
                                                : http_phase_text(phase));
    if (proxied) {
        size_t used = strlen(failure->text);
        snprintf(failure->text + used, sizeof(failure->text) - used, "%s %s; check %s",
                 phase == HTTP_RESOLVING ? "" : " through the proxy", proxy.host, proxy.variable);
    }
}

/* libcurl reports a proxy's refusal as a failed CONNECT. */
static bool describe_proxy(struct failure *failure, const struct failure_facts *facts)
{
    struct proxy proxy;
    long status = 0;
    curl_easy_getinfo(facts->curl, CURLINFO_HTTP_CONNECTCODE, &status);
    if (status == 0 || (status >= 200 && status < 300)) {
        return false;
    }
    failure->transient = status >= 500;
    failure->unsent = true;
    find_proxy(facts->curl, &proxy);
    set_text(failure, facts, "the proxy %s rejects the connection (%ld)%s %s", proxy.host, status,
             status == 407 || status == 401 ? "; check the user name and password in" : "; check",
             proxy.variable);
    return true;
}

static void describe_code(struct failure *failure, const struct failure_facts *facts)
{
    if (facts->code == CURLE_WRITE_ERROR) {
        set_text(failure, facts, "the response is larger than %zu MiB", facts->body_max >> 20);
        return;
    }
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        const struct meaning *meaning = &meanings[i];
        if (meaning->code == (CURLcode)facts->code) {
            failure->transient = meaning->transient;
            failure->unsent = meaning->unsent;
            failure->lookup = meaning->lookup;
            set_text(failure, facts, "%s", meaning->words);
            add_hint(failure, meaning->code == CURLE_COULDNT_RESOLVE_HOST ? facts->hints->resolve
                              : strncmp(meaning->words, NOT_HTTP, strlen(NOT_HTTP)) == 0
                                  ? facts->hints->host
                                  : NULL);
            return;
        }
    }
    set_text(failure, facts, "%s",
             facts->curl_text[0] != '\0' ? facts->curl_text
                                         : curl_easy_strerror((CURLcode)facts->code));
}

static void describe_status(struct failure *failure, const struct failure_facts *facts)
{
    failure->retry_after_s = facts->retry_after_s > 0 ? facts->retry_after_s : -1;
    failure->transient = true;
    set_text(failure, facts, "the server responds with status %d", facts->status);
}

/* libcurl reports some failed allocations as failures of the network, of TLS or of a callback. */
static bool has_no_memory(const struct failure_facts *facts)
{
    return facts->code == CURLE_OUT_OF_MEMORY ||
           (facts->code == CURLE_SSL_CONNECT_ERROR &&
            tls_error_is_no_memory(tls_error_code(facts->curl_text))) ||
           process_memory_was_refused();
}

void failure_describe(struct failure *failure, const struct failure_facts *facts)
{
    *failure = (struct failure){.retry_after_s = -1};
    if (facts->code == CURLE_OK) {
        describe_status(failure, facts);
    } else if (has_no_memory(facts)) {
        failure->no_memory = true;
        set_text(failure, facts, "out of memory for the request");
    } else if (describe_proxy(failure, facts)) {
        return;
    } else if (facts->code == CURLE_PEER_FAILED_VERIFICATION ||
               facts->code == CURLE_SSL_CONNECT_ERROR) {
        describe_handshake(failure, facts);
    } else if (is_of_proxy_name(facts)) {
        describe_proxy_name(failure, facts);
    } else if (facts->code == CURLE_COULDNT_CONNECT) {
        describe_connect(failure, facts);
    } else if (facts->code == CURLE_OPERATION_TIMEDOUT) {
        describe_timeout(failure, facts);
    } else {
        describe_code(failure, facts);
    }
}
